"""Deletes old runs. Dagster does not delete runs: without this, the instance grows for ever.

Deleting a run deletes its events, among them the materializations that the run made. An asset, or one of its days,
would no longer count as materialized, and its metadata and lineage would be gone. So a run is kept, however old,
while it holds the latest event of any asset, day or check.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import sqlalchemy as sa
from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.tags import BACKFILL_ID_TAG

from bandcamp_assets.system.errors import PlatformError

MAX_RUNS_A_CALL = 1_000
"""The next call deletes further runs, so that each call is short."""

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_KEPT_EVENTS = [dg.DagsterEventType.ASSET_MATERIALIZATION.value, dg.DagsterEventType.ASSET_OBSERVATION.value]


@dataclass(frozen=True)
class Pruned:
    """The result of one call.

    Attributes:
        deleted: Ids of the runs that are gone, with their events and logs.
        kept_for_assets: How many runs are old enough, but hold the latest event of an asset, day or check.
        left: How many runs are left for the next call.
    """

    deleted: list[str]
    kept_for_assets: int
    left: int


def prune_runs(instance: dg.DagsterInstance, keep_days: float, keep_at_least: int) -> Pruned:
    """Delete runs that ended long ago and that nothing refers to, with their events, check results and logs.

    Safe while runs are going on, and safe to call again after a kill at any moment.

    Args:
        instance: The instance.
        keep_days: Runs that were created within this many days are kept.
        keep_at_least: This many of the latest runs are kept, however old.

    Raises:
        PlatformError: If the instance's event log is of a kind that cannot be pruned.
    """
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        raise PlatformError(
            f"Runs cannot be pruned in an event log of the kind {type(storage).__name__}",
            where="dagster.yaml, storage",
            remedy="use SQLite or PostgreSQL as Dagster's storage",
        )
    old = _old_runs(instance, keep_days, keep_at_least)
    needed = _runs_with_a_latest_event(storage)
    free = [run for run in old if run.run_id not in needed]
    for run in free[:MAX_RUNS_A_CALL]:
        _delete(instance, storage, run.run_id)
    return Pruned(
        deleted=[run.run_id for run in free[:MAX_RUNS_A_CALL]],
        kept_for_assets=len(old) - len(free),
        left=max(len(free) - MAX_RUNS_A_CALL, 0),
    )


def _old_runs(instance: dg.DagsterInstance, keep_days: float, keep_at_least: int) -> list[dg.DagsterRun]:
    """Ended runs that are old enough, the oldest first, without those of backfills that are still running."""
    before = datetime.now(UTC) - timedelta(days=keep_days)
    newest = {record.dagster_run.run_id for record in instance.get_run_records(limit=keep_at_least)}
    runs = instance.get_runs(dg.RunsFilter(statuses=_ENDED, created_before=before), ascending=True)
    at_work = _backfills_at_work(instance, {run.tags.get(BACKFILL_ID_TAG, "") for run in runs} - {""})
    return [
        run
        for run in runs
        if (keep_at_least == 0 or run.run_id not in newest) and run.tags.get(BACKFILL_ID_TAG) not in at_work
    ]


def _backfills_at_work(instance: dg.DagsterInstance, backfill_ids: Iterable[str]) -> set[str]:
    backfills = [backfill for key in backfill_ids if (backfill := instance.get_backfill(key))]
    return {backfill.backfill_id for backfill in backfills if backfill.status not in BULK_ACTION_TERMINAL_STATUSES}


def _runs_with_a_latest_event(storage: SqlEventLogStorage) -> set[str]:
    """Runs that hold the latest materialization or observation of an asset or partition, or result of a check."""
    events, checks = SqlEventLogStorageTable.c, AssetCheckExecutionsTable.c
    latest_events = (
        sa.select(sa.func.max(events.id))
        .where(events.asset_key.is_not(None), events.dagster_event_type.in_(_KEPT_EVENTS))
        .group_by(events.asset_key, events.partition, events.dagster_event_type)
    )
    latest_checks = sa.select(sa.func.max(checks.id)).group_by(
        checks.asset_key, checks.check_name, checks.partition, checks.execution_status
    )
    with storage.index_connection() as connection:
        of_assets = connection.execute(sa.select(events.run_id).where(events.id.in_(latest_events)).distinct())
        of_checks = connection.execute(sa.select(checks.run_id).where(checks.id.in_(latest_checks)).distinct())
        return {*of_assets.scalars(), *of_checks.scalars()}


def _delete(instance: dg.DagsterInstance, storage: SqlEventLogStorage, run_id: str) -> None:
    """Delete a run, its record last: after a kill in between, the next call finds it again."""
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    with storage.index_connection() as connection:
        connection.execute(AssetCheckExecutionsTable.delete().where(AssetCheckExecutionsTable.c.run_id == run_id))
    storage.delete_events(run_id)
    if isinstance(storage, SqliteEventLogStorage):
        # Dagster empties the file of a deleted run, but does not remove it.
        for suffix in ("", "-wal", "-shm"):
            Path(f"{storage.path_for_shard(run_id)}{suffix}").unlink(missing_ok=True)
    instance.run_storage.delete_run(run_id)
