"""What of the inboxes cannot become sales, for people: refused files by name, and inboxes that are closed.

The same words wherever it is told: by a run, `bandcamp status`, the check, the sensor and alerts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bandcamp_assets.sources.inbox import DeliveredFile, Inbox
from bandcamp_assets.state.catalog import Catalog, Delivery
from bandcamp_assets.system.errors import PlatformError

CLOSED = (
    "This home holds sample sales, so its inbox takes no real files; for real sales start afresh with FRESH=1"
    " (`bandcamp run --fresh`), or set BANDCAMP_HOME to another folder"
)

AGAIN = "?"
"""Behind the version of a file that could not be had for no reason of its own: the next run tries it again, but
none is started for its sake."""

SHOWN = 20
"""Refusals that are named one by one where not all need be."""


@dataclass(frozen=True)
class Refusal:
    """A file that lies in an inbox and was refused.

    Attributes:
        where: Inbox and name.
        why: What is wrong and what to do about it, on one line.
        is_correction: Whether it was read, and refused as the correction of a good file.
    """

    where: str
    why: str
    is_correction: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"


def is_closed(catalog: Catalog) -> bool:
    """Whether the inboxes take no files, because the home holds a sample."""
    return any(file.synthetic for file in catalog.current_files())


def closed_inbox(waiting: int) -> str:
    """That the inboxes take no files, and how many wait in them all the same."""
    if not waiting:
        return CLOSED
    return f"{CLOSED} ({waiting:,} file{' waits' if waiting == 1 else 's wait'} in it)"


def files_waiting_in_vain(inboxes: Iterable[Inbox], catalog: Catalog) -> int:
    """How many files lie in inboxes that are closed; 0 where they are open."""
    return sum(len(inbox.delivered_files()) for inbox in inboxes) if is_closed(catalog) else 0


def standing_refusals(inboxes: Iterable[Inbox], catalog: Catalog) -> list[Refusal]:
    """The files that were refused, as they lie there now, in the order of their dropping."""
    if is_closed(catalog):
        return []
    return [
        refusal
        for inbox in inboxes
        for handled in [catalog.deliveries(inbox.place)]
        if any(delivery.refused for delivery in handled.values())
        for drop in inbox.delivered_files()
        if (refusal := _refusal(inbox.place, drop, handled.get(drop.name)))
    ]


def refuse_sample_beside(inboxes: Sequence[Inbox], catalog: Catalog) -> None:
    """See that no sample is made, by default, in an empty home whose inbox holds files that were meant for it.

    Raises:
        PlatformError: If it would be.
    """
    if catalog.raw_files() or not any(inbox.holds_any() for inbox in inboxes):
        return
    refusals = standing_refusals(inboxes, catalog)
    if not refusals:
        raise PlatformError(
            "The files in the inbox are still being written, so there is nothing to build yet",
            where=", ".join(inbox.place for inbox in inboxes),
            remedy="run again in some seconds, or name a source (SOURCE=sample makes a sample)",
        )
    raise PlatformError(
        "None of the dropped files could be taken in, so there is nothing to build",
        where=", ".join(refusal.where for refusal in refusals[:SHOWN]),
        remedy="mend or remove them, or name a source (SOURCE=sample makes a sample)",
    )


def named(refusals: Sequence[Refusal], most: int) -> list[str]:
    """A line for each refusal, and one for those beyond `most`."""
    lines = [str(refusal) for refusal in refusals[:most]]
    return [*lines, f"and {len(refusals) - most:,} more"] if len(refusals) > most else lines


def _refusal(place: str, drop: DeliveredFile, delivery: Delivery | None) -> Refusal | None:
    if not delivery or not delivery.refused or delivery.version.removesuffix(AGAIN) != drop.version:
        return None
    where = f"{place}/{drop.name}"
    is_correction = bool(delivery.refused_file_id)
    error = PlatformError.read(delivery.refused)
    if not error:
        return Refusal(where, " ".join(delivery.refused.split()), is_correction)
    what, place_in_it, remedy = (" ".join(part.split()) for part in (error.what, error.where, error.remedy))
    inside = place_in_it.removeprefix(" ".join(where.split())).strip(", ")
    return Refusal(where, f"{what}{f' ({inside})' if inside else ''}; {remedy}", is_correction)
