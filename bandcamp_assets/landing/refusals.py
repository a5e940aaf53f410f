"""Reports what in the inboxes cannot become sales: refused files by name, and inboxes that are closed.

A run, `bandcamp status`, the check, the sensor and alerts use the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bandcamp_assets.landing.named_files import standing_refusals_of_files
from bandcamp_assets.sources.inbox import DeliveredFile, Inbox
from bandcamp_assets.state.catalog import Catalog, Delivery
from bandcamp_assets.system.errors import PlatformError

CLOSED = (
    "This home holds sample sales, so its inbox takes no real files; for real sales start afresh with FRESH=1"
    " (`bandcamp run --fresh`), or set BANDCAMP_HOME to another folder"
)

AGAIN = "?"
"""Appended to the version of a file that could not be fetched through no fault of its own. The next run tries the
file again, but no run starts for it."""

SHOWN = 20
"""How many refusals a short list names one by one."""


@dataclass(frozen=True)
class Refusal:
    """A file in an inbox that was refused.

    Attributes:
        where: Inbox and name.
        why: What is wrong and what to do about it, on one line.
        is_correction: Whether it could be read, but was refused as the correction of a good file.
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
    """Says that the inboxes take no files, and how many files wait in them."""
    if not waiting:
        return CLOSED
    return f"{CLOSED} ({waiting:,} file{' waits' if waiting == 1 else 's wait'} in it)"


def files_waiting_in_vain(inboxes: Iterable[Inbox], catalog: Catalog) -> int:
    """How many files are in closed inboxes; 0 if the inboxes are open."""
    return sum(len(inbox.delivered_files()) for inbox in inboxes) if is_closed(catalog) else 0


def standing_refusals(inboxes: Iterable[Inbox], catalog: Catalog) -> list[Refusal]:
    """The refused files that are still in the inboxes unchanged, in the order of delivery; then those named."""
    if is_closed(catalog):
        return []
    in_inboxes = [
        refusal
        for inbox in inboxes
        for handled in [catalog.deliveries(inbox.place)]
        if any(delivery.refused for delivery in handled.values())
        for drop in inbox.delivered_files()
        if (refusal := _refusal(inbox.place, drop, handled.get(drop.name)))
    ]
    return in_inboxes + [_told(one, one.name) for one in standing_refusals_of_files(catalog)]


def refuse_sample_beside(inboxes: Sequence[Inbox], catalog: Catalog) -> None:
    """Check that a run without a source does not fill an empty home with a sample while files are in its inbox.

    Raises:
        PlatformError: If it would.
    """
    if catalog.raw_files() or not any(inbox.holds_any() for inbox in inboxes):
        return
    refusals = standing_refusals(inboxes, catalog)
    if not refusals:
        raise PlatformError(
            "The files in the inbox are still being written, so there is nothing to build yet",
            where=", ".join(inbox.place for inbox in inboxes),
            remedy="run again in a few seconds, or name a source (SOURCE=sample generates a sample)",
        )
    raise PlatformError(
        "None of the files in the inbox could be landed, so there is nothing to build",
        where=", ".join(refusal.where for refusal in refusals[:SHOWN]),
        remedy="fix or remove them, or name a source (SOURCE=sample generates a sample)",
    )


def named(refusals: Sequence[Refusal], most: int) -> list[str]:
    """A line for each refusal up to `most`, and one line that counts the rest."""
    lines = [str(refusal) for refusal in refusals[:most]]
    return [*lines, f"and {len(refusals) - most:,} more"] if len(refusals) > most else lines


def _refusal(place: str, drop: DeliveredFile, delivery: Delivery | None) -> Refusal | None:
    if not delivery or not delivery.refused or delivery.version.removesuffix(AGAIN) != drop.version:
        return None
    return _told(delivery, f"{place}/{drop.name}")


def _told(delivery: Delivery, where: str) -> Refusal:
    is_correction = bool(delivery.refused_file_id)
    error = PlatformError.read(delivery.refused)
    if not error:
        return Refusal(where, " ".join(delivery.refused.split()), is_correction)
    what, place_in_it, remedy = (" ".join(part.split()) for part in (error.what, error.where, error.remedy))
    inside = place_in_it.removeprefix(" ".join(where.split())).strip(", ")
    return Refusal(where, f"{what}{f' ({inside})' if inside else ''}; {remedy}", is_correction)
