"""The same sales give the same tables on DuckDB and on BigQuery, row for row and cent for cent."""

from __future__ import annotations

import polars as pl
import pytest

from bandcamp_assets_tests.dbt_project.bigquery_dbt import BigQueryDbt
from bandcamp_assets_tests.dbt_project.comparison import KEYS, first_difference
from bandcamp_assets_tests.dbt_project.dirty_sales import CHANGED_DAY, EMPTIED_DAY
from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.stages import BY_DAY, STAGES, Stages

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("stages")]
"""Both files look at the same stages, which take their time: one worker makes them once."""


@pytest.mark.parametrize("stage", STAGES)
def test_both_warehouses_hold_the_same(local: Stages[Dbt], cloud: Stages[BigQueryDbt], stage: str) -> None:
    differences = [first_difference(name, local.tables[stage][name], cloud.tables[stage][name]) for name in KEYS]

    assert [found for found in differences if found] == []


@pytest.mark.parametrize("stage", STAGES)
def test_every_model_seed_and_data_test_ends_the_same(
    local: Stages[Dbt], cloud: Stages[BigQueryDbt], stage: str
) -> None:
    assert cloud.statuses[stage] == local.statuses[stage]
    assert set(cloud.statuses[stage].values()) == {"success", "pass", "warn"}


def test_a_changed_day_is_replaced_an_emptied_one_ends_empty_and_others_stay(cloud: Stages[BigQueryDbt]) -> None:
    before, after = (cloud.tables[stage]["fct_sales"] for stage in STAGES[:2])
    days = pl.col("sale_date").dt.to_string()

    assert not before.filter(days == EMPTIED_DAY).is_empty()
    assert after.filter(days == EMPTIED_DAY).is_empty()
    assert cloud.tables[STAGES[1]]["usd_rates"].filter(days == EMPTIED_DAY).is_empty()
    assert set(after.filter(days == CHANGED_DAY)["artist_name"]) == {"Changed"}
    untouched = ~days.is_in([CHANGED_DAY, EMPTIED_DAY])
    assert after.filter(untouched).sort("_id").equals(before.filter(untouched).sort("_id"))


@pytest.mark.parametrize("name", BY_DAY)
def test_a_second_run_of_the_same_days_changes_nothing(cloud: Stages[BigQueryDbt], name: str) -> None:
    once, again = (cloud.tables[stage][name].sort(KEYS[name]) for stage in STAGES[1:])

    assert again.equals(once)


def test_a_difference_is_named_by_model_key_column_and_values() -> None:
    ours = pl.DataFrame(
        {"sale_date": [1, 2], "currency": ["EUR", "GBP"], "usd_rate": [1.5, 1.25], "sales": [3, 4]}
    )
    theirs = ours.with_columns(pl.when(pl.col("sale_date") == 2).then(5).otherwise(pl.col("sales")).alias("sales"))

    found = first_difference("usd_rates", ours, theirs)

    assert found == "usd_rates: (2, 'GBP'), column sales: 4 in DuckDB, 5 in BigQuery"
    assert first_difference("usd_rates", ours, ours) is None
