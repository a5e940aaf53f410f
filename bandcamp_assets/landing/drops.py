"""Takes dropped files in: what is new in the inboxes becomes raw files, what cannot be read is refused by name.

A file is handled once in each version of it, and one that cannot be read stops none of the others. A changed file
under the same name takes the place of the earlier one (see `Catalog.record_deliveries`). Killed at any moment, the
next call goes on: a file is copied to its place first, and recorded after that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bandcamp_assets.catalog import Catalog, Delivery, RawFile
from bandcamp_assets.catalog.deliveries import ORIGIN
from bandcamp_assets.errors import PlatformError
from bandcamp_assets.home import Home
from bandcamp_assets.landing.arrival import describe, judge_again_if_early, kept_as, put_in_place, refuse_mixture
from bandcamp_assets.landing.inbox import Drop, Inbox
from bandcamp_assets.landing.verification import check_readable
from bandcamp_assets.scratch import scratch_folder

BATCH = 200
"""Files recorded in one transaction."""

MAX_REASON_CHARACTERS = 500


@dataclass
class Taken:
    """What taking drops in came to.

    Attributes:
        files: Names of the files that became raw files, or were known by their bytes.
        refused: Names of those that cannot be read, each with the reason.
        moved_on: How many were changed or removed while they were read; they are left to the next call.
    """

    files: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    moved_on: int = 0


def waiting(inbox: Inbox, catalog: Catalog) -> list[Drop]:
    """The files in an inbox that have not been handled as they are now, in the order of their dropping."""
    return _unhandled(inbox.drops(), inbox, catalog)


def _unhandled(drops: Sequence[Drop], inbox: Inbox, catalog: Catalog) -> list[Drop]:
    handled = catalog.deliveries(inbox.place)
    return [drop for drop in drops if not _is_handled(drop, handled.get(drop.name))]


def take_drops(
    inboxes: Sequence[Inbox], home: Home, catalog: Catalog, *, on_progress: Callable[[int], None] | None = None
) -> Taken:
    """Bring all waiting files into the landing folder.

    Args:
        inboxes: Where files are dropped.
        home: Where they go.
        catalog: Where they are recorded.
        on_progress: Called with the number of files handled so far.

    Raises:
        PlatformError: If an inbox or the disk cannot be used; what was recorded before stays.
    """
    taken = Taken()
    handled = 0
    for inbox in inboxes:
        lying = inbox.drops()
        names = {drop.name for drop in lying}
        drops = _unhandled(lying, inbox, catalog)
        known = {file.file_id: file for file in catalog.raw_files()} if drops else {}
        for start in range(0, len(drops), BATCH):
            batch = drops[start : start + BATCH]
            _take_batch(inbox, batch, names, known, home, catalog, taken)
            handled += len(batch)
            if on_progress:
                on_progress(handled)
    return taken


def _take_batch(
    inbox: Inbox,
    drops: Sequence[Drop],
    lying: Collection[str],
    known: dict[str, RawFile],
    home: Home,
    catalog: Catalog,
    taken: Taken,
) -> None:
    delivered: list[tuple[Delivery, RawFile | None]] = []
    mixture = _mixture(catalog)
    with scratch_folder(home.scratch, "drops") as scratch:
        for drop in drops:
            delivery = Delivery(inbox.place, drop.name, drop.size, drop.version)
            copy = scratch / f"drop{Path(drop.name).suffix}"
            if not inbox.fetch(drop, copy):
                taken.moved_on += 1
                continue
            try:
                file = _arrive(copy, f"{inbox.place}/{drop.name}", mixture)
            except _Unreadable as refusal:
                reason = str(refusal.reason)[:MAX_REASON_CHARACTERS]
                taken.refused[drop.name] = reason
                delivered.append((replace(delivery, refused=reason), None))
                continue
            _put(copy, file, known, home, catalog)
            taken.files.append(drop.name)
            delivered.append((delivery, file))
    catalog.record_deliveries(delivered, lying)


class _Unreadable(Exception):  # noqa: N818 - it is what the file is
    """A file that is refused."""

    def __init__(self, reason: PlatformError) -> None:
        super().__init__(str(reason))
        self.reason = reason


def _mixture(catalog: Catalog) -> PlatformError | None:
    """Why no real sales may be taken in now, if so."""
    try:
        refuse_mixture(catalog, made_up=False)
    except PlatformError as reason:
        return reason
    return None


def _arrive(copy: Path, where: str, mixture: PlatformError | None) -> RawFile:
    try:
        if mixture:
            raise mixture
        check_readable(copy, where)
    except PlatformError as reason:
        copy.unlink(missing_ok=True)
        # Of the copy's own path nobody could make sense.
        raise _Unreadable(PlatformError(reason.what, where=where, remedy=reason.remedy)) from reason
    return describe(copy, Path(where).name, origin=f"{ORIGIN}{where}")


def _put(copy: Path, file: RawFile, known: dict[str, RawFile], home: Home, catalog: Catalog) -> None:
    """Move what arrived to its place, which is that of equal bytes if they are known."""
    before = known.get(file.file_id)
    put_in_place(copy, kept_as(before, file), home)
    if before and before.arrival and before.withdrawn_at is None:
        judge_again_if_early(before, home, catalog)
    known.setdefault(file.file_id, file)


def _is_handled(drop: Drop, delivery: Delivery | None) -> bool:
    return delivery is not None and (delivery.size, delivery.version) == (drop.size, drop.version)
