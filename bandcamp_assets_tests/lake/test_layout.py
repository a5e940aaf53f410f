"""The names of the lake's files, which other programs and earlier versions know too."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bandcamp_assets.lake.layout import cleaned_file, days_in, duplicate_file, rejected_file, staged_file

LAKE = Path("/lake")


@pytest.mark.parametrize("day", [date(2020, 9, 9), "2020-09-09"])
def test_the_files_of_a_day_are_in_its_folder(day: date | str):
    assert [str(path) for path in (staged_file(LAKE, day, "f00d"), cleaned_file(LAKE, day))] == [
        "/lake/staged_sales/sale_date=2020-09-09/f00d.parquet",
        "/lake/cleaned_sales/sale_date=2020-09-09/sales.parquet",
    ]
    assert str(duplicate_file(LAKE, day)) == "/lake/duplicate_sales/sale_date=2020-09-09/duplicates.parquet"


def test_rejected_rows_are_in_a_file_of_each_raw_file():
    assert str(rejected_file(LAKE, "f00d")) == "/lake/rejected_sales/f00d.parquet"


def test_the_day_of_a_file_is_found_in_its_path():
    assert days_in(staged_file(LAKE, "2020-09-09", "f00d")) == [date(2020, 9, 9)]
    assert days_in(rejected_file(LAKE, "f00d")) == []
