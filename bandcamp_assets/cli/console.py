"""Prints a run: a line for each finished step, and each failure once. `progress_bar` draws the step at work."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from bandcamp_assets.cli.progress_bar import StepBar
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import named_home
from bandcamp_assets.system.machine_faults import machine_fault


@dataclass
class StepLog:
    """The events of the runs of this command.

    Attributes:
        seconds: Time of each step, by its name for people.
        failures: What failed, in order, as text for people.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


class EventPrinter(logging.Handler):
    """Prints Dagster's events as they happen."""

    def __init__(self, log: StepLog, bar: StepBar) -> None:
        super().__init__()
        self._log = log
        self._bar = bar

    def emit(self, record: logging.LogRecord) -> None:
        """Print one event, if it is of interest to people."""
        meta = getattr(record, "dagster_meta", None) or {}
        event: dg.DagsterEvent | None = meta.get("dagster_event")
        if event is None:
            # The executor's lines, without a step or about skipped steps, only repeat what failed.
            text = str(meta.get("orig_message") or record.getMessage())
            if record.levelno >= logging.WARNING and meta.get("step_key") and not text.startswith(_SKIPPED):
                self._bar.say(f"    {text}")
            return
        if event.event_type_value == "STEP_START":
            self._bar.begin(_shown(event.step_key))
        elif event.event_type_value == "STEP_SUCCESS":
            self._finished(event)
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            self._checked(event.asset_check_evaluation_data)
        elif event.event_type_value == "ENGINE_EVENT" and "pool" in event.engine_event_data.metadata:
            self._bar.say(f"    {event.step_key} waits for another run: {event.message}")
        elif event.event_type_value == "STEP_FAILURE" and event.step_failure_data.error:
            self._log.failures.append(_root_cause(event.step_failure_data.error))

    def _finished(self, event: dg.DagsterEvent) -> None:
        seconds = event.step_success_data.duration_ms / 1000
        name = _shown(event.step_key)
        self._log.seconds[name] = self._log.seconds.get(name, 0.0) + seconds
        self._bar.end()
        if name in _STEPS:
            self._bar.say(f"  {name:<34}{seconds:8.2f} s")

    def _checked(self, evaluation: dg.AssetCheckEvaluation) -> None:
        if evaluation.passed or evaluation.severity == dg.AssetCheckSeverity.WARN:
            return  # a warning does not make a run fail
        details = evaluation.metadata.get("differences")
        shown = f": {'; '.join(map(str, details.value))}" if details and isinstance(details.value, list) else ""
        what = evaluation.description or "failed"
        self._log.failures.append(
            f"check {evaluation.check_name} on {evaluation.asset_key.to_user_string()}: {what}{shown}"
        )


_SKIPPED = "Dependencies for step"
"""The prefix of the executor's lines about skipped steps."""

_STEP_NAMES = {
    "stage": "staged_sales, rejected_sales",
    "clean": "cleaned_sales, duplicate_sales",
    "dbt_reference": "dbt: seeds and dimensions",
    "dbt_daily": "dbt: facts and rollups",
    "dbt_marts": "dbt: marts",
    "share_tables": "data_package",
}

_STEPS = {
    "raw_sales",
    "raw_objects",
    "sales_objects",
    "sales",
    "ledger",
    "sales_dashboard",
    "dbt_docs",
    *_STEP_NAMES.values(),
}
"""Steps with a line of their own. Checks are printed only if they fail."""


def _shown(step_key: str | None) -> str:
    key = step_key or ""
    return _STEP_NAMES.get(key, key if key in _STEPS else "checks")


class LinePrinter(logging.Handler):
    """Prints the platform's own lines.

    Args:
        bar: The line of the step at work.
    """

    def __init__(self, bar: StepBar) -> None:
        super().__init__()
        self._bar = bar

    def emit(self, record: logging.LogRecord) -> None:
        """Print one line, but not a warning within a step: Dagster has it as an event, for `EventPrinter`."""
        if record.levelno < logging.WARNING:
            self._bar.say(f"    {record.getMessage()}")


def event_logger(log: StepLog, bar: StepBar) -> dg.LoggerDefinition:
    """A logger for Dagster that prints through `EventPrinter`."""

    def console(_context: dg.InitLoggerContext) -> logging.Logger:
        logger = logging.Logger("console", level=logging.DEBUG)
        logger.addHandler(EventPrinter(log, bar))
        return logger

    return dg.LoggerDefinition(console, description="Prints the steps of a run for people.")


def _root_cause(error: SerializableErrorInfo) -> str:
    """The message of the root cause: the innermost PlatformError, or else the innermost error."""
    if known := PlatformError.recorded(error):
        return str(known)
    chain = [error]
    while chain[-1].cause:
        chain.append(chain[-1].cause)
    fault = machine_fault([(one.cls_name or "", one.message) for one in chain], named_home(os.environ))
    return str(fault) if fault else chain[-1].message.strip()
