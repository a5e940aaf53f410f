"""A delivered file rebuilds exactly the days it touches, without a click and in as few runs as possible."""

from __future__ import annotations

import itertools
import os
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from bandcamp_assets.state.ledger.ledger import Ledger
from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets_tests.defs.automation.robot import Robot
from bandcamp_assets_tests.homes import TestHome, empty
from bandcamp_assets_tests.raw_files import raw_row, write_csv
from bandcamp_assets_tests.real_data import PAGES, real_data

DAY = 86_400
_COUNTER = itertools.count()


def deliver(robot: Robot, name: str, *rows: dict[str, str]) -> Path:
    """Put a file into the inbox, as if it was complete for a while."""
    path = write_csv(robot.home.root / "inbox" / name, rows)
    finished = time.time() - 3600 + next(_COUNTER)
    os.utime(path, (finished, finished))
    return path


def sales_by_day(robot: Robot) -> dict[str, tuple[int, Decimal]]:
    with duckdb.connect(robot.home.root / "warehouse.duckdb", read_only=True) as connection:
        rows = connection.sql(
            "select sale_date, sales, revenue_usd from bandcamp.daily_sales order by 1"
        ).fetchall()
    return {str(day): (sales, usd) for day, sales, usd in rows}


def materialized(robot: Robot, since: int) -> dict[str, int]:
    """How often each day of `fct_sales` was materialized after an event."""
    with open_instance(robot.deployment.settings.home) as instance:
        records = instance.fetch_materializations(
            dg.AssetRecordsFilter(dg.AssetKey("fct_sales"), after_storage_id=since), limit=1000
        ).records
    days = [str(record.partition_key) for record in records]
    return {day: days.count(day) for day in sorted(set(days))}


def last_event(robot: Robot) -> int:
    with open_instance(robot.deployment.settings.home) as instance:
        return instance.event_log_storage.get_maximum_record_id() or 0


@dataclass(frozen=True)
class Fed:
    """A saved home that was built from a file of five days, with the runs that built it and its sales."""

    saved: Path
    runs: list[str]
    sales: dict[str, tuple[int, Decimal]]
    ledger: Ledger


