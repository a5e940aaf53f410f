"""The production profile at work: real PostgreSQL, code server, webserver, daemon and nginx, each its own process.

The tests share one platform and go through its life in order.
"""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import psutil
import psycopg2
import pytest
import requests

from bandcamp_assets.alerts.sensor import build_alert_sensor
from bandcamp_assets.alerts.settings import AlertSettings
from bandcamp_assets.instance.retention import prune_runs
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


def test_without_a_login_nginx_answers_401(production: Production) -> None:
    for path in ("/", "/graphql", "/server_info", "/logs/x"):
        answer = requests.get(f"{production.proxy}{path}", verify=production.certificate, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 401, path
        assert "dagster" not in answer.text.lower()

    wrong = requests.get(
        production.proxy, auth=(USER, "guess"), verify=production.certificate, timeout=PATIENCE_SECONDS
    )
    assert wrong.status_code == 401


def test_with_a_login_nginx_shows_the_ui(production: Production) -> None:
    answer = requests.get(
        production.proxy, auth=(USER, production.login), verify=production.certificate, timeout=PATIENCE_SECONDS
    )

    assert answer.status_code == 200
    assert "dagster" in answer.text.lower()
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "Server" not in answer.headers or "/" not in answer.headers["Server"]


def test_the_dashboard_is_served_behind_the_login_and_nothing_beside_it(production: Production) -> None:
    pages = production.folder / "dashboard"
    pages.mkdir()
    (pages / "index.html").write_text("<title>sales</title>")

    def ask(path: str, *, login: bool = True) -> requests.Response:
        return requests.get(
            f"{production.proxy}{path}",
            auth=(USER, production.login) if login else None,
            verify=production.certificate,
            timeout=PATIENCE_SECONDS,
        )

    assert ask("/dashboard/", login=False).status_code == 401
    shown = ask("/dashboard/")
    assert (shown.status_code, shown.text) == (200, "<title>sales</title>")
    assert shown.headers["X-Frame-Options"] == "DENY"
    assert ask("/dashboard/dbt_docs/").status_code == 404
    secret = (production.folder / "password").read_text().strip()
    for path in ("/dashboard/../password", "/dashboard/%2e%2e/password", "/dashboard../password"):
        assert secret not in ask(path).text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://127.0.0.1.evil.example"])
def test_a_page_of_another_site_cannot_use_the_login(production: Production, origin: str) -> None:
    answer = requests.post(
        f"{production.proxy}/graphql",
        data={"query": "{ version }"},
        headers={"Origin": origin},
        auth=(USER, production.login),
        verify=production.certificate,
        timeout=PATIENCE_SECONDS,
    )

    assert answer.status_code == 403


def test_a_page_of_the_ui_itself_can(production: Production) -> None:
    answer = requests.post(
        f"{production.proxy}/graphql",
        json={"query": "{ version }"},
        headers={"Origin": production.proxy},
        auth=(USER, production.login),
        verify=production.certificate,
        timeout=PATIENCE_SECONDS,
    )

    assert answer.json()["data"]["version"]


def test_the_uis_web_socket_goes_through(production: Production) -> None:
    answer = requests.get(
        f"{production.proxy}/graphql",
        headers={
            "Origin": production.proxy,
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol": "graphql-ws",
        },
        auth=(USER, production.login),
        verify=production.certificate,
        timeout=PATIENCE_SECONDS,
        stream=True,
    )

    with answer:
        assert answer.status_code == 101


def test_nothing_listens_beyond_this_machine(production: Production) -> None:
    main_processes = {process.running.pid for process in production.processes.values() if process.running}
    listening = [
        connection
        for connection in psutil.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
        and (connection.pid in main_processes or connection.laddr.port in production.ports.values())
    ]

    assert {connection.laddr.port for connection in listening} == set(production.ports.values())
    assert {connection.laddr.ip.removeprefix("::ffff:") for connection in listening} == {"127.0.0.1"}
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.2", production.ports["postgres"])) != 0


def test_the_database_wants_a_password_and_gives_the_platform_no_more_than_its_own(production: Production) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(
            host="127.0.0.1",
            port=production.ports["postgres"],
            dbname="dagster",
            user="dagster",
            password="guess",  # noqa: S106
        )

    ((superuser, makes_databases, makes_roles),) = production.sql(
        "select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = current_user"
    )
    assert not superuser
    assert not makes_databases
    assert not makes_roles


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


def test_alerts_and_retention_work_on_postgres(production: Production, instance: dg.DagsterInstance) -> None:
    sensor = build_alert_sensor(AlertSettings())
    with dg.build_sensor_context(instance=instance) as context:
        cursor = sensor.evaluate_tick(context).cursor
    assert instance.run_retries_max_retries == 1
    broken = instance.create_run_for_job(_job())
    instance.report_run_failed(broken, "The process of this run was killed.")
    with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        told = sensor.evaluate_tick(context).skip_message

    pruned = prune_runs(instance, keep_days=0, keep_at_least=0)

    assert told == "1 new faults; 1 open; 1 messages"
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
    for log in production.folder.glob("*.log"):
        text = log.read_text(errors="replace")
        assert production.password not in text, log.name
        assert production.login not in text, log.name

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
