"""DuckDB as one would write it down: `read_csv` and `COPY … PARTITION_BY`; what it cannot read is left out.

The types are given, because the file's faults mislead DuckDB's own guess.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import duckdb

NUMBERS = ("utc_date", "item_price", "amount_paid", "amount_paid_usd")
WHOLE = ("art_id", "releases", "package_image_id", "addl_count")


def read_csv(source: Path, *, typed: bool) -> str:
    """The table function that reads the file, its columns typed or all as text."""
    with source.open(newline="", encoding="utf-8") as lines:
        names = next(csv.reader(lines))
    types = {name or "row": "DOUBLE" if typed and name in (*NUMBERS, *WHOLE) else "VARCHAR" for name in names}
    return (
        f"read_csv('{source}', header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"',"
        f" columns = {types}, ignore_errors = true, strict_mode = false)"
    )


DAY = "cast(to_timestamp(utc_date) at time zone 'UTC' as date)"


def main(source: Path, folder: Path) -> int:
    """Write the days; give the number of rows."""
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute("set preserve_insertion_order = false")
        (rows,) = connection.execute(
            f"copy (select *, {DAY} as sale_date from {read_csv(source, typed=True)})"
            f" to '{folder / 'days'}' (format parquet, partition_by (sale_date), compression zstd)"
        ).fetchone() or (0,)
    return int(rows)


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])))
