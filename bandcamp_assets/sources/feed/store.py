"""Where the feed's answers are kept: a folder of compressed files named by the time they cover.

An answer is on disk, whole, before anything in it is read; its name is found afterwards. The names are all that
polling remembers. Which answers are asked for is the concern of `poll`.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import filelock

from bandcamp_assets.sources.feed.page import Page, UnreadablePage, read_page
from bandcamp_assets.sources.feed.windows import Window, is_in_future
from bandcamp_assets.system.disk import disk_errors, replace_file, sync_folder
from bandcamp_assets.system.errors import PlatformError

SUFFIX = ".json.gz"
_ARRIVED = "arrived-"
_LOCK = ".poll.lock"
_REST = ".come-back-at"
_NAME = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)-[0-9a-f]{12}\.json\.gz")
_SETTLED = re.compile(rf"(doubtful-)?{_NAME.pattern}")


class PageKind(StrEnum):
    """What a stored answer is good for."""

    PAGE = "page"
    """A page with a window, which counts as covered."""

    DOUBTFUL = "doubtful"
    """A page whose window ends in the future. Its sales may be used; its window does not count."""

    UNREADABLE = "unreadable"
    """An answer that is no page. Kept so that nothing is lost."""


@dataclass(frozen=True)
class StoredPage:
    """An answer that is settled.

    Attributes:
        path: The file; None where the answer told nothing that was not known, and so is not kept.
        kind: What it is good for.
        page: The page without its events, which may be large; None where it is unreadable.
        events: How many events it has.
        fault: Why it is unreadable or doubtful, as part of a sentence.
        is_new: Whether the file was not there before.
    """

    path: Path | None
    kind: PageKind
    page: Page | None
    events: int
    fault: str | None
    is_new: bool


class PageStore:
    """The answers in one folder. Cheap to make; the folder is made when the first one is kept.

    Args:
        folder: Where the files lie, side by side: `START-END-SHA.json.gz`, `doubtful-START-END-SHA.json.gz` and
            `unreadable-SHA.json.gz`; the times in seconds since 1970, the digits of the answer's SHA-256.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def sole_use(self) -> Iterator[None]:
        """Keep a second process out. A killed process leaves no lock.

        Raises:
            PlatformError: If another process has it.
        """
        with disk_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(self.folder / _LOCK)
            try:
                lock.acquire(blocking=False)
            except filelock.Timeout:
                raise PlatformError(
                    "Another process is polling the feed",
                    where=str(self.folder),
                    remedy="wait until it has finished, or stop it, and poll again",
                ) from None
        try:
            # With the lock held, what is half written is a killed process's.
            for half_written in self.folder.glob("*.part"):
                half_written.unlink(missing_ok=True)
            yield
        finally:
            lock.release()

    def rest_until(self, come_back_at: datetime | None) -> None:
        """Remember when the server wants to be asked again (UTC); None forgets it."""
        note = self.folder / _REST
        with disk_errors(note):
            if come_back_at is None:
                note.unlink(missing_ok=True)
                return
            half_written = note.with_suffix(".part")
            half_written.write_text(come_back_at.isoformat())
            replace_file(half_written, note)

    @property
    def come_back_at(self) -> datetime | None:
        """Before when the server does not want to be asked (UTC), as it last said."""
        try:
            return datetime.fromisoformat((self.folder / _REST).read_text())
        except (FileNotFoundError, ValueError):
            return None

    def windows(self) -> list[Window]:
        """The windows of all pages that count, in no special order."""
        if not self.folder.is_dir():
            return []
        found = (_NAME.fullmatch(path.name) for path in self.folder.iterdir())
        return [Window(Decimal(match[1]), Decimal(match[2])) for match in found if match]

    def keep(self, body: bytes) -> Path:
        """Put an answer on disk as it is. It still has to be settled."""
        target = self.folder / f"{_ARRIVED}{_digest(body)}{SUFFIX}"
        half_written = target.with_suffix(".part")
        with disk_errors(self.folder):
            try:
                half_written.write_bytes(gzip.compress(body, mtime=0))
                replace_file(half_written, target)
            finally:
                half_written.unlink(missing_ok=True)
        return target

    def unsettled(self) -> list[Path]:
        """Answers that a killed process kept and did not settle, in the order of their coming."""
        found = self.folder.glob(f"{_ARRIVED}*{SUFFIX}")
        return sorted(found, key=lambda path: path.stat().st_mtime_ns)

    def settled(self) -> list[Path]:
        """The files of all pages that can be read, doubtful ones included, in the order of their coming."""
        if not self.folder.is_dir():
            return []
        found = [path for path in self.folder.glob(f"*{SUFFIX}") if _SETTLED.fullmatch(path.name)]
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def settle(self, arrived: Path, *, cursor: Decimal | None, arrived_at: datetime | None = None) -> StoredPage:
        """Read what was kept, and give it the name of its window.

        Args:
            arrived: What `keep` gave.
            cursor: Up to where the feed is known. A page without events that ends no later tells nothing, and
                is removed, else an idle feed would fill the disk.
            arrived_at: When it came; None for the time of the file.
        """
        with disk_errors(arrived):
            body = read_stored(arrived)
            arrived_at = arrived_at or datetime.fromtimestamp(arrived.stat().st_mtime, UTC)
            try:
                page = read_page(body)
            except UnreadablePage as fault:
                return self._move(arrived, f"unreadable-{_digest(body)}", PageKind.UNREADABLE, None, str(fault))
            if is_in_future(page.window, server_time=page.server_time, arrived_at=arrived_at):
                name = f"doubtful-{page.window}-{_digest(body)}"
                return self._move(arrived, name, PageKind.DOUBTFUL, page, "its window ends in the future")
            if not page.events and cursor is not None and page.window.end_date <= cursor:
                arrived.unlink()
                return _stored(None, PageKind.PAGE, page)
            known = self._same_page(page)
            if known is not None:
                arrived.unlink()
                return _stored(known, PageKind.PAGE, page)
            return self._move(arrived, f"{page.window}-{_digest(body)}", PageKind.PAGE, page, None)

    def _same_page(self, page: Page) -> Path | None:
        """A stored page of the same window and events, which differs at most in the server's clock."""
        for path in self.folder.glob(f"{page.window}-*{SUFFIX}"):
            if [event.text for event in read_page(read_stored(path)).events] == [
                event.text for event in page.events
            ]:
                return path
        return None

    def _move(self, arrived: Path, name: str, kind: PageKind, page: Page | None, fault: str | None) -> StoredPage:
        target = self.folder / f"{name}{SUFFIX}"
        is_new = not target.exists()
        if is_new:
            arrived.replace(target)
            sync_folder(self.folder)
        else:
            arrived.unlink()
        return _stored(target, kind, page, fault, is_new=is_new)


def _stored(
    path: Path | None, kind: PageKind, page: Page | None, fault: str | None = None, *, is_new: bool = False
) -> StoredPage:
    events = len(page.events) if page else 0
    return StoredPage(path, kind, replace(page, events=()) if page else None, events, fault, is_new)


def read_stored(path: Path) -> bytes:
    """Give the answer in a stored file as the server sent it.

    Raises:
        PlatformError: If the file is damaged.
    """
    try:
        return gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise PlatformError(
            "A stored page of the feed is damaged",
            where=str(path),
            remedy="restore it from a backup, or remove it: what it covered is then reported as a gap",
        ) from error


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:12]
