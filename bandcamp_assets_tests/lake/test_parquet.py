"""Parquet is read by its literal path, whatever the names of the folders above it."""

import re
from pathlib import Path

import polars as pl
import pytest

import bandcamp_assets
from bandcamp_assets.lake.parquet import read, scan

FOLDERS = ["currency=EUR", "music [2020]", "what?", "a*b", "sale_date=2020-01-01"]
ROWS = pl.DataFrame({"currency": ["USD"], "sale_date": ["2020-09-13"]})


@pytest.mark.parametrize("folder", FOLDERS)
def test_folders_above_a_file_are_neither_columns_nor_patterns(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "rows.parquet"
    path.parent.mkdir()
    ROWS.write_parquet(path)
    ROWS.write_parquet(tmp_path / "rows.parquet")

    assert read(path, rows=5).equals(ROWS)
    assert scan(path).collect().equals(ROWS)
    assert scan([path, path]).collect().equals(pl.concat([ROWS, ROWS]))


def test_no_other_module_calls_the_parquet_readers_of_polars() -> None:
    root = Path(bandcamp_assets.__file__).parent
    callers = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if re.search(r"\b(scan_parquet|read_parquet|read_parquet_schema)\(", path.read_text())
    }

    assert callers <= {"lake/parquet.py", "storage/warehouse/duckdb.py", "storage/warehouse/duckdb_marks.py"}