@pytest.fixture(scope="module")
def fed(_home_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Fed:
    """Built once for the tests that continue from it."""
    robot, saved = Robot(empty(_home_root)), tmp_path_factory.mktemp("fed") / "home"
    deliver(robot, "first.csv", *(raw_row(1 + day * DAY) for day in range(5)))
    runs = robot.work()
    robot.home.save(saved)
    return Fed(saved, runs, sales_by_day(robot), robot.home.ledger())


@pytest.fixture
def fed_robot(fed: Fed, home: TestHome) -> Robot:
    """A robot on a copy of that home."""
    home.restore(fed.saved)
    return Robot(home)


def test_nothing_happens_before_anything_has_landed(robot: Robot):
    assert robot.work() == []
    assert robot.sensor("dropped_files") == "No complete file waits"
    assert robot.sensor("build_what_changed") == "Everything is up to date"


def test_a_delivered_file_is_in_the_marts_after_two_runs(fed: Fed):
    assert fed.runs == ["dropped_files", "build_what_changed 2020-09-09 to 2020-09-13"]
    assert fed.sales == {f"2020-09-{day:02}": (1, Decimal("9.99")) for day in range(9, 14)}
    assert fed.ledger.holds


@pytest.mark.long
def test_a_second_file_rebuilds_only_its_days_and_a_correction_only_what_it_changes(fed_robot: Robot):
    robot = fed_robot
    before = last_event(robot)

    deliver(robot, "second.csv", raw_row(7 + DAY), raw_row(7 + 2 * DAY))
    second = robot.work()
    after_second, middle = materialized(robot, before), last_event(robot)
    deliver(robot, "second.csv", raw_row(7 + DAY, amount_paid_usd="1.00"))
    third = robot.work()

    assert second == third == ["dropped_files", "build_what_changed 2020-09-10 to 2020-09-11"]
    assert after_second == materialized(robot, middle) == {"2020-09-10": 1, "2020-09-11": 1}
    assert sales_by_day(robot)["2020-09-10"] == (2, Decimal("10.99"))
    assert sales_by_day(robot)["2020-09-11"] == (1, Decimal("9.99"))
    ledger = robot.home.ledger()
    assert (ledger.holds, ledger.raw_rows, ledger.total("fct_sales").rows) == (True, 6, 6)


@pytest.mark.long
def test_a_day_whose_only_rows_are_corrected_away_ends_empty(fed_robot: Robot):
    robot = fed_robot

    deliver(robot, "first.csv", raw_row(1 + DAY))
    robot.work()
    one_day_left = list(sales_by_day(robot))
    deliver(robot, "first.csv")
    robot.work()

    assert one_day_left == ["2020-09-10"]
    assert sales_by_day(robot) == {}
    assert (robot.home.ledger().holds, robot.home.ledger().raw_rows) == (True, 0)


@pytest.mark.long
def test_days_far_apart_are_a_run_each_and_the_marts_come_with_the_last(robot: Robot):
    deliver(robot, "a.csv", raw_row(1), raw_row(1 + 40 * DAY))

    runs = robot.work()

    assert runs == ["dropped_files", "build_what_changed 2020-09-09", "build_what_changed 2020-10-19"]
    marts = [dg.AssetKey("daily_sales") in (request.asset_selection or ()) for request in robot.asked[1:]]
    assert marts == [False, True]


@pytest.mark.long
def test_many_files_at_once_are_one_landing_and_one_build_and_rows_under_another_name_are_duplicates(robot: Robot):
    for number in range(120):
        deliver(robot, f"{number:03}.csv", raw_row(number), raw_row(number + DAY))
    deliver(robot, "again.csv", raw_row(119), raw_row(120))

    runs = robot.work()

    assert runs == ["dropped_files", "build_what_changed 2020-09-09 to 2020-09-10"]
    ledger = robot.home.ledger()
    assert (ledger.total("fct_sales").rows, ledger.total("duplicates").rows) == (241, 1)
    assert ledger.holds


def test_an_unreadable_file_is_a_warning_on_the_check_and_does_not_hold_up_others(robot: Robot):
    deliver(robot, "bad.zip").write_bytes(b"PK\x03\x04")
    os.utime(robot.home.root / "inbox" / "bad.zip", (1, 1))
    deliver(robot, "good.csv", raw_row(1))
    request = robot.sensor("dropped_files")
    assert isinstance(request, dg.RunRequest)

    result = robot.execute(request, "land")

    (check,) = [
        one for one in result.get_asset_check_evaluations() if one.check_name == "dropped_files_can_be_read"
    ]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "inbox/bad.zip" in str(check.metadata["differences"].value)
    assert result.success
    assert robot.sensor("dropped_files") == "No complete file waits"


@pytest.mark.long
def test_recorded_pages_of_the_feed_can_be_delivered(robot: Robot):
    deliver(robot, "pages.json").write_bytes(real_data(PAGES).read_bytes())
    os.utime(robot.home.root / "inbox" / "pages.json", (1, 1))

    robot.work()

    ledger = robot.home.ledger()
    assert ledger.holds
    assert ledger.total("fct_sales").rows > 0
    assert ledger.raw_rows == ledger.total("staged").rows + ledger.rejected_measured


@pytest.mark.long
def test_the_command_line_lands_the_inbox_beside_its_source(robot: Robot, tmp_path: Path):
    deliver(robot, "delivered.csv", raw_row(1))

    robot.home.run("--source", str(write_csv(tmp_path / "source.csv", [raw_row(2)])))

    assert robot.home.fact() == (2, Decimal("19.98"))
    assert robot.work() == []


@pytest.mark.long
def test_a_home_with_delivered_files_gets_no_sample(robot: Robot):
    deliver(robot, "delivered.csv", raw_row(1))

    robot.home.run()

    assert robot.home.fact() == (1, Decimal("9.99"))
