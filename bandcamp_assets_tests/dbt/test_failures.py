"""What a run reports, stops and keeps if a test, a model or dbt itself fails."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bandcamp_assets.dbt import engine
from bandcamp_assets_tests.dbt.conftest import SALES, MakePlatform, Platform
from bandcamp_assets_tests.dbt.results import checks_of, error_of, materializations


def test_a_warning_is_shown_and_stops_nothing(platform: Platform) -> None:
    platform.load([("1", date(2020, 9, 9), "unheard of", 1.00)])

    result = platform.run()

    check = checks_of(result)["not_null_fct_sales_label"]
    assert result.success
    assert not check.passed
    assert check.severity.value == "WARN"


def test_a_failed_test_is_shown_fails_the_run_and_stops_the_marts(platform: Platform) -> None:
    platform.load([*SALES, ("1", date(2020, 9, 10), "a", 9.00)])

    result = platform.run()

    check = checks_of(result)["unique_fct_sales__id"]
    built = {one.asset_key.to_user_string() for one in materializations(result)}
    assert not result.success
    assert not check.passed
    assert check.severity.value == "ERROR"
    assert check.metadata["dagster_dbt/failed_row_count"].value == 1
    assert Path(str(check.metadata["compiled_sql"].value)).is_file()
    assert built == {"item_types", "stg_sales", "fct_sales"}
    assert "unique_fct_sales__id" in error_of(result)


def test_a_failed_check_is_kept_in_the_instance(platform: Platform) -> None:
    platform.load([*SALES, ("1", date(2020, 9, 10), "a", 9.00)])
    result = platform.run()

    records = platform.instance.event_log_storage.get_asset_check_execution_history(
        check_key=next(one.asset_check_key for one in result.get_asset_check_evaluations() if not one.passed),
        limit=1,
    )

    assert [record.status.value for record in records] == ["FAILED"]


def test_a_failed_source_test_stops_the_models_that_read_it(platform: Platform) -> None:
    platform.load([(None, date(2020, 9, 9), "a", 1.00)])

    result = platform.run()

    assert not result.success
    assert not checks_of(result)["source_not_null_bandcamp_sales__id"].passed
    assert {one.asset_key.to_user_string() for one in materializations(result)} == {"item_types"}


def test_a_failed_model_is_one_clear_error_and_leaves_the_table_as_it_was(platform: Platform) -> None:
    assets = platform.assets()
    platform.run(assets=assets)
    before = platform.rows("from bandcamp.fct_sales order by all")
    platform.rows("alter table bandcamp.sales rename amount_paid_usd to renamed")

    result = platform.run(assets=assets)

    error = error_of(result)
    assert not result.success
    assert error.startswith("bandcamp_assets.system.errors.PlatformError: 1 dbt node failed: stg_sales: ")
    assert "models/stg_sales.sql" in error
    platform.rows("alter table bandcamp.sales rename renamed to amount_paid_usd")
    assert platform.rows("from bandcamp.fct_sales order by all") == before


def test_dbt_that_cannot_start_is_one_clear_error(changed_platform: MakePlatform) -> None:
    platform = changed_platform({})
    assets = platform.assets()
    (platform.workspace.project_dir / "profiles.yml").write_text("bandcamp: {target: local, outputs: {}}")

    result = platform.run(assets=assets)

    assert not result.success
    assert "dbt could not run: " in error_of(result)


def test_a_node_that_fails_by_a_fault_of_the_machine_is_reported_with_what_to_do(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = 'IO Error: Could not write file "/x/duckdb_temp_storage-0.tmp": No space left on device'
    failure = engine.NodeFailure("model.tiny.stg_sales", "error", said)
    monkeypatch.setattr(engine, "invoke", lambda *_, **__: engine.Outcome(False, failures=[failure]))

    result = platform.run()

    assert said in error_of(result)
    assert "what to do: free some space" in error_of(result)


def test_dbt_without_threads_is_reported_with_what_to_do(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    causes = [("AttributeError", "no attribute 'terminate'"), ("RuntimeError", "can't start new thread")]
    outcome = engine.Outcome(False, message="no attribute 'terminate'", causes=causes)
    monkeypatch.setattr(engine, "invoke", lambda *_, **__: outcome)

    result = platform.run()

    assert "dbt could not run: The system gave no more memory, or no more threads" in error_of(result)
