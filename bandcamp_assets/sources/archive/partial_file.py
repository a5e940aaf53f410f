"""The part of a download that is on disk: `NAME.part`, and beside it what it is a part of.

`NAME.part.json` says which version of which remote file the bytes belong to, so that a later process
can go on and never glues two versions together. How the bytes are fetched is the concern of `download`.
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
        url_sha256: Digest of the address; the address itself may hold secrets and is not stored.
        etag: The server's name for the version, as sent.
        last_modified: The version's date, as sent.
        total_bytes: Its size, where the server says.
        coding: Content coding that was undone while reading; ranges then count other bytes than ours.
    """

    url_sha256: str
    etag: str | None
    last_modified: str | None
    total_bytes: int | None
    coding: str | None

    @property
    def validator(self) -> str | None:
        """What `If-Range` may carry: a strong ETag, else the date (RFC 9110, 13.1.5)."""
        if self.etag and not self.etag.startswith("W/"):
            return self.etag
        return self.last_modified


def url_digest(url: str) -> str:
    """Give the digest that stands for an address in `NAME.part.json`."""
    return hashlib.sha256(url.encode()).hexdigest()


class PartialFile:
    """The bytes so far, their checksum, and the version they belong to.

    `version` is None while nothing is stored. The owner must be the only one (see `download`).

    Args:
        target: Where the whole file will stand; its folder must exist.
        url: Where it comes from. Bytes from another address are not taken over.
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
        """Drop the bytes so far and begin with those of `version`."""
        self.close()
        # Emptied before the note is written: at no time does the note speak of other bytes.
        self._handle = self.path.open("wb")
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        self.version = version
        scratch = self._note.with_name(f"{self._note.name}.new")
        scratch.write_text(json.dumps(asdict(version)))
        scratch.replace(self._note)

    def append(self, chunk: bytes) -> None:
        """Add bytes at the end."""
        if self._handle is None:
            self._handle = self.path.open("ab")
        self._handle.write(chunk)
        self._digest.update(chunk)
        self.size_bytes += len(chunk)
        self.most_bytes = max(self.most_bytes, self.size_bytes)

    def head(self, size_bytes: int) -> bytes:
        """Give the first bytes."""
        self.close()
        with self.path.open("rb") as handle:
            return handle.read(size_bytes)

    def close(self) -> None:
        """Write out what is buffered; appending later opens the file again."""
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
        """Move the whole file to its target in one step."""
        self.close()
        replace_file(self.path, self._target)
        self._note.unlink(missing_ok=True)

    def _take_over(self) -> None:
        """Find the bytes that an earlier process left, and work out their checksum."""
        if not self.path.is_file():
            return
        with self.path.open("rb") as handle:
            while chunk := handle.read(_READ_BYTES):
                self._digest.update(chunk)
                self.size_bytes += len(chunk)
        self.most_bytes = self.size_bytes


def _read_note(path: Path) -> RemoteVersion | None:
    """Read a note; one that is missing or damaged says nothing, and the bytes beside it are not used."""
    try:
        fields = json.loads(path.read_bytes())
        version = RemoteVersion(**fields)
    except (FileNotFoundError, ValueError, TypeError):
        return None
    texts = (version.url_sha256, version.etag or "", version.last_modified or "", version.coding or "")
    sound = all(isinstance(text, str) for text in texts) and isinstance(version.total_bytes, int | None)
    return version if sound else None
