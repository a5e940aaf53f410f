"""The part of a download on disk: `NAME.part`, and a note next to it.

The note, `NAME.part.json`, says which version of which remote file the bytes belong to. So a later process can
resume without mixing two versions. `download` fetches the bytes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from bandcamp_assets.system.disk import replace_file

_READ_BYTES = 1 << 20


@dataclass(frozen=True)
class RemoteVersion:
    """One version of one remote file.

    Attributes:
        url_sha256: Digest of the address. The address itself may contain secrets and is not stored.
        etag: The ETag of the version, as sent.
        last_modified: The date of the version, as sent.
        total_bytes: Its size, if the server says so.
        coding: Content coding that was decoded while reading. Ranges then count other bytes than the decoded ones.
    """

    url_sha256: str
    etag: str | None
    last_modified: str | None
    total_bytes: int | None
    coding: str | None

    @property
    def validator(self) -> str | None:
        """The value for `If-Range`: a strong ETag, else the date (RFC 9110, 13.1.5)."""
        if self.etag and not self.etag.startswith("W/"):
            return self.etag
        return self.last_modified


def url_digest(url: str) -> str:
    """The digest of an address, as stored in `NAME.part.json`."""
    return hashlib.sha256(url.encode()).hexdigest()


class PartialFile:
    """The bytes so far, their checksum, and their version.

    `version` is None while nothing is stored. Only one object at a time may use a file (see `download`).

    Args:
        target: The path of the complete file; its folder must exist.
        url: The address. Bytes from another address are not used.
    """

    def __init__(self, target: Path, url: str) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")
        self._target = target
        self._handle: BinaryIO | None = None
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        self.most_bytes = 0
        self.version = _read_note(self._note)
        if self.version is not None and self.version.url_sha256 == url_digest(url):
            self._take_over()
        if self.size_bytes == 0:
            self.version = None

    @property
    def sha256(self) -> str:
        """Checksum of the bytes so far, in hexadecimal."""
        return self._digest.hexdigest()

    def restart(self, version: RemoteVersion) -> None:
        """Discard the bytes so far and begin with those of `version`."""
        self.close()
        # The file is emptied before the note is written, so that the note never describes other bytes.
        self._handle = self.path.open("wb")
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        self.version = version
        scratch = self._note.with_name(f"{self._note.name}.new")
        scratch.write_text(json.dumps(asdict(version)))
        scratch.replace(self._note)

    def append(self, chunk: bytes) -> None:
        """Append bytes."""
        if self._handle is None:
            self._handle = self.path.open("ab")
        self._handle.write(chunk)
        self._digest.update(chunk)
        self.size_bytes += len(chunk)
        self.most_bytes = max(self.most_bytes, self.size_bytes)

    def head(self, size_bytes: int) -> bytes:
        """Read the first bytes."""
        self.close()
        with self.path.open("rb") as handle:
            return handle.read(size_bytes)

    def close(self) -> None:
        """Write buffered bytes to disk. Appending later opens the file again."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            handle.close()

    def discard(self) -> None:
        """Remove the bytes and the note."""
        self.close()
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        self.version = None

    def arrive(self) -> None:
        """Move the complete file to its target in one step."""
        self.close()
        replace_file(self.path, self._target)
        self._note.unlink(missing_ok=True)

    def _take_over(self) -> None:
        """Find the bytes of an earlier process, and compute their checksum."""
        if not self.path.is_file():
            return
        with self.path.open("rb") as handle:
            while chunk := handle.read(_READ_BYTES):
                self._digest.update(chunk)
                self.size_bytes += len(chunk)
        self.most_bytes = self.size_bytes


def _read_note(path: Path) -> RemoteVersion | None:
    """Read a note. If it is missing or damaged, the bytes next to it are not used."""
    try:
        fields = json.loads(path.read_bytes())
        version = RemoteVersion(**fields)
    except (FileNotFoundError, ValueError, TypeError):
        return None
    texts = (version.url_sha256, version.etag or "", version.last_modified or "", version.coding or "")
    sound = all(isinstance(text, str) for text in texts) and isinstance(version.total_bytes, int | None)
    return version if sound else None
