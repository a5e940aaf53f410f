"""DuckDB with the platform's types and rules: sales by day as money and whole numbers, the rest with a reason.

Rows that are no CSV record are lost all the same: DuckDB's table of rejected rows holds no whole records.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from bandcamp_assets.contract import codes
from bandcamp_assets.contract.sale import SOURCE_COLUMNS
from bandcamp_assets_tests.bench.staging.duckdb_copy import NUMBERS, WHOLE, read_csv

MONEY = NUMBERS[1:]


def main(source: Path, folder: Path) -> int:
    """Write the days and the rejected rows; give the number of staged rows."""
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"create temp table judged as {judged_rows(source)}")
        kept = [f"cast({name} as decimal(18, 2)) as {name}" for name in MONEY]
        kept += [f"cast({name} as bigint) as {name}" for name in WHOLE]
        day = "cast(to_timestamp(utc_date) at time zone 'UTC' as date) as sale_date"
        others = [name for name in SOURCE_COLUMNS if name not in (*MONEY, *WHOLE)]
        (rows,) = connection.execute(
            f"copy (select {', '.join([*others, *kept])}, to_timestamp(utc_date) as sold_at, {day},"
            " 1 + coalesce(cast(addl_count as bigint), 0) as quantity from judged where reason is null)"
            f" to '{folder / 'days'}' (format parquet, partition_by (sale_date), compression zstd)"
        ).fetchone() or (0,)
        connection.execute(
            f"copy (from judged where reason is not null) to '{folder / 'rejected.parquet'}' (format parquet)"
        )
    return int(rows)


def judged_rows(source: Path) -> str:
    """A query of the file's rows, each with the reason why it cannot be a sale, or none."""
    rows = f"select {_columns()} from {read_csv(source, typed=False)}"
    return f"select *, {_reason()} as reason from ({rows})"


def _columns() -> str:
    columns = ["try_cast(row as bigint) as row_number"]
    for name in SOURCE_COLUMNS:
        text = f"nullif({name}, '')"
        if name in (*NUMBERS, *WHOLE):
            columns.append(f"try_cast({text} as double) as {name}")
            columns.append(f"{text} is not null and try_cast({text} as double) is null as {name}_garbled")
        else:
            columns.append(f"{text} as {name}")
    return ", ".join(columns)


def _reason() -> str:
    listed = ", ".join(f"'{code}'" for code in sorted(codes.currencies()))
    kinds = ", ".join(f"'{kind}'" for kind in sorted(codes.ITEM_TYPES))
    bad_amounts = [
        f"{name}_garbled or coalesce({name} < 0 or {name} >= {codes.MAX_AMOUNT}, false)" for name in MONEY
    ]
    bad_amounts += ["item_price is null", "amount_paid is null"]
    bad_numbers = [f"{name}_garbled or coalesce({name} < 0 or {name} <> floor({name}), false)" for name in WHOLE]
    launch = codes.LAUNCH.timestamp()
    seconds = "try_cast(split_part(_id, '&', 1) as double)"
    rules = {
        "missing_id": "_id is null",
        "bad_timestamp": f"coalesce(utc_date < {launch} or utc_date > epoch(now()) + 86400, true)",
        "id_mismatch": f"coalesce(abs({seconds} - utc_date) > {codes.ID_TOLERANCE_SECONDS}, true)",
        "unknown_item_type": f"coalesce(item_type not in ({kinds}), true)",
        "bad_amount": " or ".join(f"({rule})" for rule in bad_amounts),
        "unknown_currency": f"coalesce(currency not in ({listed}), true)",
        "bad_number": " or ".join(f"({rule})" for rule in bad_numbers),
    }
    return "case " + " ".join(f"when {rule} then '{name}'" for name, rule in rules.items()) + " end"


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])))
