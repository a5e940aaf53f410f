"""Lands delivered files: new files in the inboxes become raw files; unreadable ones are refused by name.

Each version of a file is handled once. An unreadable file does not stop the others. A changed file under the same
name replaces the earlier one (see `Catalog.record_deliveries`). A file is copied to its place first and recorded
after that, so the next call can continue after a kill at any moment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bandcamp_assets.landing.arrival import describe, judge_again_if_early, kept_as, put_in_place
from bandcamp_assets.landing.refusals import AGAIN, files_waiting_in_vain, is_closed
from bandcamp_assets.sources.delivery.recognition import recognize
from bandcamp_assets.sources.inbox import DeliveredFile, Fault, Inbox, NotFetched
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import Catalog, Delivery, FileContent
from bandcamp_assets.state.catalog.deliveries import ORIGIN
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.scratch import scratch_folder

BATCH = 200
"""Files recorded in one transaction."""

MAX_REASON_CHARACTERS = 2000


@dataclass
class Taken:
    """The result of landing deliveries.

    Attributes:
        files: Names of the files that became raw files, or whose bytes were known.
        refused: Names of the files that cannot be read, each with the reason.
        moved_on: How many files were changed or removed while they were read. The next call takes them.
        in_vain: How many files are in inboxes that are closed because the home holds a sample. They stay as they
            are.
    """

    files: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    moved_on: int = 0
    in_vain: int = 0


def waiting(inbox: Inbox, catalog: Catalog) -> list[DeliveredFile]:
    """The files in an inbox whose present version is not handled yet, in the order of delivery.

    A file that could not be fetched is not among them: the next run tries it again, but no run starts for it.
    """
    if is_closed(catalog):
        return []
    handled = catalog.deliveries(inbox.place)
    return [
        drop
        for drop in inbox.delivered_files()
        if not _is_handled(drop, drop.version, handled) and not _is_handled(drop, drop.version + AGAIN, handled)
    ]


def take_deliveries(
    inboxes: Sequence[Inbox], home: Home, catalog: Catalog, *, on_progress: Callable[[int], None] | None = None
) -> Taken:
    """Bring all waiting files into the landing folder.

    Args:
        inboxes: Where files are delivered.
        home: Where they go.
        catalog: Where they are recorded.
        on_progress: Called with the number of files handled so far.

    Raises:
        PlatformError: If an inbox or the disk cannot be used. Files recorded before that stay recorded.
    """
    if is_closed(catalog):
        return Taken(in_vain=files_waiting_in_vain(inboxes, catalog))
    taken = Taken()
    done = 0
    for inbox in inboxes:
        present, handled = inbox.delivered_files(), catalog.deliveries(inbox.place)
        names = {drop.name for drop in present} | _out_of_sight(present, handled)
        drops = [drop for drop in present if not _is_handled(drop, drop.version, handled)]
        known = {file.file_id: file for file in catalog.raw_files()} if drops else {}
        for start in range(0, len(drops), BATCH):
            batch = drops[start : start + BATCH]
            _take_batch(inbox, batch, names, known, home, catalog, taken)
            done += len(batch)
            if on_progress:
                on_progress(done)
    return taken


def _out_of_sight(present: Sequence[DeliveredFile], handled: Collection[str]) -> set[str]:
    """Names of handled files in folders that cannot be listed. They count as still there."""
    hidden = tuple(drop.name for drop in present if drop.name.endswith("/") or not drop.name)
    return {name for name in handled if name.startswith(hidden)}


def _take_batch(
    inbox: Inbox,
    drops: Sequence[DeliveredFile],
    present: Collection[str],
    known: dict[str, RawFile],
    home: Home,
    catalog: Catalog,
    taken: Taken,
) -> None:
    delivered: list[tuple[Delivery, RawFile | None]] = []
    moved: list[FileContent] = []
    with scratch_folder(home.scratch, "deliveries") as scratch:
        for drop in drops:
            delivery = Delivery(inbox.place, drop.name, drop.size, drop.version)
            try:
                # Not under its own name, which may be too long. Its first bytes say what it is.
                copy = scratch / "delivery"
                file = _take(inbox, drop, copy)
            except _Refused as refusal:
                taken.refused[drop.name] = refusal.reason
                version = drop.version + AGAIN if refusal.may_pass else drop.version
                delivered.append((replace(delivery, version=version, refused=refusal.reason), None))
                continue
            if file is None:
                taken.moved_on += 1
                continue
            moved += _put(copy, file, known, home, catalog)
            taken.files.append(drop.name)
            delivered.append((delivery, file))
    catalog.record_contents(moved)
    catalog.record_deliveries(delivered, present)


class _Refused(Exception):  # noqa: N818 - an outcome, not an error of the program
    """A file is refused, with the reason in words. `may_pass`: nothing is wrong with the file itself."""

    def __init__(self, fault: Fault, where: str, *, may_pass: bool = False) -> None:
        self.reason = str(PlatformError(fault.what, where=where, remedy=fault.remedy))[:MAX_REASON_CHARACTERS]
        self.may_pass = may_pass
        super().__init__(self.reason)


def _take(inbox: Inbox, drop: DeliveredFile, copy: Path) -> RawFile | None:
    """Fetch one file and check it; None if it changed after it was listed."""
    where = f"{inbox.place}/{drop.name}"
    if drop.fault:
        raise _Refused(drop.fault, where)
    try:
        if not inbox.fetch(drop, copy):
            return None
    except NotFetched as missed:
        raise _Refused(missed.fault, where, may_pass=True) from missed
    return _arrive(copy, where)


def _arrive(copy: Path, where: str) -> RawFile:
    try:
        form = recognize(copy, where)
    except PlatformError as reason:
        copy.unlink(missing_ok=True)
        # The path of the scratch copy would mean nothing to people.
        raise _Refused(Fault(reason.what, reason.remedy), where) from reason
    except (OSError, MemoryError):
        raise  # a fault of the machine, not of the file
    except Exception as error:
        # An unforeseen error counts as a fault of this file, so that it does not hold up the others.
        copy.unlink(missing_ok=True)
        what = f"The file cannot be read: {type(error).__name__}: {error}"
        raise _Refused(Fault(what, "deliver it as a plain CSV in UTF-8"), where) from error
    return describe(copy, where, origin=f"{ORIGIN}{where}", form=form)


def _put(copy: Path, file: RawFile, known: dict[str, RawFile], home: Home, catalog: Catalog) -> list[FileContent]:
    """Move a file to its place: that of the known file with equal bytes, or its own."""
    before = known.get(file.file_id)
    moved = put_in_place(copy, kept_as(before, file), home)
    if before and before.arrival and before.withdrawn_at is None:
        judge_again_if_early(before, home, catalog)
    known.setdefault(file.file_id, file)
    return moved


def _is_handled(drop: DeliveredFile, version: str, handled: Mapping[str, Delivery]) -> bool:
    delivery = handled.get(drop.name)
    return delivery is not None and (delivery.size, delivery.version) == (drop.size, version)
