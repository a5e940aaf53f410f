"""A second reader confirms that the product invents or changes no row of a hostile file of sales."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path
from unittest.mock import patch

import pytest

from bandcamp_assets.contract.sale import SOURCE_COLUMNS
from bandcamp_assets.lake import chunks
from bandcamp_assets_tests.hostile.csv_scenarios import attempt
from bandcamp_assets_tests.hostile.sales_files import COLUMNS, Numbers, sales_file
from bandcamp_assets_tests.hostile.sales_scenarios import attempt_many
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row

SEEDS = range(4)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("broken", [False, True], ids=["well quoted", "quotes broken"])
@pytest.mark.parametrize("numbers", ["plain", "all"])
def test_sales_are_what_the_file_says(seed: int, broken: bool, numbers: Numbers, tmp_path: Path):
    attempt_many(random.Random(seed), tmp_path, broken=broken, numbers=numbers, files=12)  # noqa: S311 - no secrets


@pytest.mark.parametrize("broken", [False, True])
def test_a_reader_that_takes_lines_of_a_field_for_records_is_detected(broken: bool, tmp_path: Path):
    by_line = patch.object(
        chunks, "find_joined", lambda text, end, _delimiter: ([], len(text) if end is None else end)
    )

    with by_line, pytest.raises(AssertionError, match=r": there are \d+ records$"):
        attempt_many(random.Random(1), tmp_path, broken=broken, numbers="plain", files=25)  # noqa: S311 - no secrets


@pytest.mark.parametrize(
    ("end", "sales", "rejected"), [('y"', 2, 1), ("", 2 + 9_000, 1), ('y" and more', 2 + 9_000, 2)]
)
def test_a_quoted_field_of_megabytes_gives_no_sales_if_it_closes(
    end: str, sales: int, rejected: int, tmp_path: Path
):
    inner = csv_bytes(raw_row(number) for number in range(10, 9_010)).partition(b"\n")[2]
    around = csv_bytes([raw_row(0), raw_row(1, addl_count="@"), raw_row(2)])
    assert len(inner) > 2 * chunks.MAX_RECORD_BYTES

    staged = attempt(around.replace(b"@", b'"x\n' + inner + end.encode()), tmp_path)

    assert (staged.sales.height, staged.rejected.height) == (sales, rejected)


def test_the_files_are_as_described():
    assert sorted(COLUMNS) == sorted(SOURCE_COLUMNS)
    kinds = {True: 0, False: 0}
    for seed in range(60):
        file = sales_file(random.Random(seed))  # noqa: S311 - not for secrets
        assert file == sales_file(random.Random(seed))  # noqa: S311 - not for secrets
        kinds[file.well_quoted] += 1
        text = io.StringIO(file.content.decode("utf-8", "surrogateescape"), newline="")
        if file.well_quoted:
            assert len(list(csv.reader(text, strict=True))) > len(file.intact)
    assert min(kinds.values()) > 10
