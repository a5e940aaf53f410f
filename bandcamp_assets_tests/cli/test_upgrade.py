"""The next run upgrades a home of the old rules: sales move to the days of their keys."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml

from bandcamp_assets.dbt.project import locate_project
from bandcamp_assets.lake.layout import cleaned_file
from bandcamp_assets.lake.retention import remove_unknown
from bandcamp_assets.state.catalog import Part
from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.raw_files import raw_row, write_csv

MIDNIGHT = 1600041600  # 2020-09-14
URL = "//a.bandcamp.com/album/b"


def old_project(folder: Path) -> Path:
    """The dbt project without the test that holds keys to their days."""
    shutil.copytree(locate_project(), folder)
    sources = folder / "models" / "sources" / "sales.yml"
    parsed = yaml.safe_load(sources.read_text(encoding="utf-8"))
    (key,) = [column for column in parsed["sources"][0]["tables"][0]["columns"] if column["name"] == "_id"]
    key["data_tests"] = [test for test in key["data_tests"] if "key_of_day" not in test]
    sources.write_text(yaml.safe_dump(parsed), encoding="utf-8")
    return folder


def sales(home: TestHome, table: str) -> list[tuple[str, date, Decimal]]:
    with duckdb.connect(home.root / "warehouse.duckdb", read_only=True) as connection:
        return connection.sql(
            f"select _id, sale_date, amount_paid_usd from bandcamp.{table} order by all"
        ).fetchall()


@pytest.mark.long
def test_a_home_of_the_old_rules_is_upgraded_by_the_next_run(tmp_path: Path) -> None:
    home = TestHome(tmp_path / "home")
    over_midnight = raw_row(_id=f"{MIDNIGHT - 0.00001:.5f}&{URL}", utc_date=str(MIDNIGHT), url=URL)
    spelt = [
        raw_row(_id=f"{time}&{URL}", utc_date="1600000000.5", url=URL)
        for time in ("1600000000.5", "1600000000.50")
    ]
    source = write_csv(tmp_path / "sales.csv", [raw_row(0), *spelt, over_midnight, raw_row(86_400 * 6)])
    made = subprocess.run(
        [sys.executable, "-m", "bandcamp_assets_tests.cli.old_rules", old_project(tmp_path / "dbt_project"),
         "run", "--source", source],
        env=home.environment(), capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    key, day = f"1600041599.99999&{URL}", date(2020, 9, 14)
    before = sales(home, "fct_sales")
    assert (key, day, Decimal("9.99")) in before
    assert len(before) == 5

    printed = home.run()

    expected = sorted(
        [
            (raw_row(0)["_id"], date(2020, 9, 9), Decimal("9.99")),
            (f"1600000000.5&{URL}", date(2020, 9, 13), Decimal("9.99")),
            (key, date(2020, 9, 13), Decimal("9.99")),
            (raw_row(86_400 * 6)["_id"], date(2020, 9, 15), Decimal("9.99")),
        ]
    )
    assert sales(home, "fct_sales") == sales(home, "sales") == expected
    assert home.ledger().holds
    assert home.ledger().total("duplicates").rows == 1
    assert "✓ Every raw row" in printed
    lake = home.deployment.settings.home.lake
    assert not cleaned_file(lake, day).exists()
    assert [
        path.parent.name
        for path in remove_unknown(lake, home.deployment.catalog.staged_files(), older_than_seconds=-1)
    ] == [f"sale_date={day}"]


def test_seeds_that_an_earlier_version_made_with_other_columns_are_made_again(two_days: TestHome):
    before = two_days.tables()
    with duckdb.connect(two_days.root / "warehouse.duckdb") as connection:
        connection.execute("alter table bandcamp.bandcamp_fridays drop column evidence")
        connection.execute("alter table bandcamp.published_figures rename column figure to earlier_name")
    two_days.deployment.catalog.record_built(Part.REFERENCE, "an earlier version")

    printed = two_days.run()

    assert "✓ Every raw row" in printed
    assert two_days.tables() == before
