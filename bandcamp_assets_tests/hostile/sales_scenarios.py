"""Scenarios of hostile files of sales: each row is a sale or a rejected row, and no row is invented or changed.

`sales_files` makes the files, and `sales_oracle`, which is not part of the product, gives the right result.
"""

from __future__ import annotations

import io
import random
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from unittest.mock import patch

from bandcamp_assets.lake import chunks, lines
from bandcamp_assets.lake.chunks import MAX_RECORD_BYTES, read_chunks
from bandcamp_assets.lake.conversion import convert
from bandcamp_assets.lake.records import parse_records
from bandcamp_assets.sources.delivery.header import read_header
from bandcamp_assets_tests.hostile.csv_scenarios import ARRIVED_AT, FILE_ID, attempt
from bandcamp_assets_tests.hostile.sales_files import Numbers, SalesFile, sales_file
from bandcamp_assets_tests.hostile.sales_oracle import Verdict, judge_file
from bandcamp_assets_tests.soak.scenario import Outcome, Scenario

Row = dict[str, object]

FILES_PER_SCENARIO = 50
STAGED_SHARE = 0.02
"""Files that are staged into a home, with several sizes of chunks. The others are only read and converted."""

_SHORT_RECORD_BYTES = 3000


def judge(file: SalesFile, sales: dict[int, Row], reasons: dict[int, str], *, max_record: int) -> int:
    """Compare the result of the product, by row number, with that of the oracle.

    Returns:
        The number of records.

    Raises:
        AssertionError: If anything differs.
    """
    verdicts = judge_file(file.content, ARRIVED_AT, well_quoted=file.well_quoted, max_record=max_record)
    assert sorted([*sales, *reasons]) == list(range(1, len(verdicts) + 1)), f"there are {len(verdicts)} records"
    for number, verdict in enumerate(verdicts, start=1):
        if number in sales:
            _judge_sale(number, sales[number], verdict)
        else:
            allowed = verdict.broken | verdict.doubtful
            assert reasons[number] in allowed, f"row {number} is {reasons[number]}, and not one of {allowed}"
    _judge_intent(file, sales, verdicts)
    return len(verdicts)


def _judge_sale(number: int, sale: Row, verdict: Verdict) -> None:
    assert not verdict.broken, f"row {number} is a sale, but {verdict.broken}: {sale}"
    for name, expected in verdict.values.items():
        assert sale[name] == expected, f"row {number}: {name} is {sale[name]!r}, and not {expected!r}"


def _judge_intent(file: SalesFile, sales: dict[int, Row], verdicts: list[Verdict]) -> None:
    """Check the writer's intent: no text or broken row is a sale, and all rows before the first fault are."""
    urls = {text.partition("&")[2] for text in file.intact}
    sure = {} if file.tempting and not file.well_quoted else sales
    for number, sale in sure.items():
        assert str(sale["_id"]).partition("&")[2] in urls, f"row {number} was not written as a sale: {sale}"
    kept = [number for number in range(1, file.before_fault + 1) if number not in sales]
    assert all(verdicts[number - 1].broken or verdicts[number - 1].doubtful for number in kept)


def read(content: bytes, *, chunk_bytes: int) -> tuple[dict[int, Row], dict[int, str]]:
    """Read and convert a file in chunks, without a home.

    Returns:
        The sales, and the reasons of rejected rows, by row number.
    """
    stream = io.BytesIO(content)
    columns = read_header(stream, "sales.csv")
    sales: dict[int, Row] = {}
    reasons: dict[int, str] = {}
    first_row = 1
    for chunk in read_chunks(stream, chunk_bytes=chunk_bytes):
        records = parse_records(chunk.data, columns, chunk.joined)
        converted = convert(records, source_file=FILE_ID, first_row=first_row, arrived_at=ARRIVED_AT)
        first_row += records.count
        sales |= {row["source_row"]: row for row in converted.sales.iter_rows(named=True)}
        reasons |= dict(converted.rejected.select("source_row", "reason").iter_rows())
    return sales, reasons


def attempt_sales(chance: random.Random, folder: Path, *, broken: bool, numbers: Numbers = "all") -> int:
    """Make a file, read it, and judge the result.

    Returns:
        The number of its records.
    """
    file = sales_file(chance, numbers=numbers, broken=broken)
    max_record = chance.choice((_SHORT_RECORD_BYTES, MAX_RECORD_BYTES))
    if chance.random() < STAGED_SHARE:
        staged = attempt(file.content, folder, max_record_bytes=max_record)
        sales = {row["source_row"]: row for row in staged.sales.iter_rows(named=True)}
        reasons = dict(staged.rejected.select("source_row", "reason").iter_rows())
    else:
        with _records_of_at_most(max_record):
            sales, reasons = read(file.content, chunk_bytes=chance.choice((300, 4_000, 2**20)))
    return judge(file, sales, reasons, max_record=max_record)


def attempt_many(
    chance: random.Random, folder: Path, *, broken: bool, numbers: Numbers = "all", files: int = FILES_PER_SCENARIO
) -> Outcome:
    """Do so with several files, each with its own seed."""
    rows = 0
    for _ in range(files):
        seed = chance.randrange(2**32)
        try:
            rows += attempt_sales(random.Random(seed), folder / str(seed), broken=broken, numbers=numbers)  # noqa: S311
        except Exception as error:
            reported = f"the file of seed {seed}, broken={broken}, numbers={numbers!r}: {error}"
            raise AssertionError(reported) from error
    return Outcome(f"{files} files, all as they say", rows)


def _records_of_at_most(size: int) -> ExitStack:
    limits = ExitStack()
    for module in (chunks, lines):
        limits.enter_context(patch.object(module, "MAX_RECORD_BYTES", size))
    return limits


SCENARIOS = (
    Scenario(
        "csv", "hostile sales, well quoted, against Python's csv and decimal", partial(attempt_many, broken=False)
    ),
    Scenario(
        "csv", "hostile sales, quotes broken, against Python's csv and decimal", partial(attempt_many, broken=True)
    ),
)
