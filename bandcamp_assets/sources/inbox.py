"""Inboxes: where people and other systems drop files. Lists what lies there whole, and fetches it.

Files are only ever read here. So whoever delivers may still hold one open, or deliver it once more under the same
name; what was handled already stands in the catalog. What becomes of a file is the concern of `drops`, which names
are left alone that of `litter`. A file or folder with a fault of its own is listed with it, and hides no other.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bandcamp_assets.sources.delivery.names import shown_name, system_name
from bandcamp_assets.sources.litter import is_left_alone
from bandcamp_assets.system.disk import disk_error

SETTLE_SECONDS = 5.0
"""A file that was written to in the last so many seconds may still be on its way."""

_FAULTS_OF_THE_MACHINE = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG),
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM),
}
"""What no file of an inbox is to blame for: they stop the run."""


@dataclass(frozen=True)
class Fault:
    """Why something in an inbox cannot be fetched.

    Attributes:
        what: What is wrong with it, as one sentence without a full stop.
        remedy: What to do about it, likewise.
    """

    what: str
    remedy: str


@dataclass(frozen=True)
class Drop:
    """A file that lies in an inbox, or what lies there in the place of one.

    Attributes:
        name: Its path below the inbox, as text (see `names.shown_name`). Ends in `/`, or is empty, for a folder
            that cannot be listed.
        size: Bytes.
        version: What changes whenever the file does.
        dropped_at: When it was last written, in Unix seconds; files are handled in this order.
        fault: Why it cannot be fetched as it is, if that is known already.
    """

    name: str
    size: int
    version: str
    dropped_at: float
    fault: Fault | None = None


class NotFetched(Exception):  # noqa: N818 - it is what happened
    """A file cannot be had now, though it looks like any other; later it may."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.what)
        self.fault = fault


class Inbox(Protocol):
    """A place that files are dropped into."""

    @property
    def place(self) -> str:
        """Its name, for the catalog and for people."""
        ...

    def drops(self) -> list[Drop]:
        """The files that lie there whole."""
        ...

    def holds_any(self) -> bool:
        """Whether files lie there, be they whole or still being written."""
        ...

    def fetch(self, drop: Drop, target: Path) -> bool:
        """Copy a file's bytes; False if it is not any more as it was listed.

        Raises:
            NotFetched: If this one file cannot be had.
            PlatformError: If none can.
        """
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
        # A clock that was set back must not hide a file for long.
        found = [drop for drop in self._all() if abs(self._now() - drop.dropped_at) >= self._settle_seconds]
        return sorted(found, key=lambda drop: (drop.dropped_at, drop.name))

    def holds_any(self) -> bool:
        """See `Inbox.holds_any`."""
        return next(self._all(), None) is not None

    def fetch(self, drop: Drop, target: Path) -> bool:
        """See `Inbox.fetch`."""
        try:
            shutil.copyfile(self._path(drop.name), target)
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno in _FAULTS_OF_THE_MACHINE:
                raise disk_error(error, target) from error
            raise NotFetched(_refused(error)) from error
        return self._look(drop.name) == drop

    def _path(self, name: str) -> Path:
        return self._folder / system_name(name)

    def _all(self) -> Iterator[Drop]:
        """Every file in the folder and its subfolders, in no order. Links to folders are not followed."""
        folders = [""]
        while folders:
            folder = folders.pop()
            try:
                entries = _entries(self._folder / folder)
            except FileNotFoundError:
                continue  # it is gone by now
            except OSError as error:
                yield self._faulty(shown_name(folder), _refused(error, kind="folder"))
                continue
            for entry in entries:
                name = folder + entry.name
                if is_left_alone(name):
                    continue
                if _is_folder(entry):
                    folders.append(f"{name}/")
                elif drop := self._look(shown_name(name)):
                    yield drop

    def _look(self, name: str) -> Drop | None:
        path = self._path(name)
        try:
            status = path.stat()
        except FileNotFoundError:
            return self._faulty(name, _DANGLING) if path.is_symlink() else None
        except OSError as error:
            return self._faulty(name, _refused(error))
        if not stat.S_ISREG(status.st_mode):
            return self._faulty(name, _LINKED_FOLDER if stat.S_ISDIR(status.st_mode) else _SPECIAL)
        # Its version does not change with its permissions; so as long as it may not be read, it has another.
        if not os.access(path, os.R_OK):
            return self._faulty(name, _refused(PermissionError(errno.EACCES, os.strerror(errno.EACCES))))
        return Drop(name, status.st_size, _version(status), status.st_mtime)

    def _faulty(self, name: str, fault: Fault) -> Drop:
        try:
            status = self._path(name).lstat()
        except OSError:
            return Drop(name, 0, fault.what, 0.0, fault)
        return Drop(name, status.st_size, f"{_version(status)} {fault.what}", status.st_mtime, fault)


_DANGLING = Fault("The link leads to no file", "replace it by the file itself")
_LINKED_FOLDER = Fault("Links to folders are not followed", "put the folder itself, or its files, into the inbox")
_SPECIAL = Fault("It is not a file but a pipe, a socket or a device", "replace it by a file")


def _refused(error: OSError, kind: str = "file") -> Fault:
    said = error.strerror or str(error)
    if isinstance(error, PermissionError):
        return Fault(f"The {kind} may not be read: {said}", f"allow this user to read the {kind}, or remove it")
    if error.errno == errno.ELOOP:
        return Fault("The link leads to itself", "replace it by the file itself")
    return Fault(f"The {kind} cannot be read: {said}", f"see that the {kind} can be read, or put it there anew")


def _version(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns}-{status.st_ino}"


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder.

    Raises:
        OSError: If that, or the files in it, cannot be looked at.
    """
    with os.scandir(folder) as entries:
        found = list(entries)
    if not os.access(folder, os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return found


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False
