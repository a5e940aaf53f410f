"""The outbox, with targets that fail, come back or never answer; and the log as a target."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

import pytest

from bandcamp_assets.alerts.delivery import (
    GIVE_UP_SECONDS,
    MAX_WAITING,
    Outbox,
    targets_of,
)
from bandcamp_assets.alerts.fault import Severity
from bandcamp_assets.alerts.message import Message, News, Occasion, worded
from bandcamp_assets.alerts.settings import AlertSettings
from bandcamp_assets_tests.alerts.targets import FAULT, LOG, NEW, apprise, message, webhook
from bandcamp_assets_tests.alerts.web_server import WebServer


def test_the_platform_loads_without_loading_apprise() -> None:
    modules = "bandcamp_assets.definitions, bandcamp_assets.defs.sensors.alerts"
    loading = f"import sys, {modules}; print('apprise' in sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", loading], capture_output=True, text=True, check=True).stdout

    assert loaded == "False\n"


def test_the_log_is_as_loud_as_the_message_is_bad(caplog: pytest.LogCaptureFixture) -> None:
    to_log = targets_of(AlertSettings(), LOG)["log"]
    warning = News(Occasion.STILL, replace(FAULT, severity=Severity.WARNING))
    recovered = News(Occasion.RECOVERED, FAULT)

    with caplog.at_level(logging.INFO, LOG.name):
        for news in (NEW, warning, recovered):
            to_log(worded([news], 0, "", 0.0))

    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING", "INFO"]


@contextmanager
def silent_server() -> Iterator[int]:
    """A server that takes connections and never answers. Gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []
        threading.Thread(target=lambda: held.append(server.accept()[0]), daemon=True).start()
        yield int(server.getsockname()[1])
        for connection in held:
            connection.close()


def test_a_target_that_does_not_answer_keeps_the_others_from_nothing(web: WebServer) -> None:
    outbox = Outbox()
    with silent_server() as port:
        targets = {"silent": apprise(f"json://127.0.0.1:{port}?rto=0.3"), "web": webhook(web.url)}
        outbox.put(message(), targets)
        failed = outbox.deliver(targets, 1.6e9)

    assert list(failed) == ["silent"]
    assert len(web.bodies) == 1
    assert outbox.waiting == 1


class Moody:
    """A target that is away until told otherwise."""

    def __init__(self) -> None:
        self.away = True
        self.got: list[Message] = []

    def __call__(self, message: Message) -> str:
        if not self.away:
            self.got.append(message)
        return "away" if self.away else ""


def test_a_target_that_comes_back_gets_all_in_order_and_the_others_got_theirs_once() -> None:
    moody, steady = Moody(), Moody()
    steady.away = False
    outbox, targets = Outbox(), {"moody": moody, "steady": steady}
    for moment in (1.0, 2.0):
        outbox.put(message(moment), targets)
    assert outbox.deliver(targets, 0.0) == {"moody": "away"}

    moody.away = False
    assert outbox.deliver(targets, 3_600.0) == {}

    assert [m.created_at for m in moody.got] == [m.created_at for m in steady.got] == [1.0, 2.0]
    assert outbox.waiting == 0


def test_a_target_that_stays_away_is_tried_less_and_less_often() -> None:
    moody, outbox = Moody(), Outbox()
    outbox.put(message(0.0), {"moody": moody})

    tried = [second for second in range(0, 7_200, 30) if outbox.deliver({"moody": moody}, second)]

    assert tried[:4] == [0, 30, 90, 210]
    assert max(later - earlier for earlier, later in pairwise(tried)) <= 900


def test_what_waits_is_bounded_and_what_was_lost_is_said() -> None:
    moody, outbox = Moody(), Outbox()
    for number in range(MAX_WAITING + 30):
        outbox.put(message(float(number)), {"moody": moody})
    outbox.deliver({"moody": moody}, 100.0)
    moody.away = False

    outbox.deliver({"moody": moody}, 10_000.0)

    assert [m.created_at for m in moody.got] == [float(number) for number in range(30, MAX_WAITING + 30)]
    assert "30 earlier messages could not be delivered" in moody.got[0].text
    assert "could not be delivered" not in moody.got[1].text


def test_a_message_nobody_took_for_two_days_is_given_up() -> None:
    moody, outbox = Moody(), Outbox()
    outbox.put(message(0.0), {"moody": moody})

    outbox.deliver({"moody": moody}, GIVE_UP_SECONDS + 1)

    assert outbox.waiting == 0
