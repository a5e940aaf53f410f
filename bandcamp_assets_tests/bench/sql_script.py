"""The same tables without the platform: one process, one DuckDB file, SQL from the CSV to the marts.

It calls none of the platform's functions. It reads the file with DuckDB's own reader and judges rows with the same
rules (`staging.duckdb_rules`), runs the SQL that dbt compiled, and writes the tables as Parquet. It lands nothing,
keeps no rejected row, tests nothing, draws nothing, and begins anew each time: what one would write for a single
file on a single day.

    python -m bandcamp_assets_tests.bench.sql_script SOURCE FOLDER COMPILED_SQL_FOLDER
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb

from bandcamp_assets.contract.sale import SOURCE_COLUMNS
from bandcamp_assets_tests.bench.models import build_models, share_tables
from bandcamp_assets_tests.bench.staging.duckdb_copy import WHOLE
from bandcamp_assets_tests.bench.staging.duckdb_rules import MONEY, judged_rows


def main(source: Path, folder: Path, compiled: Path) -> dict[str, float]:
    """Make the tables in an empty folder; give the seconds of each part."""
    folder.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, float] = {}
    with duckdb.connect(folder / "script.duckdb") as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set preserve_insertion_order = false")
        connection.execute("create schema bandcamp")
        started = time.perf_counter()
        connection.execute(f"create temp table judged as {judged_rows(source)}")
        seconds["read and judge"] = time.perf_counter() - started
        started = time.perf_counter()
        connection.execute(f"create table bandcamp.sales as {_sales()}")
        seconds["sales, each once"] = time.perf_counter() - started
        started = time.perf_counter()
        build_models(connection, compiled)
        seconds["models"] = time.perf_counter() - started
        started = time.perf_counter()
        share_tables(connection, compiled, folder / "tables")
        seconds["tables as files"] = time.perf_counter() - started
    return seconds


def _sales() -> str:
    others = [name for name in SOURCE_COLUMNS if name not in (*MONEY, *WHOLE)]
    money = [f"cast({name} as decimal(18, 2)) as {name}" for name in MONEY]
    whole = [f"cast({name} as bigint) as {name}" for name in WHOLE]
    return (
        f"select {', '.join([*others, *money, *whole])},"
        " cast(to_timestamp(utc_date) as date) as sale_date,"
        " to_timestamp(cast(split_part(_id, '&', 1) as double)) as sold_at,"
        " 'script' as source_file,"
        " 1 + coalesce(cast(addl_count as bigint), 0) as quantity"
        " from judged where reason is null"
        " qualify row_number() over (partition by _id order by row_number) = 1"
    )


if __name__ == "__main__":
    print(json.dumps(main(*[Path(argument) for argument in sys.argv[1:4]])))
