"""Compares a file with its record: by size and time, and by its bytes if one of these has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bandcamp_assets.state.catalog import FileContent
from bandcamp_assets.state.integrity.damage import Damage, Finding, Kind, Survey
from bandcamp_assets.state.integrity.reading import describe
from bandcamp_assets.system.home import Home

GONE = "is gone"
DAMAGED = "is damaged: it is not as it was written"
UNWANTED = "should not be there: there are no such rows"


@dataclass(frozen=True)
class Expected:
    """A file that should exist, by the catalog.

    Attributes:
        path: Its path.
        kind: What it is.
        remedy: What to do if it is wrong.
        is_right: Judges a file without a record by its bytes. Earlier versions kept no records.
        day: The day that it holds, if it holds one.
        file_id: Its raw file, if it belongs to one.
        is_wanted: False if there should be no file at this path.
    """

    path: Path
    kind: Kind
    remedy: str
    is_right: Callable[[], bool]
    day: date | None = None
    file_id: str = ""
    is_wanted: bool = True

    def damage(self, how: str) -> Damage:
        """The damage record of this file."""
        return Damage(self.kind, str(self.path), how, self.remedy, self.day, self.file_id)


def compare(home: Home, known: Mapping[str, FileContent], expected: Iterable[Expected], *, deep: bool) -> Survey:
    """Compare files with the catalog's records.

    Args:
        home: The home.
        known: What the catalog recorded.
        expected: The files.
        deep: Read every file, even if its size and time are unchanged.
    """
    found = Finding()
    for file in expected:
        found.looked_at += 1
        try:
            _compare(home, known, file, found, deep=deep)
        except (FileNotFoundError, NotADirectoryError):
            if file.is_wanted:
                found.damage.append(file.damage(GONE))
        except OSError as error:
            found.damage.append(file.damage(f"cannot be read ({error.strerror})"))
    return found.done()


def _compare(home: Home, known: Mapping[str, FileContent], file: Expected, found: Finding, *, deep: bool) -> None:
    recorded = known.get(home.place_of(file.path))
    stat = file.path.stat()
    if not file.is_wanted:
        found.damage.append(file.damage(UNWANTED))
        return
    if recorded and stat.st_size != recorded.size:
        found.damage.append(file.damage(DAMAGED))
        return
    if recorded and not deep and stat.st_mtime_ns == recorded.changed_ns:
        return
    now = describe(home, file.path)
    if now.crc32c != recorded.crc32c if recorded else not file.is_right():
        found.damage.append(file.damage(DAMAGED))
    elif now != recorded:
        found.files.append(now)
