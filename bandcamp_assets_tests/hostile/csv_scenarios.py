"""Scenarios of unusual CSV files: each row is a sale or a rejected row, or the file is one clear error.

`csv_files` makes the files.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import polars as pl

from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.lake import chunks, lines, reading, staging
from bandcamp_assets.lake.chunks import CHUNK_BYTES, MAX_RECORD_BYTES, read_chunks
from bandcamp_assets.lake.conversion import STAGED_SCHEMA
from bandcamp_assets.lake.layout import rejected_file, staged_file
from bandcamp_assets.lake.made import StagedFile
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.scratch import scratch_folder
from bandcamp_assets_tests.hostile.csv_files import MAKERS, well_quoted
from bandcamp_assets_tests.soak.scenario import Outcome, Scenario

ARRIVED_AT = datetime(2020, 10, 3, 12, tzinfo=UTC)
FILE_ID = "f00d"
CHUNKS = (CHUNK_BYTES, 700)
SHORT_RECORD_BYTES = 1500


@dataclass(frozen=True)
class Staged:
    """The result of staging a file: its counts and rows, in the order of the file; or the message of the error."""

    file: StagedFile | None
    sales: pl.DataFrame
    rejected: pl.DataFrame
    error: str = ""

    def equals(self, other: Staged) -> bool:
        """Whether nothing differs."""
        return (
            (self.file, self.error) == (other.file, other.error)
            and self.sales.equals(other.sales)
            and self.rejected.equals(other.rejected)
        )


def attempt(content: bytes, folder: Path, *, max_record_bytes: int = MAX_RECORD_BYTES) -> Staged:
    """Stage a file several times with several sizes of chunks, each time into a new home, and check the results.

    Args:
        content: The file.
        folder: An empty folder.
        max_record_bytes: The longest record. With a short limit, a small file has the problems of a large one.

    Raises:
        AssertionError: If records are lost or doubled, rows break the contract, an error is not clear, files are
            left over or elsewhere, or the results differ.
    """
    limits = [patch.object(module, "MAX_RECORD_BYTES", max_record_bytes) for module in (chunks, lines)]
    with limits[0], limits[1]:
        first, *others = [_stage(content, folder / str(place), size) for place, size in enumerate(CHUNKS)]
    for size, other in zip(CHUNKS[1:], others, strict=True):
        assert first.equals(other), f"chunks of {size} bytes give another result:\n{first}\n{other}"
    return first


def attempt_well_quoted(content: bytes, folder: Path) -> Staged:
    """The same for a file with right quoting, of which Python's reader must count the same records."""
    staged = attempt(content, folder)
    lines = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    expected = sum(1 for fields in lines if fields) - 1
    assert staged.file, staged.error
    assert staged.file.raw_rows == expected, f"{staged.file.raw_rows} records, and not {expected}"
    return staged


def _stage(content: bytes, folder: Path, chunk_bytes: int) -> Staged:
    home = Home(folder / "home")
    home.prepare()
    small = patch.object(
        reading,
        "read_chunks",
        lambda stream, scratch, delimiter: read_chunks(
            stream, scratch, chunk_bytes=chunk_bytes, delimiter=delimiter
        ),
    )
    try:
        with scratch_folder(home.scratch, "stage") as scratch, small:
            file = staging.stage_file(
                io.BytesIO(content),
                file_id=FILE_ID,
                arrived_at=ARRIVED_AT,
                lake=home.lake,
                scratch=scratch,
                where="sales.csv",
            )
    except PlatformError as error:
        _check_error(error)
        assert not list(_files(folder)), f"after an error there is {list(_files(folder))}"
        return Staged(None, pl.DataFrame(), pl.DataFrame(), str(error))
    return _check(replace(file, seconds=0.0), home, folder)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if not path.is_dir())


def _check_error(error: PlatformError) -> None:
    assert error.where.startswith("sales.csv"), error
    assert error.remedy, error
    assert len(str(error).splitlines()) == 3, f"not one clear error: {error!r}"


def _check(file: StagedFile, home: Home, folder: Path) -> Staged:
    rejected = pl.read_parquet(rejected_file(home.lake, FILE_ID))
    paths = [staged_file(home.lake, day.sale_date, FILE_ID) for day in file.days]
    days = [pl.read_parquet(path, hive_partitioning=False) for path in paths]
    assert set(_files(folder)) == {*paths, rejected_file(home.lake, FILE_ID)}, "files elsewhere"
    assert not list(home.scratch.iterdir()), "something is left in scratch"
    for day, rows in zip(file.days, days, strict=True):
        assert rows["sale_date"].unique().to_list() == [day.sale_date]
        figures = (rows.height, rows["amount_paid_usd"].sum())
        assert figures == (day.rows, day.amount_paid_usd), f"{day} against {figures}"
    sales = pl.concat(days).sort("source_row") if days else pl.DataFrame(schema=STAGED_SCHEMA)
    _check_rows(file, sales, rejected)
    return Staged(file, sales, rejected)


def _check_rows(file: StagedFile, sales: pl.DataFrame, rejected: pl.DataFrame) -> None:
    numbers = sorted([*sales["source_row"], *rejected["source_row"]])
    assert numbers == list(range(1, file.raw_rows + 1)), f"{file.raw_rows} records, but rows {numbers}"
    by_reason = rejected["reason"].value_counts(name="rows").sort("reason")
    assert dict(by_reason.rows()) == file.rejected
    # A file may contain the same sale twice; cleaning removes it.
    _, failures = Sale.filter(sales.drop("source_row"))
    broken = {rule: rows for rule, rows in failures.counts().items() if rule != "primary_key"}
    assert not broken, f"staged rows break the contract: {broken}"
    assert rejected["detail"].null_count() <= rejected.filter(pl.col("reason") == "missing_id").height


def _scenario(maker: Callable[[random.Random], bytes]) -> Callable[[random.Random, Path], Outcome]:
    def run(chance: random.Random, folder: Path) -> Outcome:
        content = maker(chance)
        if chance.random() < 0.5:
            staged = attempt(content, folder, max_record_bytes=SHORT_RECORD_BYTES)
        else:
            staged = (attempt_well_quoted if maker is well_quoted else attempt)(content, folder)
        return Outcome("staged", staged.file.raw_rows) if staged.file else Outcome("clear error")

    return run


SCENARIOS: tuple[Scenario, ...] = tuple(
    Scenario("csv", fault, _scenario(maker)) for fault, maker in MAKERS.items()
)
