"""Hostile names in terminal, mails, webhooks and pages: shown as text, never obeyed.

Tables of `bandcamp sql` stand in `cli/test_sql.py`; what a browser makes of names in `browser`.
"""

from __future__ import annotations

import logging
from email import message_from_bytes, policy
from pathlib import Path

import polars as pl
import pytest

from bandcamp_assets.alerts.delivery import targets_of
from bandcamp_assets.alerts.fault import Fault, Severity
from bandcamp_assets.alerts.message import Message, News, Occasion, worded
from bandcamp_assets.alerts.settings import AlertSettings
from bandcamp_assets.components.metadata import preview
from bandcamp_assets_tests.alerts.mail_server import mail_server
from bandcamp_assets_tests.alerts.web_server import web_server
from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.raw_files import HEADER, csv_bytes, raw_row, write_csv

STEERING = "\x1b[31mred\x1b]0;owned\x07\r\u202etxt\x9b2J"
CALLING = "@channel ![x](https://tracker.example/x.png)"
MARKUP = "[red]x[/red] :smile: <script>alert(1)</script>"
HOSTILE = f"=1+1 {CALLING} {MARKUP} {STEERING}"


def steers(text: str) -> list[str]:
    """The characters of a text that are no text."""
    return [char for char in text if not char.isprintable() and char != "\n"]


def hostile_fault() -> Fault:
    return message_fault(f"{HOSTILE}\r\nBcc: everyone@example.com\n\nbody")


def message_fault(what: str) -> Fault:
    return Fault(scope="step:clean", what=what, where=f"file {HOSTILE}", severity=Severity.ERROR)


def hostile_message() -> Message:
    return worded([News(Occasion.NEW, hostile_fault())], 0, "", 0.0)


def send_to(target: str, **settings: str) -> str:
    """Send the hostile message; give why it was not taken."""
    mail = {"BANDCAMP_ALERT_MAIL_FROM": "data@example.com", "BANDCAMP_ALERT_MAIL_TO": "people@example.com"}
    env = {"BANDCAMP_ALERTS": target, **mail, **settings}
    return targets_of(AlertSettings.from_env(env), logging.getLogger(__name__))[target](hostile_message())


@pytest.mark.long
def test_a_run_on_hostile_names_prints_nothing_that_steers_and_documents_none_of_them(
    home: TestHome, tmp_path: Path
):
    source = tmp_path / f"[red]{STEERING}.csv"
    row = raw_row(artist_name=HOSTILE, item_description=HOSTILE, country=HOSTILE, album_title=HOSTILE)
    write_csv(source, [row, raw_row(1, item_type=STEERING)])

    done = home.bandcamp("run", "--source", str(source))
    status = home.bandcamp("status")
    lost = next((home.root / "landing").rglob("*.csv"))
    away = lost.rename(home.root / "away")
    doctor = home.bandcamp("doctor")
    away.rename(lost)
    table = home.bandcamp("sql", "select artist_name, country, source_file from fct_sales")

    assert (done.returncode, status.returncode, table.returncode) == (0, 0, 0), done.stderr
    assert doctor.returncode == 1
    assert r"[red]\u001b[31mred" in doctor.stdout
    printed = (part for answer in (done, status, doctor, table) for part in (answer.stdout, answer.stderr))
    assert steers("".join(printed)) == []
    assert rf"{MARKUP} \u001b[31mred" in table.stdout
    documented = home.deployment.settings.home.docs_page.read_text()
    assert "alert(1)" not in documented


@pytest.mark.parametrize(
    "content",
    [
        b"",
        *(
            pytest.param(one, marks=pytest.mark.long)
            for one in (csv_bytes([], header=[*HEADER[:5], STEERING]), None)
        ),
    ],
)
def test_a_file_with_a_hostile_name_is_refused_in_words_that_steer_nothing(
    home: TestHome, tmp_path: Path, content: bytes | None
):
    source = tmp_path / f"[red]{STEERING}.csv"
    if content is not None:
        source.write_bytes(content)

    done = home.bandcamp("run", "--source", str(source))

    assert done.returncode == 1
    assert steers(done.stdout + done.stderr) == []
    assert r"[red]\u001b[31mred" in done.stderr


@pytest.mark.parametrize("command", ["run", "status", "doctor"])
def test_a_setting_that_steers_is_named_in_words_that_do_not(home: TestHome, command: str):
    done = home.bandcamp(command, BANDCAMP_DEPLOYMENT=STEERING)

    assert done.returncode == 1
    assert steers(done.stdout + done.stderr) == []
    assert r"'\x1b[31mred" in done.stdout + done.stderr


def test_an_alert_steers_no_terminal_that_shows_it():
    message = hostile_message()

    assert steers(message.subject + message.text) == []


def test_a_mail_with_hostile_names_has_the_headers_that_we_gave_it():
    with mail_server() as (port, received):
        assert send_to("smtp", BANDCAMP_ALERT_SMTP_URL=f"smtp://127.0.0.1:{port}") == ""

    (mail,) = received.mails
    read = message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert {name.lower() for name in read} == {
        "subject", "from", "to", "date", "message-id", "auto-submitted", "mime-version", "content-type",
        "content-transfer-encoding", "x-application",
    }  # fmt: skip
    plain = read.get_body(("plain",))
    assert plain is not None
    assert "<script>alert(1)</script>" in plain.get_content()


def test_a_webhook_gets_hostile_names_as_text_that_calls_nobody_and_loads_nothing():
    with web_server() as web:
        assert send_to("webhook", BANDCAMP_ALERT_WEBHOOK_URL=web.url) == ""

    (body,) = web.bodies
    assert set(body) == {"text"}
    assert "&lt;script&gt;" in body["text"]
    assert [mark for mark in ("<", "@channel", "](") if mark in body["text"]] == []
    assert steers(body["text"]) == []


def test_a_preview_is_a_table_of_plain_cells():
    shown = preview(pl.DataFrame({"artist_name": [HOSTILE]}))

    assert shown.records[0].data == {"artist_name": HOSTILE}
