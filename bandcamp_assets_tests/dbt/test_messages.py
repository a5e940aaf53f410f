"""dbt's reports are kept and passed on. An error while passing them on is kept, and does not end a thread."""

from __future__ import annotations

import logging
import threading
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from bandcamp_assets.dbt import engine
from bandcamp_assets.dbt.manifest import load_manifest, prepare_manifest, read_parsed
from bandcamp_assets.dbt.messages import Listener
from bandcamp_assets_tests.dbt.conftest import Platform


def message(name: str, level: str = "info", msg: str = "said") -> SimpleNamespace:
    """A message as dbt gives it to a callback."""
    return SimpleNamespace(info=SimpleNamespace(name=name, level=level, msg=msg))


def as_dict(one: Any) -> dict[str, Any]:  # noqa: ANN401 - dbt's own class
    return {"name": one.info.name}


@pytest.mark.parametrize(
    ("name", "level", "passed_on"),
    [
        ("FinishedRunningStats", "info", [(logging.INFO, "said")]),
        ("DeprecatedModel", "warn", [(logging.WARNING, "said")]),
        ("LogModelResult", "error", [(logging.ERROR, "said")]),
        ("LogModelResult", "info", []),
        ("MainStackTrace", "error", []),
        ("SQLQuery", "debug", []),
    ],
)
def test_messages_for_people_are_passed_on(name: str, level: str, passed_on: list[tuple[int, str]]) -> None:
    passed: list[tuple[int, str]] = []
    listener = Listener(as_dict, lambda *one: passed.append(one), [])

    listener(message(name, level))

    assert passed == passed_on
    assert [one["name"] for one in listener.results] == ([name] if name == "LogModelResult" else [])


def test_after_an_interrupt_results_are_kept_and_nothing_is_passed_on() -> None:
    passed: list[tuple[int, str]] = []
    listener = Listener(as_dict, lambda *one: passed.append(one), [2])

    listener(message("LogModelResult", "error"))

    assert (len(listener.results), passed) == (1, [])


def test_the_first_error_is_kept_and_results_go_on() -> None:
    def refuse(_level: int, text: str) -> None:
        raise OSError(28, text)

    listener = Listener(as_dict, refuse, [])

    listener(message("LogTestResult", "warn", "first"))
    listener(message("LogTestResult", "warn", "second"))

    assert str(listener.error) == "[Errno 28] first"
    assert len(listener.results) == 2


def test_an_invocation_whose_messages_cannot_be_logged_ends_with_that_error(platform: Platform) -> None:
    # A sale without an id: a test fails, and dbt says so in its thread for the test.
    platform.load([(None, date(2020, 9, 9), "a", 1.00)])
    prepare_manifest(platform.workspace)
    parsed = read_parsed(platform.workspace, load_manifest(platform.workspace))

    def refuse(_level: int, _text: str) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        engine.invoke(
            platform.workspace,
            ["build", "--exclude-resource-type", "unit_test"],
            target_path=platform.workspace.target_dir / "run",
            parsed=parsed,
            log=refuse,
        )
