"""The event log with connections that stay open: Dagster's own storage reads and writes the same files."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import AssetObservationData, DagsterEvent
from dagster._core.storage.event_log import SqliteEventLogStorage

from bandcamp_assets.system.home import Home
from bandcamp_assets.system.instance.event_log import KEPT, LocalEventLogStorage
from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets_tests.patience import PATIENCE_SECONDS


@dg.asset
def thing() -> dg.MaterializeResult:
    """An asset."""
    return dg.MaterializeResult(metadata={"rows": 3})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / 'with "quotes" and spaces')
    home.prepare()
    return home


def make(instance: dg.DagsterInstance) -> str:
    done = dg.materialize([thing], instance=instance)
    assert done.success
    return done.run_id


def test_the_homes_instance_keeps_its_events_where_dagster_would(home: Home):
    with open_instance(home) as instance:
        run_id = make(instance)

        assert isinstance(instance.event_log_storage, LocalEventLogStorage)
        event = instance.get_latest_materialization_event(dg.AssetKey("thing"))
        assert event is not None
        assert event.run_id == run_id
    assert (home.dagster / "history" / "runs" / f"{run_id}.db").exists()


def test_each_storage_reads_what_the_other_wrote(home: Home):
    with open_instance(home) as instance:
        ours = make(instance)
    own = SqliteEventLogStorage(str(home.dagster / "history" / "runs"))

    assert len(own.get_logs_for_run(ours)) > 5
    own.dispose()
    with open_instance(home) as instance:
        assert instance.get_latest_materialization_event(dg.AssetKey("thing")).run_id == ours  # type: ignore[union-attr]


def test_two_instances_see_each_others_events(home: Home):
    with open_instance(home) as one, open_instance(home) as other:
        first = make(one)
        second = make(other)

        assert {run.run_id for run in one.get_runs()} == {first, second}
        assert one.get_latest_materialization_event(dg.AssetKey("thing")).run_id == second  # type: ignore[union-attr]


def test_there_may_be_more_runs_than_open_connections_and_deleted_runs_are_gone(home: Home):
    with open_instance(home) as instance:
        runs = [make(instance) for _ in range(KEPT + 2)]

        assert all(len(instance.all_logs(run)) > 5 for run in runs)
        instance.delete_run(runs[-1])
        assert instance.all_logs(runs[-1]) == []
        assert len(instance.all_logs(runs[0])) > 5


def test_threads_share_the_connections(home: Home):
    with open_instance(home) as instance:
        run = make(instance)
        counts: list[int] = []
        threads = [
            threading.Thread(target=lambda: counts.extend(len(instance.all_logs(run)) for _ in range(20)))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)

    assert len(counts) == 80
    assert len(set(counts)) == 1


@dg.asset(
    partitions_def=dg.StaticPartitionsDefinition(["a", "b", "c"]), backfill_policy=dg.BackfillPolicy.single_run()
)
def parts() -> None:
    """A partitioned asset."""


def _make_parts(instance: dg.DagsterInstance) -> str:
    tags = {"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "c"}
    done = dg.materialize([parts], instance=instance, tags=tags)
    assert done.success
    return done.run_id


def test_events_of_parts_are_stored_in_batches(home: Home, monkeypatch: pytest.MonkeyPatch):
    stored: list[int] = []
    own = LocalEventLogStorage.store_event_batch
    monkeypatch.setattr(
        LocalEventLogStorage,
        "store_event_batch",
        lambda storage, events: (stored.append(len(events)), own(storage, events)),
    )
    with open_instance(home) as instance:
        run_id = _make_parts(instance)

        planned = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
        made = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
        assert stored == [3, 3]
        assert sorted(event.dagster_event.partition for event in planned) == ["a", "b", "c"]
        assert sorted(event.dagster_event.partition for event in made) == ["a", "b", "c"]
        assert instance.get_materialized_partitions(parts.key) == {"a", "b", "c"}


def _assets(folder: Path) -> list[tuple[object, ...]]:
    """The rows of the table of assets, without the time of writing."""
    with closing(sqlite3.connect(folder / "index.db")) as connection:
        return connection.execute(
            "select asset_key, last_materialization, last_run_id, last_materialization_timestamp, asset_details,"
            " wipe_timestamp from asset_keys order by asset_key"
        ).fetchall()


def test_a_batch_leaves_the_same_rows_as_single_events_in_dagsters_own_storage(home: Home, tmp_path: Path):
    with open_instance(home) as instance:
        runs = [_make_parts(instance), make(instance), _make_parts(instance)]
        events = [event for run in runs for event in instance.all_logs(run)]
        events.append(_observed(events[-1]))
    ours, own = LocalEventLogStorage(str(tmp_path / "ours")), SqliteEventLogStorage(str(tmp_path / "own"))

    ours.store_event_batch(events)
    for event in events:
        own.store_event(event)

    for storage in (ours, own):
        storage.dispose()
    assert len(_assets(tmp_path / "own")) == 2
    assert _assets(tmp_path / "ours") == _assets(tmp_path / "own")


def _observed(last: dg.EventLogEntry) -> dg.EventLogEntry:
    observed = DagsterEvent(
        event_type_value=dg.DagsterEventType.ASSET_OBSERVATION.value,
        job_name="any",
        event_specific_data=AssetObservationData(dg.AssetObservation("thing")),
    )
    return last._replace(dagster_event=observed, timestamp=last.timestamp + 60)


def test_a_batch_is_stored_whole_or_not_at_all(home: Home, monkeypatch: pytest.MonkeyPatch):
    with open_instance(home) as instance:
        storage = instance.event_log_storage
        events = [event for event in instance.all_logs(_make_parts(instance)) if event.is_dagster_event]
        count = len(instance.all_logs(events[0].run_id))
        own, calls = LocalEventLogStorage.store_event, []

        def fail_at_the_third(storage: LocalEventLogStorage, event: dg.EventLogEntry) -> None:
            calls.append(event)
            if len(calls) == 3:
                raise OSError("no space left on device")
            own(storage, event)

        monkeypatch.setattr(LocalEventLogStorage, "store_event", fail_at_the_third)
        with pytest.raises(OSError, match="no space"):
            storage.store_event_batch(events)
        monkeypatch.undo()

        assert len(instance.all_logs(events[0].run_id)) == count
        storage.store_event(events[0])  # the storage still works
        assert len(instance.all_logs(events[0].run_id)) == count + 1


def test_events_of_an_asset_in_one_batch_differ_by_a_millisecond_or_more_in_their_order(home: Home):
    days = dg.DailyPartitionsDefinition("2020-09-01", end_date="2020-11-01")

    @dg.asset(partitions_def=days, backfill_policy=dg.BackfillPolicy.single_run())
    def by_day() -> None:
        """Something to make by day."""

    tags = {"dagster/asset_partition_range_start": "2020-09-01", "dagster/asset_partition_range_end": "2020-10-31"}
    with open_instance(home) as instance:
        assert dg.materialize([by_day], instance=instance, tags=tags).success

        found = instance.fetch_materializations(by_day.key, limit=100, ascending=True).records

    times = [int(record.timestamp * 1000) for record in found]
    assert [record.partition_key for record in found] == list(days.get_partition_keys())
    assert times == sorted(set(times))
