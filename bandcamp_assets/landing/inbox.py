"""Inboxes: where people and other systems drop files. Lists what lies there whole, and fetches it.

Files are only ever read here. So whoever delivers may still hold one open, or deliver it once more under the same
name; what was handled already stands in the catalog. What becomes of a file is the concern of `drops`.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bandcamp_assets.disk import disk_error

SETTLE_SECONDS = 5.0
"""A file that was written to in the last so many seconds may still be on its way."""

_ON_ITS_WAY = re.compile(
    r"(^|/)\.|~$|\.(part|partial|tmp|temp|crdownload|download|filepart|swp|lock)$", re.IGNORECASE
)
"""Names under which programs keep what they have not finished, and hidden files."""


@dataclass(frozen=True)
class Drop:
    """A file that lies in an inbox.

    Attributes:
        name: Its path below the inbox.
        size: Bytes.
        version: What changes whenever the file does.
        dropped_at: When it was last written, in Unix seconds; files are handled in this order.
    """

    name: str
    size: int
    version: str
    dropped_at: float


class Inbox(Protocol):
    """A place that files are dropped into."""

    @property
    def place(self) -> str:
        """Its name, for the catalog and for people."""
        ...

    def drops(self) -> list[Drop]:
        """The files that lie there whole."""
        ...

    def fetch(self, drop: Drop, target: Path) -> bool:
        """Copy a file's bytes; False if it is not any more as it was listed."""
        ...


@dataclass(frozen=True)
class Inboxes:
    """All inboxes of a deployment."""

    all: tuple[Inbox, ...] = ()


class LocalInbox:
    """A folder of this machine, with its subfolders."""

    def __init__(
        self, folder: Path, *, settle_seconds: float = SETTLE_SECONDS, now: Callable[[], float] = time.time
    ) -> None:
        self._folder = folder
        self._settle_seconds = settle_seconds
        self._now = now

    @property
    def place(self) -> str:
        """See `Inbox.place`."""
        return "inbox"

    def drops(self) -> list[Drop]:
        """See `Inbox.drops`. A folder that is not there holds nothing."""
        found = []
        for path in self._folder.rglob("*"):
            name = path.relative_to(self._folder).as_posix()
            drop = None if is_on_its_way(name) else self._look(name)
            # A clock that was set back must not hide a file for long.
            if drop and abs(self._now() - drop.dropped_at) >= self._settle_seconds:
                found.append(drop)
        return sorted(found, key=lambda drop: (drop.dropped_at, drop.name))

    def fetch(self, drop: Drop, target: Path) -> bool:
        """See `Inbox.fetch`."""
        source = self._folder / drop.name
        try:
            shutil.copyfile(source, target)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise disk_error(error, source) from error
        return self._look(drop.name) == drop

    def _look(self, name: str) -> Drop | None:
        try:
            status = (self._folder / name).stat()
        except OSError:
            return None
        if not (self._folder / name).is_file():
            return None
        version = f"{status.st_mtime_ns}-{status.st_ino}"
        return Drop(name, status.st_size, version, status.st_mtime)


def is_on_its_way(name: str) -> bool:
    """Whether a name says that its file is hidden or not finished."""
    return _ON_ITS_WAY.search(name) is not None
