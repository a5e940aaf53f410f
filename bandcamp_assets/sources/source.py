"""The source to land: the synthetic sample, the published archive, or files of the user.

This module only parses the setting; `landing.arrival` fetches the bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bandcamp_assets.sources.delivery.names import shown_name
from bandcamp_assets.sources.http_answer import printable
from bandcamp_assets.sources.litter import is_left_alone, is_note
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
    """A file of sales on this machine."""

    path: Path

    @property
    def origin(self) -> str:
        """How the manifest names it."""
        return f"path:{shown_name(str(self.path))}"


@dataclass(frozen=True)
class FilesSource:
    """A folder, or several files and folders, on this machine.

    Attributes:
        paths: The files and folders.
    """

    paths: tuple[Path, ...]

    def files(self) -> Iterator[Path]:
        """Every file, those of a folder in the order of their names. Litter and notes are left aside.

        Among them may be links to folders, which are not followed, and what is not a file.
        """
        for path in self.paths:
            if path.is_dir():
                yield from _files_below(path)
            else:
                yield path


Source = SampleSource | ArchiveSource | FileSource | FilesSource

SPREADSHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers")
"""File name extensions of spreadsheets."""


def parts_of_source(text: str) -> list[str]:
    """The paths in the name of a source: one a line. A single path may hold line breaks."""
    try:
        is_one = _expanded(text).exists()
    except (OSError, ValueError):
        is_one = False
    return [text] if is_one else [line for line in text.splitlines() if line.strip()] or [text]


def parse_source(text: str, *, sample_rows: int, archive_url: str) -> Source:
    """Parse `sample`, `archive`, or the path of a file or a folder; or several paths, one a line.

    Raises:
        PlatformError: If it is none of these.
    """
    if text == "sample":
        return SampleSource(sample_rows)
    if text == "archive":
        return ArchiveSource(archive_url)
    paths = tuple(_path(part) for part in parts_of_source(text))
    return FileSource(paths[0]) if len(paths) == 1 and paths[0].is_file() else FilesSource(paths)


def _path(text: str) -> Path:
    path = _expanded(text)
    with disk_errors(path):
        if not path.is_dir():
            _refuse_what_is_no_file(path, text)
        return path.resolve()


def _files_below(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if is_left_alone(entry.name) or is_note(entry.name):
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from _files_below(entry)
        else:
            yield entry


def _refuse_what_is_no_file(path: Path, text: str) -> None:
    if not path.is_file():
        raise PlatformError(
            "The source is neither a file nor a folder",
            where=text,
            remedy="name sample, archive, or the path of a file or folder (--source, or SOURCE= of make)",
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
