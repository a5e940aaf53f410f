"""The cursor of the sensor: wiped runs, older versions, and texts that are not cursors."""

from __future__ import annotations

import json
import time

from bandcamp_assets.alerts.fault import Days, Fault
from bandcamp_assets_tests.alerts.graph import Watched, disk_full
from bandcamp_assets_tests.alerts.web_server import WebServer

CLOCK = "bandcamp_assets.defs.sensors.alerts.time.time"
HOUR = 3_600.0


def test_runs_that_were_wiped_do_not_deafen_the_sensor(watched: Watched, web: WebServer) -> None:
    watched.weather.soft_passes = False
    watched.run("whole")
    watched.tick()
    watched.instance.wipe()
    watched.tick()
    web.texts()
    watched.weather.daily = disk_full()

    watched.run("daily", "2020-09-10")
    watched.tick()

    (text,) = web.texts()
    assert "No space left" in text


def test_a_text_that_is_not_a_cursor_begins_anew(watched: Watched) -> None:
    watched.cursor = '{"gate": 0}'

    assert watched.tick() == "nothing new; 0 open"


def test_a_cursor_of_an_older_version_tells_nothing_twice_and_loses_nothing(
    watched: Watched, web: WebServer
) -> None:
    watched.weather.daily = disk_full()
    watched.run("daily", "2020-09-10")
    fault = {
        "scope": "step:daily",
        "severity": "error",
        "what": "The file system refused: No space left",
        "where": "/data/home",
        "remedy": "",
        "days": {"first": "2020-09-10", "last": "2020-09-10"},
        "run_id": "x",
        "at": 1.6e9,
    }
    fingerprint = Fault(**{**fault, "days": Days("2020-09-10", "2020-09-10")}).fingerprint
    message = {
        "subject": "[bandcamp] told late",
        "text": "told late",
        "html": "",
        "severity": "error",
        "created_at": time.time(),
        "identity": "x",
    }
    opened = {"fault": fault, "since": 1.6e9, "told_at": time.time(), "count": 0}
    watched.cursor = json.dumps(
        {
            "version": 1,
            "position": {"event_id": 3, "floor": -1, "recent": [[3, "abcdefgh"]]},
            "gate": {"open": {fingerprint: opened}, "news": [], "more": 0, "sent_at": [], "quiet_until": 0.0},
            "outbox": {"lines": {"webhook": {"waiting": [message], "failures": 1, "retry_at": 0.0, "lost": 0}}},
        }
    )
    watched.tick()
    waiting = web.texts()
    watched.run("daily", "2020-09-10")
    watched.tick()
    again = web.texts()
    watched.weather.daily = None
    watched.run("daily", "2020-09-10")
    watched.tick()

    assert ["told late" in text for text in waiting] == [True]
    assert again == []
    assert ["recovered: daily" in text for text in web.texts()] == [True]
