"""Recognisable secrets are given to runs that fail in several ways; afterwards they stand nowhere in the home.

Not in Dagster's databases, logs and snapshots, not in dbt's artefacts and logs, not in a page, and not in what
was printed. That messages of alerts are masked is the concern of the tests in `alerts`.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from bandcamp_assets.cli.run import run_everything
from bandcamp_assets.definitions import load_definitions
from bandcamp_assets.defs.sensors.alerts import alerts
from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.system.errors import RunFailed
from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets.system.progress import LOGGER
from bandcamp_assets_tests.alerts.mail_server import mail_server
from bandcamp_assets_tests.alerts.web_server import WebServer, web_server
from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.raw_files import raw_row, write_csv
from bandcamp_assets_tests.security.traces import traces

HOOK = "planted-hook-7Jq2"
QUERY = "planted-query-9Wx4"
MAIL_LOGIN = "planted-mail-3Tz8"
KEY_FILE = "planted-key-5Lm1"
SERVICE = "planted-service-2Kd6"
PLANTED = (HOOK, QUERY, MAIL_LOGIN, KEY_FILE, SERVICE)


@pytest.fixture
def web() -> Iterator[WebServer]:
    with web_server() as server:
        yield server


@pytest.fixture
def secrets(web: WebServer, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Settings with all planted values. The mail server refuses the login, and quotes it."""
    file = tmp_path / "password"
    file.write_text(MAIL_LOGIN)
    with mail_server(only_login="another") as (port, _received):
        yield {
            "BANDCAMP_ALERTS": "log, webhook, smtp",
            "BANDCAMP_ALERT_WEBHOOK_URL": f"http://127.0.0.1:{web.port}/services/{HOOK}?key={QUERY}",
            "BANDCAMP_ALERT_SMTP_URL": f"smtp://127.0.0.1:{port}",
            "BANDCAMP_ALERT_SMTP_USER": "robot",
            "BANDCAMP_ALERT_SMTP_PASSWORD_FILE": str(file),
            "BANDCAMP_ALERT_MAIL_FROM": "data@example.com",
            "BANDCAMP_ALERT_MAIL_TO": "people@example.com",
            "BANDCAMP_ALERT_URLS": f"json://127.0.0.1:{web.port}/notify/{SERVICE} pigeon://{SERVICE}/x",
        }


def fail_in_an_asset(home: TestHome, settings: dict[str, str]) -> str:
    """A whole run in this process whose first asset meets a bug; give what it says."""

    def bug(*_arguments: object) -> None:
        raise ZeroDivisionError("a bug of the test")

    environment, handlers = home.environment(**settings), list(LOGGER.handlers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bandcamp_assets.defs.assets.landing._land_wanted", bug)
        for name, value in environment.items():
            patch.setenv(name, value)
        with pytest.raises(RunFailed) as error:
            run_everything(environment, fresh=False)
    LOGGER.handlers[:] = handlers
    return str(error.value)


def tick(home: TestHome, settings: dict[str, str], cursor: str | None) -> tuple[str, str]:
    """Evaluate the platform's own sensor of alerts; give its cursor and its summary."""
    deployment = Deployment.assemble(Settings.from_env(home.environment(**settings)))
    definitions = load_definitions(deployment)
    with (
        open_instance(deployment.settings.home) as instance,
        dg.build_sensor_context(
            instance=instance,
            cursor=cursor,
            definitions=definitions,
            resources={
                "settings": deployment.settings,
                "catalog": deployment.catalog,
                "inboxes": deployment.inboxes,
            },
        ) as context,
    ):
        data = alerts.evaluate_tick(context)
    assert data.cursor
    return data.cursor, data.skip_message or ""


def key_files(folder: Path) -> list[Path]:
    """Key files that Google's library cannot use: no JSON, of no known type, with a key that is none."""
    key = f"-----BEGIN PRIVATE KEY-----\n{KEY_FILE}\n-----END PRIVATE KEY-----\n"
    account = {"type": "service_account", "client_email": "a@b.example", "token_uri": "http://127.0.0.1:9/token"}
    contents = (
        f"{{{KEY_FILE}",
        json.dumps({"type": "other", "private_key": key}),
        json.dumps({**account, "private_key": key}),
    )
    files = [folder / f"{number}.json" for number in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        file.write_text(content)
    return files


@pytest.mark.long
def test_what_was_secret_stands_nowhere_after_runs_that_fail(
    home: TestHome,
    web: WebServer,
    secrets: dict[str, str],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
):
    done = home.bandcamp("run", "--source", str(write_csv(tmp_path / "sales.csv", [raw_row()])), **secrets)
    assert done.returncode == 0, done.stderr
    cursor, _ = tick(home, secrets, None)

    failure = fail_in_an_asset(home, secrets)
    web.answers[:] = [503, 503]  # the webhook and the first of the further addresses
    cursor, summary = tick(home, secrets, cursor)
    status = home.bandcamp("status", **secrets)
    printed = capfd.readouterr()

    assert "a bug of the test" in failure
    assert "wait for" in summary
    assert "webhook" in summary
    assert "smtp" in summary
    assert "url 1, url 2" in summary
    said = "\n".join(
        (done.stdout, done.stderr, failure, cursor, summary, status.stdout, status.stderr, *printed, caplog.text)
    )
    assert [value for value in PLANTED if value in said] == []
    assert traces(home.root, PLANTED) == []
    assert traces(home.root, ["a bug of the test"]) != []


def test_a_wrong_key_file_is_refused_without_showing_what_it_holds(home: TestHome, tmp_path: Path):
    settings = {
        "BANDCAMP_DEPLOYMENT": "gcp",
        "BANDCAMP_GCP_PROJECT": "a-project",
        "BANDCAMP_GCP_BUCKET": "a-bucket",
        "BANDCAMP_GCP_LOCATION": "EU",
        # Should a key be taken for a good one, nobody is asked for a token.
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }

    answers = [
        home.bandcamp("run", **settings, GOOGLE_APPLICATION_CREDENTIALS=str(file)) for file in key_files(tmp_path)
    ]

    for answer in answers:
        assert answer.returncode == 1
        assert "No usable Google credentials" in answer.stderr
        assert "Traceback" not in answer.stderr
        assert KEY_FILE not in answer.stdout + answer.stderr
    assert traces(home.root, [KEY_FILE]) == []


@pytest.mark.parametrize("packed", [False, True])
def test_a_value_inside_a_database_would_be_found(tmp_path: Path, packed: bool):
    text = f"error: {HOOK}".encode()
    with sqlite3.connect(tmp_path / "some.db") as database:
        database.execute("create table events (body blob)")
        database.execute("insert into events values (?)", (zlib.compress(text) if packed else text,))
    database.close()

    assert traces(tmp_path, PLANTED) == ["some.db"]
