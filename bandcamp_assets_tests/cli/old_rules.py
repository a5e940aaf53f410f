"""`bandcamp` by the old rules for keys and days: `_id` as delivered, and the day of `utc_date`.

It makes homes for the test of the upgrade. Start it with the folder of a dbt project that has no tests of keys:

    python -m bandcamp_assets_tests.cli.old_rules PROJECT ARGUMENTS ...
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import polars as pl

from bandcamp_assets.cli import run_command
from bandcamp_assets.contract import version
from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.deployment import deployment
from bandcamp_assets.lake import cleaning, conversion, small_files, staging
from bandcamp_assets.lake.records import Records
from bandcamp_assets.sources.delivery.file_format import Content


def convert(
    records: Records, *, source_file: str, first_row: int, arrived_at: datetime | pl.Series, content: Content
) -> conversion.Converted:
    """Convert by the old rules, for rows that are sales by both the old and the new ones."""
    now = conversion.convert(
        records, source_file=source_file, first_row=first_row, arrived_at=arrived_at, content=content
    )
    delivered = records.whole.select((pl.col("record") + first_row).alias("source_row"), delivered="_id")
    microseconds = (pl.col("utc_date") * 1e6).round().cast(pl.Int64)
    sales = (
        now.sales.join(delivered, on="source_row", how="left")
        .with_columns(_id="delivered", sold_at=microseconds.cast(pl.Datetime("us", "UTC")))
        .with_columns(sale_date=pl.col("sold_at").dt.date())
        .select(now.sales.columns)
    )
    return conversion.Converted(sales, now.rejected)


OLD_SALE = SimpleNamespace(
    create_empty=Sale.create_empty, validate=lambda frame: frame.select(Sale.column_names())
)


if __name__ == "__main__":
    project = Path(sys.argv.pop(1))
    with (
        patch.object(version, "RULES", version.RULES - 1),
        patch.object(staging, "convert", convert),
        patch.object(small_files, "convert", convert),
        patch.object(cleaning, "Sale", OLD_SALE),
        patch.object(deployment, "locate_project", lambda: project),
    ):
        sys.exit(run_command())
