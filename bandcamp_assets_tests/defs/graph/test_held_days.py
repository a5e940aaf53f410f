"""The partitions that a UI shows are the days that the home holds."""

from __future__ import annotations

from datetime import date

import dagster as dg
import pytest

from bandcamp_assets.definitions import load_definitions
from bandcamp_assets.defs.in_deployment import LOCAL_UI
from bandcamp_assets.defs.partitions import DAYS, held_days
from bandcamp_assets_tests.homes import TestHome

pytestmark = pytest.mark.xdist_group("two days")

BY_DAY = (
    *("cleaned_sales", "duplicate_sales", "sales_objects", "sales", "stg_sales", "usd_rates", "fct_sales"),
    *("sales_by_hour", "sales_by_segment", "sales_by_price"),
)


def days_of(home: TestHome, asset: str) -> list[str]:
    graph = load_definitions(home.deployment).resolve_asset_graph()
    partitions = graph.get(dg.AssetKey(asset)).partitions_def
    assert partitions
    return list(partitions.get_partition_keys())


@pytest.mark.parametrize("asset", BY_DAY)
def test_a_ui_on_this_machine_shows_the_days_that_are_there(
    two_days: TestHome, monkeypatch: pytest.MonkeyPatch, asset: str
):
    monkeypatch.setenv(LOCAL_UI, "1")

    assert days_of(two_days, asset) == ["2020-09-09", "2020-09-10"]


def test_elsewhere_the_graph_has_every_day_as_nothing_would_load_it_again(two_days: TestHome):
    assert days_of(two_days, "cleaned_sales") == list(DAYS.get_partition_keys())


def test_a_catalog_that_cannot_be_read_hides_no_day(two_days: TestHome, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(LOCAL_UI, "1")
    (two_days.root / "catalog.sqlite").write_bytes(b"no longer a database")

    assert days_of(two_days, "cleaned_sales") == list(DAYS.get_partition_keys())


def test_days_between_that_hold_nothing_are_left_out():
    held = {date(2020, 9, 9), date(2020, 9, 11), date(2020, 12, 31)}

    assert held_days(held).get_partition_keys() == ["2020-09-09", "2020-09-11", "2020-12-31"]


def test_a_home_without_sales_has_every_day():
    assert held_days(set()) == DAYS
