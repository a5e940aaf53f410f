"""What dbt reports while it works: results of nodes are kept, messages are passed on.

What an invocation comes to stands in `engine`, and what results mean to Dagster in `events`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

Log = Callable[[int, str], None]
"""Takes a level of `logging` and a message."""

RESULT_EVENTS = ("LogModelResult", "LogSeedResult", "LogSnapshotResult", "LogTestResult")
"""dbt's events that say how a node ended."""

TRACE_EVENTS = ("MainEncounteredError", "MainStackTrace")
"""Events that stay in `dbt.log`: what they say is raised, too, or follows from being interrupted."""

QUIET_EVENTS = ("LogStartLine", *RESULT_EVENTS)
"""Events that stay in `dbt.log` when all is well: Dagster has an event of its own for each node."""

_LEVELS = {"info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}


class Listener:
    """Receives dbt's messages, also in its threads for the nodes.

    It never raises there: dbt would wait for ever for a thread that ended with an error.

    Args:
        to_dict: Turns a message into the dict that dbt's JSON log holds.
        log: Receives messages from level info on; none if it is None.
        interrupts: Signals that came so far.

    Attributes:
        results: `RESULT_EVENTS` in the order they came.
        error: The first error in here, which the invocation has to end with. Nothing is passed on after it.
    """

    def __init__(
        self, to_dict: Callable[[Any], dict[str, Any]], log: Log | None, interrupts: Sequence[int]
    ) -> None:
        self.results: list[dict[str, Any]] = []
        self.error: Exception | None = None
        self._to_dict = to_dict
        self._log = log
        self._interrupts = interrupts

    def __call__(self, message: Any) -> None:  # noqa: ANN401 - a protobuf class without attributes of its own
        """Take one message."""
        try:
            if message.info.name in RESULT_EVENTS:
                self.results.append(self._to_dict(message))
            self._pass_on(message)
        except Exception as error:
            self.error = self.error or error

    def _pass_on(self, message: Any) -> None:  # noqa: ANN401 - as above
        level = _LEVELS.get(message.info.level)
        quiet = message.info.name in QUIET_EVENTS and level == logging.INFO
        wanted = message.info.msg.strip() and not quiet and message.info.name not in TRACE_EVENTS
        # What an interrupted query ends with is no error to tell of.
        if self._log and level is not None and wanted and not self._interrupts and not self.error:
            self._log(level, message.info.msg)
