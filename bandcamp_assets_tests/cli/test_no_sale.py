"""A home whose first files have no valid sale: counts, reasons and a notice, and all tables exist, empty."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from bandcamp_assets.contract.codes import FIRST_DAY
from bandcamp_assets.dbt.manifest import load_manifest
from bandcamp_assets.defs.partitions import range_tags
from bandcamp_assets_tests.defs.automation.robot import Robot
from bandcamp_assets_tests.homes import TestHome, empty
from bandcamp_assets_tests.raw_files import raw_row, write_csv

HEADER_ALONE: list[dict[str, str]] = []
ALL_REJECTED = [raw_row(number, item_type="album") for number in range(3)]


def missing_tables(home: TestHome) -> set[str]:
    """Models of the dbt project without a table."""
    nodes = load_manifest(home.deployment.dbt)["nodes"].values()
    models = {node["alias"] for node in nodes if node["resource_type"] in ("model", "seed")}
    with duckdb.connect(home.root / "warehouse.duckdb", read_only=True) as connection:
        held = connection.sql("select table_name from information_schema.tables").fetchall()
    return models - {name for (name,) in held}


@dataclass(frozen=True)
class Begun:
    """A saved home whose first file has no valid sale, and what was printed."""

    saved: Path
    printed: str


@pytest.fixture(scope="module")
def begun(_home_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    folder, home = tmp_path_factory.mktemp("begun"), empty(_home_root)
    printed = home.run("--source", str(write_csv(folder / "rejected.csv", ALL_REJECTED)))
    home.save(folder / "home")
    return Begun(folder / "home", printed)


@pytest.fixture
def without_a_sale(begun: Begun, home: TestHome) -> TestHome:
    home.restore(begun.saved)
    return home


@pytest.mark.long
def test_a_first_file_whose_rows_are_all_rejected_says_why_and_leaves_empty_tables(
    begun: Begun, without_a_sale: TestHome
):
    home = without_a_sale

    assert "unknown_item_type                  3" in begun.printed
    assert "! There are no sales: all rows were rejected. All tables exist but are empty" in begun.printed
    cause = "unknown_item_type 3; likely cause: `item_type` holds words"
    assert f"! rejected.csv: 3 of 3 rows (100.0%) were rejected: {cause}" in begun.printed
    assert missing_tables(home) == set()
    assert home.bandcamp("sql", "select count(*) as n from fct_sales", "--format", "csv").stdout == "n\n0\n"
    assert "There is nothing to show" in home.deployment.settings.home.dashboard_page.read_text(encoding="utf-8")
    status = home.bandcamp("status")
    assert status.returncode == 0
    assert "! There are no sales" in status.stdout
    assert "! rejected.csv: 3 of 3" in status.stdout


@pytest.mark.long
def test_sales_that_come_later_are_built_and_the_notice_is_gone(without_a_sale: TestHome, tmp_path: Path):
    home = without_a_sale

    later = home.run("--source", str(write_csv(tmp_path / "sales.csv", [raw_row(200_000)])))

    assert home.ledger().holds
    assert home.fact()[0] == 1
    assert "2020-09-12 to 2020-09-12, 1 in all" in later
    assert "There are no sales" not in later


@pytest.mark.long
def test_a_removed_warehouse_is_rebuilt_even_if_it_held_no_sale(without_a_sale: TestHome):
    home = without_a_sale
    (home.root / "warehouse.duckdb").unlink()

    home.run()

    assert missing_tables(home) == set()
    assert "everything was up to date, nothing to do" in home.run()


@pytest.mark.long
def test_the_daemon_creates_tables_for_a_lone_header_once_and_the_check_warns_of_rejected_rows(home: TestHome):
    robot = Robot(home)
    delivered = home.root / "inbox" / "header.csv"
    delivered.parent.mkdir(exist_ok=True)
    write_csv(delivered, HEADER_ALONE)
    write_csv(delivered.with_name("rejected.csv"), ALL_REJECTED)
    settle(delivered.parent)
    request = robot.sensor("dropped_files")
    assert isinstance(request, dg.RunRequest)

    landed = robot.execute(request, "land")
    runs = robot.work()

    (check,) = [one for one in landed.get_asset_check_evaluations() if one.check_name == "few_rows_are_rejected"]
    assert (landed.success, check.passed, check.severity) == (True, False, dg.AssetCheckSeverity.WARN)
    assert "rejected.csv: 3 of 3 rows" in str(check.metadata["differences"].value)
    assert runs == [f"build_what_changed {FIRST_DAY}"]
    assert missing_tables(home) == set()


@pytest.mark.long
def test_the_job_everything_succeeds_for_any_day_of_a_home_without_a_sale(home: TestHome):
    robot = Robot(home)
    write_csv(home.root / "inbox" / "header.csv", HEADER_ALONE)
    settle(home.root / "inbox")
    day = FIRST_DAY.replace(day=20)

    done = robot.execute(dg.RunRequest(tags=range_tags(day, day)), "everything")

    assert done.success
    assert missing_tables(home) == set()
    assert robot.work() == []


def settle(folder: Path) -> None:
    """Let files look as if they were complete for a while."""
    for path in folder.iterdir():
        os.utime(path, (1_600_000_000, 1_600_000_000))
