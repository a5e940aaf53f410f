"""Writes `bandcamp_assets/sources/FILES.md`: each way of writing sales, and what becomes of it.

python -m bandcamp_assets_tests.sources.delivery.matrix
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

import bandcamp_assets
from bandcamp_assets.contract.sale import NEEDED_COLUMNS
from bandcamp_assets.lake.layout import rejected_file, staged_file
from bandcamp_assets.lake.staging import stage_delivery
from bandcamp_assets.sources.delivery.recognition import recognize
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.sources.delivery.written import REFUSED, WAYS, Way, sales

PAGE = Path(bandcamp_assets.__file__).parent / "sources" / "FILES.md"
ARRIVED_AT = datetime(2020, 10, 3, 12, tzinfo=UTC)


def staged(way: Way, folder: Path) -> tuple[str, pl.DataFrame, pl.DataFrame]:
    """Write sales in a way, recognize the file and stage it.

    Returns:
        What the file was found to be, the sales in their order, and the rejected rows.

    Raises:
        PlatformError: If it is refused.
    """
    path, scratch, lake = folder / "delivered", folder / "scratch", folder / "lake"
    scratch.mkdir()
    way.write([row for row in sales() if way.keeps(row)], path)
    form = recognize(path, "the file")
    made = stage_delivery(
        path, form, file_id="f00d", arrived_at=ARRIVED_AT, lake=lake, scratch=scratch, where="the file"
    )
    days = [pl.read_parquet(staged_file(lake, day.sale_date, "f00d")) for day in made.days]
    found = pl.concat(days).sort("source_row") if days else pl.DataFrame()
    rejected = pl.read_parquet(rejected_file(lake, "f00d"))
    assert made.raw_rows == found.height + rejected.height
    return str(form), found.drop("utc_date") if way.rounds else found, rejected


def expected(way: Way, folder: Path) -> pl.DataFrame:
    """The same sales, read from the archive's form."""
    plain = Way("", "", WAYS[0].write, keeps=way.keeps, rounds=way.rounds)
    return staged(plain, folder)[1]


def page() -> str:
    """The page as it should be."""
    accepted = [f"| {way.part} | {way.name} | {_result(way)} |" for way in WAYS]
    refused = [f"| {way.part} | {way.name} | {_refusal(way)} |" for way in REFUSED]
    return "\n".join([*_HEAD, *accepted, *_MIDDLE, *refused, ""])


def _result(way: Way) -> str:
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / each for each in ("a", "b")]
        for folder in folders:
            folder.mkdir()
        form, found, rejected = staged(way, folders[0])
        is_equal = rejected.is_empty() and found.equals(expected(way, folders[1]))
    return form.replace("|", "\\|") if is_equal else "DIFFERENT"


def _refusal(way: Way) -> str:
    with tempfile.TemporaryDirectory() as name:
        try:
            form, *_ = staged(way, Path(name))
        except PlatformError as error:
            remedy = error.remedy.replace(", ".join(NEEDED_COLUMNS), "…")
            return f"{error.what.replace(name, '')}; {remedy if len(remedy) < 150 else remedy[:60] + '…'}"
    return f"READ AS {form}"


_HEAD = (
    "# Files that are understood",
    "",
    "A file is recognized by its bytes, not by its name. A folder, or several paths, may be a source.",
    "",
    "`python -m bandcamp_assets_tests.sources.delivery.matrix` writes this page; a test compares it. It writes",
    "the same sales in each way, by the program itself if it is here, and stages the file.",
    "",
    "These columns are needed:",
    ", ".join(f"`{name}`" for name in NEEDED_COLUMNS) + ".",
    "All others may be missing. Then they are null, and `_id` is made from `utc_date` and `url`.",
    "",
    "Thousands separators are not guessed: such rows are rejected, and the reason names them.",
    "An artist or a title called NA, None or null stays a text. So does the NA that R writes for a missing album",
    'title: write with `na = ""`.',
    "",
    "## Accepted, with equal facts, row for row",
    "",
    "| what | how | read as |",
    "|---|---|---|",
)
_MIDDLE = ("", "## Refused, and the sentence", "", "| what | how | refused with |", "|---|---|---|")


if __name__ == "__main__":
    PAGE.write_text(page())
