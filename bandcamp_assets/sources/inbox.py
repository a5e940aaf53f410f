"""Inboxes, into which people and other systems deliver files: lists the complete files, and copies them.

Files in an inbox are only read, never moved or deleted. So a sender may keep a file open, or deliver it again
under the same name. The catalog records which files were handled. `landing` takes the files in, and `litter`
decides which names are ignored. A file or folder with a fault is listed with its fault, and does not hide others.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bandcamp_assets.sources.delivery.names import shown_name, system_name
from bandcamp_assets.sources.litter import is_left_alone
from bandcamp_assets.system.copying import copy_file
from bandcamp_assets.system.disk import disk_error

SETTLE_SECONDS = 5.0
"""A file that was written to within this time may still be incomplete."""

_FAULTS_OF_THE_MACHINE = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG),
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM),
}
"""Errors that no single file causes. They stop the run."""


@dataclass(frozen=True)
class Fault:
    """Why something in an inbox cannot be fetched.

    Attributes:
        what: What is wrong, as one sentence without a full stop.
        remedy: What to do, likewise.
    """

    what: str
    remedy: str


@dataclass(frozen=True)
class DeliveredFile:
    """A file in an inbox, or something else in its place, with its fault.

    Attributes:
        name: Its path relative to the inbox, as text (see `names.shown_name`). For a folder that cannot be listed,
            it ends in `/` or is empty.
        size: Bytes.
        version: A text that changes whenever the file does.
        delivered_at: When it was last written, in Unix seconds. Files are handled in this order.
        fault: Why it cannot be fetched, if that is already known.
    """

    name: str
    size: int
    version: str
    delivered_at: float
    fault: Fault | None = None


class NotFetched(Exception):  # noqa: N818 - it is what happened
    """A file without a known fault cannot be fetched now. A later attempt may succeed."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.what)
        self.fault = fault


class Inbox(Protocol):
    """A place for delivered files."""

    @property
    def place(self) -> str:
        """The name of the inbox, for the catalog and for people."""
        ...

    @property
    def is_local(self) -> bool:
        """Whether looking into it costs nothing."""
        ...

    def delivered_files(self) -> list[DeliveredFile]:
        """The complete files in the inbox."""
        ...

    def holds_any(self) -> bool:
        """Whether there are files, complete or not."""
        ...

    def fetch(self, file: DeliveredFile, target: Path) -> bool:
        """Copy the bytes of a file. False if it changed after it was listed.

        Raises:
            NotFetched: If this file cannot be fetched.
            PlatformError: If no file can be fetched.
        """
        ...


@dataclass(frozen=True)
class Inboxes:
    """All inboxes of a deployment."""

    all: tuple[Inbox, ...] = ()


class LocalInbox:
    """A folder of this machine, with its subfolders."""

    is_local = True

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

    def delivered_files(self) -> list[DeliveredFile]:
        """See `Inbox.delivered_files`. A missing folder has no files."""
        # `abs`, so that a clock that was set back does not hide a file for long.
        found = [file for file in self._all() if abs(self._now() - file.delivered_at) >= self._settle_seconds]
        return sorted(found, key=lambda file: (file.delivered_at, file.name))

    def holds_any(self) -> bool:
        """See `Inbox.holds_any`."""
        return next(self._all(), None) is not None

    def fetch(self, file: DeliveredFile, target: Path) -> bool:
        """See `Inbox.fetch`."""
        try:
            copy_file(self._path(file.name), target)
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno in _FAULTS_OF_THE_MACHINE:
                raise disk_error(error, target) from error
            raise NotFetched(_refused(error)) from error
        return self._look(file.name) == file

    def _path(self, name: str) -> Path:
        return self._folder / system_name(name)

    def _all(self) -> Iterator[DeliveredFile]:
        """Every file in the folder and its subfolders, in any order. Links to folders are not followed."""
        folders = [""]
        while folders:
            folder = folders.pop()
            try:
                entries = _entries(self._folder / folder)
            except FileNotFoundError:
                continue  # removed meanwhile
            except OSError as error:
                yield self._faulty(shown_name(folder), _refused(error, kind="folder"))
                continue
            for entry in entries:
                name = folder + entry.name
                if is_left_alone(name):
                    continue
                if _is_folder(entry):
                    folders.append(f"{name}/")
                elif file := self._look(shown_name(name)):
                    yield file

    def _look(self, name: str) -> DeliveredFile | None:
        path = self._path(name)
        try:
            status = path.stat()
        except FileNotFoundError:
            return self._faulty(name, _DANGLING) if path.is_symlink() else None
        except OSError as error:
            return self._faulty(name, _refused(error))
        if not stat.S_ISREG(status.st_mode):
            return self._faulty(name, _LINKED_FOLDER if stat.S_ISDIR(status.st_mode) else _SPECIAL)
        # The version does not depend on permissions. So an unreadable file gets another version, with its fault.
        if not os.access(path, os.R_OK):
            return self._faulty(name, _refused(PermissionError(errno.EACCES, os.strerror(errno.EACCES))))
        return DeliveredFile(name, status.st_size, _version(status), status.st_mtime)

    def _faulty(self, name: str, fault: Fault) -> DeliveredFile:
        try:
            status = self._path(name).lstat()
        except OSError:
            return DeliveredFile(name, 0, fault.what, 0.0, fault)
        return DeliveredFile(name, status.st_size, f"{_version(status)} {fault.what}", status.st_mtime, fault)


_DANGLING = Fault("The link leads to no file", "replace it with the file itself")
_LINKED_FOLDER = Fault("Links to folders are not followed", "put the folder itself, or its files, into the inbox")
_SPECIAL = Fault("It is not a file but a pipe, a socket or a device", "replace it with a file")


def _refused(error: OSError, kind: str = "file") -> Fault:
    said = error.strerror or str(error)
    if isinstance(error, PermissionError):
        return Fault(f"The {kind} may not be read: {said}", f"allow this user to read the {kind}, or remove it")
    if error.errno == errno.ELOOP:
        return Fault("The link leads to itself", "replace it with the file itself")
    return Fault(f"The {kind} cannot be read: {said}", f"make the {kind} readable, or deliver it again")


def _version(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns}-{status.st_ino}"


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """The entries of a folder.

    Raises:
        OSError: If the folder, or the files in it, cannot be accessed.
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
