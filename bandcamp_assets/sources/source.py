"""The source to land: the synthetic sample, the published archive, or a file of the user.

This module only parses the setting; `landing.arrival` fetches the bytes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bandcamp_assets.sources.delivery.names import shown_name
from bandcamp_assets.sources.http_answer import printable
from bandcamp_assets.system.disk import disk_errors
from bandcamp_assets.system.errors import PlatformError


@dataclass(frozen=True)
class SampleSource:
    """Synthetic sales; the number of rows determines every byte."""

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
        """How the manifest names it, without the parts of the address that may contain a secret."""
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

SPREADSHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers")
"""File name extensions of spreadsheets."""


def parse_source(text: str, *, sample_rows: int, archive_url: str) -> Source:
    """Parse `sample`, `archive`, or the path of a file.

    Raises:
        PlatformError: If it is none of these.
    """
    if text == "sample":
        return SampleSource(sample_rows)
    if text == "archive":
        return ArchiveSource(archive_url)
    path = _expanded(text)
    with disk_errors(path):
        _refuse_what_is_no_file(path, text)
        return FileSource(path.resolve())


def _refuse_what_is_no_file(path: Path, text: str) -> None:
    if not path.is_file():
        raise PlatformError(
            "The source is not a file" if not path.is_dir() else "The source is a folder, not a file",
            where=text,
            remedy="name sample, archive, or the path of a .csv or .zip file (--source, or SOURCE= of make)",
        )
    if path.suffix.lower() in SPREADSHEETS:
        raise PlatformError(
            "The source is a spreadsheet, not a CSV",
            where=text,
            remedy="open it in the program that made it, and save it as CSV in UTF-8",
        )
    if not os.access(path, os.R_OK):
        raise PlatformError(
            "The source may not be read", where=text, remedy="give yourself read permission (`chmod u+r`)"
        )


def _expanded(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # ~ with an unknown user: a file may have such a name
        return Path(text)
