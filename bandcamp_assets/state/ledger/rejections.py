"""Deliveries with rejected rows: their reasons, the likely cause, and whether they are unusually many.

Uses the counts that staging recorded. Of a delivery that is named, some rejected rows are read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import polars as pl

from bandcamp_assets.contract.likely_cause import likely_cause
from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets.lake.damage import readable
from bandcamp_assets.lake.layout import rejected_file
from bandcamp_assets.lake.made import StagedFile
from bandcamp_assets.lake.parquet import scan
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.system.errors import PlatformError

UNUSUAL_SHARE = 0.1
"""A person should look at a delivery with a larger share of rejected rows. The published archive has none."""

FEED = "feed:"
FEED_TIME = timedelta(days=1)
"""A page of the feed holds a few dozen items, so all pages of the latest day count as one delivery."""

_EXAMPLES = 1000
_REASONS_SHOWN = 3


@dataclass(frozen=True)
class Rejections:
    """The rejected rows of one delivery.

    Attributes:
        name: Its name for people.
        file_ids: Its raw files.
        rows: Its records.
        reasons: Rejected rows by reason, the most frequent first.
    """

    name: str
    file_ids: tuple[str, ...]
    rows: int
    reasons: Mapping[str, int]

    @property
    def rejected(self) -> int:
        """Rejected rows."""
        return sum(self.reasons.values())

    @property
    def is_unusual(self) -> bool:
        """Whether an unusual share of the rows was rejected."""
        return self.rejected > UNUSUAL_SHARE * self.rows


def rejections(files: Iterable[RawFile], staged: Iterable[StagedFile]) -> list[Rejections]:
    """The rejected rows of each delivery whose rows count, in the order of arrival. Pure."""
    staged_by_id = {file.file_id: file for file in staged}
    known = [(file, staged_by_id[file.file_id]) for file in files if file.file_id in staged_by_id]
    # In the order of arrival.
    pages = [(file, page) for file, page in known if file.origin.startswith(FEED)]
    recent = [page for file, page in pages if pages[-1][0].arrived_at - file.arrived_at < FEED_TIME]
    feed = [_of("live feed, the latest day", recent)] if recent else []
    return [_of(file.name, [one]) for file, one in known if not file.origin.startswith(FEED)] + feed


def unusual_rejections(catalog: Catalog, lake: Path) -> list[str]:
    """A line for each delivery with an unusual share of rejected rows: name, share, reasons, likely cause."""
    return [_line(one, lake) for one in _found(catalog) if one.is_unusual]


def rejecting_deliveries(catalog: Catalog, lake: Path, *, most: int) -> list[str]:
    """A line for each delivery with rejected rows, the unusual ones first. The last one counts those left out.

    A sample is named only if it is unusual, as its faults are planted.
    """
    samples = {file.file_id for file in catalog.current_files() if file.synthetic}
    found = [one for one in _found(catalog) if one.is_unusual or (one.rejected and not samples & {*one.file_ids})]
    found.sort(key=lambda one: not one.is_unusual)
    more = len(found) - most
    return [*(_line(one, lake) for one in found[:most]), *([f"and {more:,} more such files"] if more > 0 else [])]


def _found(catalog: Catalog) -> list[Rejections]:
    return rejections(catalog.current_files(), catalog.staged_files())


def _of(name: str, files: Iterable[StagedFile]) -> Rejections:
    held = list(files)
    reasons: Counter[str] = Counter()
    for file in held:
        reasons.update(file.rejected)
    ids = tuple(file.file_id for file in held)
    return Rejections(name, ids, sum(file.raw_rows for file in held), dict(reasons.most_common()))


def _line(one: Rejections, lake: Path) -> str:
    reasons = ", ".join(f"{reason} {rows:,}" for reason, rows in list(one.reasons.items())[:_REASONS_SHOWN])
    share = f"{one.rejected:,} of {one.rows:,} rows ({one.rejected / one.rows:.1%}) were rejected"
    cause = _cause(one, lake)
    said = f"; likely cause: {cause}" if cause else _malformations(one, lake)
    return f"{one.name}: {share}: {reasons}{said}"


def _cause(one: Rejections, lake: Path) -> str:
    """The likely cause of the most frequent reason, if it is the reason of half of the rejected rows or more."""
    reason, rows = next(iter(one.reasons.items()))
    if 2 * rows < one.rejected or reason not in list(RejectionReason):
        return ""
    return likely_cause(RejectionReason(reason), _details(one, reason, lake))


def _malformations(one: Rejections, lake: Path) -> str:
    """What is wrong with the malformed rows, in words, if they are among the reasons that are shown."""
    malformed = RejectionReason.MALFORMED_ROW.value
    if malformed not in list(one.reasons)[:_REASONS_SHOWN]:
        return ""
    found = Counter(re.sub(r"^byte \d+ of", "a byte of", detail) for detail in _details(one, malformed, lake))
    said = ", ".join(detail for detail, _ in found.most_common(_REASONS_SHOWN))
    return f"; of malformed_row: {said}" if said else ""


def _details(one: Rejections, reason: str, lake: Path) -> list[str]:
    """What is wrong with some of the rows that were rejected for a reason."""
    paths = [path for file_id in one.file_ids if (path := rejected_file(lake, file_id)).is_file()]
    if not paths:
        return []
    try:
        with readable(paths):
            rejected = scan(paths).filter(pl.col("reason").cast(pl.String) == reason)
            examples = rejected.select("detail").head(_EXAMPLES).collect()
    except PlatformError:
        return []  # the survey reports a damaged lake
    return examples["detail"].drop_nulls().to_list()
