"""The local `dagster.yaml` loads, and its settings take effect."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import TickStatus

from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.instance.local import write_instance_settings


def test_settings_that_cannot_be_written_are_one_clear_error(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (home.dagster / "dagster.yaml").mkdir(parents=True)

    with pytest.raises(PlatformError, match=r"dagster\.yaml"):
        write_instance_settings(home)


def test_crashes_are_retried_once_and_faults_of_data_never(instance: dg.DagsterInstance) -> None:
    assert instance.run_retries_enabled
    assert instance.run_retries_max_retries == 1
    assert not instance.run_retries_retry_on_asset_or_op_failure


def test_runs_are_monitored_and_freshness_is_watched(instance: dg.DagsterInstance) -> None:
    assert instance.run_monitoring_enabled
    assert instance.run_monitoring_start_timeout_seconds == 300
    assert instance.freshness_enabled
    assert not instance.telemetry_enabled


def test_ticks_are_deleted_after_a_while_and_skipped_ones_first(
    instance: dg.DagsterInstance,
) -> None:
    kept = {kind: instance.get_tick_retention_settings(kind) for kind in InstigatorType}

    often = {
        TickStatus.SKIPPED: 2,
        TickStatus.SUCCESS: 30,
        TickStatus.FAILURE: 90,
        TickStatus.STARTED: 90,
    }
    assert kept == {
        InstigatorType.SCHEDULE: dict.fromkeys(TickStatus, 90),
        InstigatorType.SENSOR: often,
        InstigatorType.AUTO_MATERIALIZE: often,
    }


def test_each_pool_lets_one_step_through(instance: dg.DagsterInstance) -> None:
    config = instance.get_concurrency_config()

    assert config.pool_config.default_pool_limit == 1
    assert config.run_queue_config is not None
    assert config.run_queue_config.max_concurrent_runs == 4
