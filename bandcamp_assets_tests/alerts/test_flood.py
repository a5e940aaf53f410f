"""The gate says each thing once, sums up, and stays bounded, whatever comes."""

from __future__ import annotations

from bandcamp_assets.alerts.fault import Days, Fault, Passed, Severity
from bandcamp_assets.alerts.flood import (
    MAX_MESSAGES_AN_HOUR,
    MAX_OPEN,
    QUIET_SECONDS,
    FloodGate,
)
from bandcamp_assets.alerts.message import Message
from bandcamp_assets.alerts.state import AlertState

HOUR = 3_600.0
DAY = 24 * HOUR


ALL_DAYS = Days()


def fault(what: str = "It broke", *, where: str = "here", at: float = 0.0, days: Days = ALL_DAYS) -> Fault:
    return Fault("step:x", Severity.ERROR, what, where, "mend it", days, "run-1", at)


def told(gate: FloodGate, now: float) -> list[Message]:
    message = gate.message("", now)
    return [message] if message else []


def subjects(messages: list[Message]) -> list[str]:
    return [message.subject.removeprefix("[bandcamp] ") for message in messages]


def test_a_fault_that_goes_on_is_summed_up_once_a_day() -> None:
    gate = FloodGate()
    messages: list[Message] = []
    for hour in range(50):
        gate.see(fault(at=hour * HOUR), hour * HOUR, DAY)
        messages += told(gate, hour * HOUR)

    assert subjects(messages) == [
        "failed: x: It broke",
        "still failing: x: It broke",
        "still failing: x: It broke",
    ]
    assert "24 times" in messages[1].text


def test_other_numbers_in_the_same_sentence_are_the_same_fault() -> None:
    assert (
        fault("3 days differ, request 4f3a2b1c9d").fingerprint
        == fault("4 days differ, request 0a1b2c3d4e").fingerprint
    )


def test_another_place_another_scope_and_other_days_are_other_faults() -> None:
    day, next_day = Days("2020-09-10", "2020-09-10"), Days("2020-09-11", "2020-09-11")
    step, check = (Fault(scope, Severity.ERROR, "It broke", "here") for scope in ("step:x", "check:x:y"))

    assert fault(where="a.csv, row 1").fingerprint != fault(where="b.csv, row 1").fingerprint
    assert fault(days=day).fingerprint != fault(days=next_day).fingerprint
    assert step.fingerprint != check.fingerprint


def test_a_fault_on_two_days_ends_with_a_run_that_covers_both() -> None:
    gate = FloodGate()
    gate.see(fault(days=Days("2020-09-10", "2020-09-11")), 0.0, DAY)
    told(gate, 0.0)

    gate.passes(Passed("step:x", Days("2020-09-10", "2020-09-10"), 1.0))
    assert told(gate, 1.0) == []
    gate.passes(Passed("step:x", Days("2020-09-09", "2020-09-12"), 2.0))

    assert subjects(told(gate, 2.0)) == ["recovered: x"]


def test_what_passed_before_a_fault_does_not_end_it() -> None:
    gate = FloodGate()
    gate.see(fault(at=10.0), 10.0, DAY)

    gate.passes(Passed("step:x", Days(), 9.0))

    assert len(gate.open) == 1


def test_what_passes_ends_no_fault_of_another_step() -> None:
    gate = FloodGate()
    gate.see(fault(at=10.0), 10.0, DAY)

    gate.passes(Passed("step:y", Days(), 11.0))

    assert len(gate.open) == 1


def test_a_source_that_names_nothing_ends_only_faults_of_its_own() -> None:
    gate = FloodGate()
    gate.see(fault(), 0.0, DAY)
    gate.stands("feed gap", [Fault("feed gap:x", Severity.WARNING, "No sales", "feed")], 0.0, DAY)
    told(gate, 0.0)

    gate.stands("feed gap", [], 60.0, DAY)

    assert subjects(told(gate, 60.0)) == ["recovered: x"]
    assert [known.fault.scope for known in gate.open.values()] == ["step:x"]


def test_a_source_that_names_no_more_what_is_older_than_a_month_ends_it_without_a_word() -> None:
    gate = FloodGate()
    gate.stands("feed gap", [Fault("feed gap:x", Severity.WARNING, "No sales", "feed")], 0.0, DAY)
    told(gate, 0.0)

    gate.stands("feed gap", [], 31 * DAY, DAY)

    assert told(gate, 31 * DAY) == []
    assert gate.open == {}


def test_different_faults_all_day_long_stay_within_the_hourly_budget() -> None:
    gate = FloodGate()
    times: list[float] = []
    for second in range(0, int(DAY), 30):
        gate.see(fault(where=f"place {second}", at=second), second, DAY)
        times += [second] * len(told(gate, second))

    busiest = max(sum(start <= time < start + HOUR for time in times) for start in times)
    assert busiest <= MAX_MESSAGES_AN_HOUR


def test_many_at_once_are_one_message_and_then_it_is_quiet_for_a_while() -> None:
    gate = FloodGate()
    for number in range(1_000):
        gate.see(fault(where=f"place {number}"), 0.0, DAY)

    (digest,) = told(gate, 0.0)
    gate.see(fault(where="one more"), 1.0, DAY)

    assert "1000 things to know" in digest.subject
    assert "and 980 more" in digest.text
    assert told(gate, 1.0) == []
    assert subjects(told(gate, QUIET_SECONDS)) == ["failed: x: It broke"]


def test_errors_are_named_before_warnings_in_a_digest() -> None:
    gate = FloodGate()
    for number in range(30):
        gate.see(Fault("check:a:b", Severity.WARNING, "odd", f"place {number}"), 0.0, DAY)
    gate.see(fault("The one error"), 0.0, DAY)

    (digest,) = told(gate, 0.0)

    assert "The one error" in digest.text


def test_what_is_remembered_is_bounded_and_survives_a_restart() -> None:
    gate = FloodGate()
    for number in range(MAX_OPEN + 100):
        gate.see(fault("w" * 10_000, where=f"{number}" + "p" * 10_000, at=number).masked(()), number, DAY)
    told(gate, 0.0)

    cursor = AlertState(gate).to_cursor()

    assert {known.fault.at for known in gate.open.values()} == set(range(100, MAX_OPEN + 100))
    assert len(cursor) < 80_000
    assert AlertState.from_cursor(cursor).to_cursor() == cursor


def test_a_state_that_stands_wrong_is_told_again_each_day_and_not_counted() -> None:
    gate = FloodGate()
    messages: list[Message] = []
    for minute in range(0, 2 * 24 * 60, 30):
        gate.stands("step", [fault(at=minute * 60.0)], minute * 60.0, DAY)
        messages += told(gate, minute * 60.0)

    assert subjects(messages) == ["failed: x: It broke", "still failing: x: It broke"]
    assert "times" not in messages[1].text
