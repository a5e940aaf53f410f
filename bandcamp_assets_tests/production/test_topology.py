"""The production profile at work: real PostgreSQL, code server, webserver, daemon and nginx, each its own process.

The tests share one platform and go through its life in order.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
import requests

from bandcamp_assets.defs.sensors.alerts import alerts
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.sources.inbox import Inboxes
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.instance.retention import prune_runs
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.production.conftest import USER, Production
from bandcamp_assets_tests.production.files import PRODUCTION

pytestmark = [pytest.mark.production, pytest.mark.xdist_group("production")]

LAUNCH = """
mutation Launch($selector: JobOrPipelineSelector!) {
  launchRun(executionParams: {selector: $selector, runConfigData: {}}) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
STATUS = "query Status($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"


def launch(production: Production) -> str:
    selector = {
        "repositoryLocationName": "bandcamp",
        "repositoryName": "__repository__",
        "jobName": "land",
    }
    result = production.query(LAUNCH, selector=selector)["launchRun"]
    assert result["__typename"] == "LaunchRunSuccess", result
    return str(result["run"]["runId"])


def status(production: Production, run_id: str) -> str:
    return str(production.query(STATUS, id=run_id)["runOrError"]["status"])


def wait_for(production: Production, run_id: str, *wanted: str) -> str:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := status(production, run_id)) not in wanted:
        assert time.monotonic() < deadline, (found, production.processes["daemon"].tail())
        assert found not in {"FAILURE", "CANCELED"}, production.processes["code"].tail()
        time.sleep(0.05)
    return found


@pytest.mark.long
def test_a_run_waits_for_the_daemon_and_its_success_is_in_postgres(production: Production) -> None:
    daemon = production.processes["daemon"]
    daemon.stop(signal.SIGKILL)
    run_id = launch(production)
    assert status(production, run_id) == "QUEUED"

    daemon.start()
    wait_for(production, run_id, "SUCCESS")

    assert production.sql(f"select status from runs where run_id = '{run_id}'") == [("SUCCESS",)]
    ((materialized,),) = production.sql(
        "select count(distinct asset_key) from event_logs"
        f" where run_id = '{run_id}' and dagster_event_type = 'ASSET_MATERIALIZATION'"
    )
    assert materialized >= 3
    assert list((production.folder / "home" / "landing").rglob("*"))


@pytest.mark.long
def test_the_steps_log_can_be_read_in_the_ui(production: Production) -> None:
    run_id = production.sql("select run_id from runs where status = 'SUCCESS' limit 1")[0][0]

    assert list((production.folder / "logs").rglob(f"*{run_id}*"))


@pytest.mark.long
def test_a_run_survives_a_restart_of_webserver_and_daemon(production: Production) -> None:
    run_id = launch(production)
    for name in ("webserver", "daemon"):
        production.processes[name].stop()
        production.processes[name].start()
    production.processes["webserver"].wait_until(lambda: is_served(production))

    wait_for(production, run_id, "SUCCESS")


def is_served(production: Production) -> bool:
    answer = requests.get(
        f"{production.proxy}/server_info",
        auth=(USER, production.login),
        verify=production.certificate,
        timeout=PATIENCE_SECONDS,
    )
    return answer.status_code == 200


@pytest.fixture
def instance(production: Production, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """The production instance, opened in this process."""
    for name, value in production.environment.items():
        if name.startswith("DAGSTER_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_POSTGRES_PASSWORD", production.password)
    with dg.DagsterInstance.get() as instance:
        yield instance


@pytest.mark.long
def test_a_run_that_dies_with_the_code_server_is_closed_and_run_once_more(
    production: Production, instance: dg.DagsterInstance
) -> None:
    storage, code = instance.event_log_storage, production.processes["code"]
    run_id = launch(production)
    wait_for(production, run_id, "STARTING")
    # Somebody else is in the pool by now, so the run is at work and waits. (Before, it would wait in the queue.)
    storage.claim_concurrency_slot("lake", "somebody-else", "step")
    wait_for(production, run_id, "STARTED")
    wait_until(lambda: storage.get_concurrency_info("lake").pending_step_count > 0, production)
    code.kill_all()
    storage.free_concurrency_slots_for_run("somebody-else")
    assert status(production, run_id) == "STARTED"

    code.start()

    # The sensor closes it, not this test: only then is it certain that the daemon has found the new code server,
    # without which it would give the run up instead of retrying it.
    wait_until(lambda: status(production, run_id) == "FAILURE", production)
    wait_until(lambda: bool(retries_of(instance, run_id)), production)
    (again,) = retries_of(instance, run_id)
    wait_for(production, again, "SUCCESS")
    assert storage.get_concurrency_info("lake").active_slot_count == 0


def retries_of(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    return [run.run_id for run in instance.get_runs() if run.parent_run_id == run_id]


def wait_until(holds: Callable[[], bool], production: Production) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, production.processes["daemon"].tail()
        time.sleep(0.2)


@pytest.mark.long
def test_alerts_and_retention_work_on_postgres(
    production: Production, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    settings = Settings(home=Home(tmp_path))
    resources = {"settings": settings, "catalog": Catalog(settings.home.catalog), "inboxes": Inboxes()}
    with dg.build_sensor_context(instance=instance, resources=resources) as context:
        cursor = alerts.evaluate_tick(context).cursor
    assert instance.run_retries_max_retries == 1
    broken = instance.create_run_for_job(_job())
    instance.report_run_failed(broken, "The process of this run was killed.")
    with dg.build_sensor_context(instance=instance, cursor=cursor, resources=resources) as context:
        told = alerts.evaluate_tick(context).skip_message

    pruned = prune_runs(instance, keep_days=0, keep_at_least=0)

    assert told == "1 new faults; 1 open; 1 message"
    assert broken.run_id in pruned.deleted
    assert pruned.kept_for_assets >= 1
    assert production.sql(f"select count(*) from event_logs where run_id = '{broken.run_id}'") == [(0,)]
    assert (
        production.sql("select count(distinct asset_key) from event_logs where asset_key is not null")[0][0] >= 3
    )


def _job() -> dg.JobDefinition:
    @dg.op
    def nothing() -> None: ...

    @dg.job
    def job() -> None:
        nothing()

    return job


def test_no_password_is_in_a_log_and_nothing_was_written_beside_the_settings(production: Production) -> None:
    logs = {path.name: path.read_text(errors="replace") for path in production.folder.glob("*.log")}

    assert set(logs) >= {f"{name}.log" for name in production.processes}
    assert [name for name, text in logs.items() if production.password in text or production.login in text] == []
    kept = {
        "README.md",
        "Dockerfile",
        "Dockerfile.dockerignore",
        ".gitignore",
        "compose.yaml",
        "requirements.lock",
    }
    kept |= {"dagster.yaml", "workspace.yaml", "nginx.conf", "start.sh", "create-database.sh"}
    assert {path.name for path in Path(PRODUCTION).iterdir()} - {"secrets"} <= kept
