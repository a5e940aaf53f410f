"""Stores the feed's answers: a folder of compressed files, named by the time that they cover.

An answer is on disk completely before it is parsed; then it is renamed. The names are the only state of polling.
`poll` decides which answers to request.
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
    """How a stored answer may be used."""

    PAGE = "page"
    """A page whose window counts as covered."""

    DOUBTFUL = "doubtful"
    """A page whose window ends in the future. Its sales may be used; its window does not count."""

    UNREADABLE = "unreadable"
    """An answer that is not a page. It is kept so that nothing is lost."""


@dataclass(frozen=True)
class StoredPage:
    """An answer with its final name.

    Attributes:
        path: The file; None if the answer contained nothing new, and so is not kept.
        kind: How it may be used.
        page: The page without its events, which may be large; None if it is unreadable.
        events: How many events it has.
        fault: Why it is unreadable or doubtful, as part of a sentence.
        is_new: Whether the file is new.
    """

    path: Path | None
    kind: PageKind
    page: Page | None
    events: int
    fault: str | None
    is_new: bool


class PageStore:
    """The answers in one folder. The folder is created with the first answer.

    Args:
        folder: The folder of the files: `START-END-SHA.json.gz`, `doubtful-START-END-SHA.json.gz` and
            `unreadable-SHA.json.gz`. The times are in seconds since 1970; SHA is from the answer's SHA-256.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def sole_use(self) -> Iterator[None]:
        """Keep other processes out. A killed process leaves no lock.

        Raises:
            PlatformError: If another process uses the store.
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
                    remedy="wait until it has finished, or stop it; then poll again",
                ) from None
        try:
            # This process holds the lock, so half-written files are those of killed processes.
            for half_written in self.folder.glob("*.part"):
                half_written.unlink(missing_ok=True)
            yield
        finally:
            lock.release()

    def rest_until(self, come_back_at: datetime | None) -> None:
        """Store when the server wants the next request (UTC); None deletes it."""
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
        """The time (UTC) before which the server wants no request; None if it did not say."""
        try:
            return datetime.fromisoformat((self.folder / _REST).read_text())
        except (FileNotFoundError, ValueError):
            return None

    def windows(self) -> list[Window]:
        """The windows of all pages that count, in no particular order."""
        if not self.folder.is_dir():
            return []
        found = (_NAME.fullmatch(path.name) for path in self.folder.iterdir())
        return [Window(Decimal(match[1]), Decimal(match[2])) for match in found if match]

    def keep(self, body: bytes) -> Path:
        """Write an answer to disk unchanged. `settle` must follow."""
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
        """Answers that a killed process did not settle, in the order of arrival."""
        found = self.folder.glob(f"{_ARRIVED}*{SUFFIX}")
        return sorted(found, key=lambda path: path.stat().st_mtime_ns)

    def settled(self) -> list[Path]:
        """The files of all readable pages, including doubtful ones, in the order of arrival."""
        if not self.folder.is_dir():
            return []
        found = [path for path in self.folder.glob(f"*{SUFFIX}") if _SETTLED.fullmatch(path.name)]
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def settle(self, arrived: Path, *, cursor: Decimal | None, arrived_at: datetime | None = None) -> StoredPage:
        """Parse a kept answer, and name its file by its window.

        Args:
            arrived: The path that `keep` returned.
            cursor: The end of the known part of the feed. A page without events that ends no later contains
                nothing new, and is removed; otherwise an idle feed would fill the disk.
            arrived_at: When it arrived; None for the time of the file.
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
        """A stored page with the same window and events. Only the server's clock may differ."""
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
    """Read an answer as the server sent it.

    Raises:
        PlatformError: If the file is damaged.
    """
    try:
        return gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise PlatformError(
            "A stored page of the feed is damaged",
            where=str(path),
            remedy="restore it from a backup, or remove it: its time is then reported as a gap",
        ) from error


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:12]
