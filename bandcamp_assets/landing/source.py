"""Which source to land: the generated sample, the published archive, or a file of the user's.

Reading the setting is all that happens here; fetching the bytes is the concern of `arrival`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bandcamp_assets.errors import PlatformError
from bandcamp_assets.landing.http_answer import printable
from bandcamp_assets.landing.names import shown_name


@dataclass(frozen=True)
class SampleSource:
    """Generated sales, deterministic by the number of rows."""

    rows: int

    @property
    def origin(self) -> str:
        """How the manifest names it."""
        return f"sample:rows={self.rows}"


@dataclass(frozen=True)
class ArchiveSource:
    """The published archive, downloaded from `url`."""

    url: str

    @property
    def origin(self) -> str:
        """How the manifest names it; without the parts of the address that may hold a secret."""
        return f"archive:{printable(self.url)}"


@dataclass(frozen=True)
class FileSource:
    """A CSV, or a zip with one CSV, on this machine."""

    path: Path

    @property
    def origin(self) -> str:
        """How the manifest names it."""
        return f"path:{shown_name(str(self.path))}"


Source = SampleSource | ArchiveSource | FileSource


def parse_source(text: str, *, sample_rows: int, archive_url: str) -> Source:
    """Understand `sample`, `archive`, or the path of a file.

    Raises:
        PlatformError: If it is none of these.
    """
    if text == "sample":
        return SampleSource(sample_rows)
    if text == "archive":
        return ArchiveSource(archive_url)
    path = Path(text).expanduser()
    if not path.is_file():
        raise PlatformError(
            "The source is no file" if not path.is_dir() else "The source is a folder, not a file",
            where=text,
            remedy="set SOURCE to sample, to archive, or to the path of a .csv or .zip file",
        )
    return FileSource(path.resolve())
