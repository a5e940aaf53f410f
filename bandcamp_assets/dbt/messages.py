"""Receives what dbt reports while it works: keeps the results of nodes, and passes messages on.

`engine` makes the outcome of an invocation, and `components.dbt.events` Dagster's events.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

Log = Callable[[int, str], None]
"""A function that takes a level of `logging` and a message."""

OnNode = Callable[[int, int | None], None]
"""A function that takes the number of nodes that ended, and of all nodes if dbt says it."""

RESULT_EVENTS = ("LogModelResult", "LogSeedResult", "LogSnapshotResult", "LogTestResult")
"""dbt's events that say how a node ended."""

TRACE_EVENTS = ("MainEncounteredError", "MainStackTrace")
"""Events that only go to `dbt.log`, because they are also raised as an error or follow from an interrupt."""

QUIET_EVENTS = ("LogStartLine", *RESULT_EVENTS)
"""Events that only go to `dbt.log` if a node succeeds, because Dagster has its own event for each node."""

_LEVELS = {"info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}


class Listener:
    """Receives dbt's messages, also in its threads for the nodes.

    It never raises in these threads, as dbt would wait forever for a thread that ended with an error.

    Args:
        to_dict: Converts a message to the dict of dbt's JSON log.
        log: Receives messages from level info on; None to pass on none.
        interrupts: The signals so far.
        on_node: Receives how many nodes ended; None to pass on nothing.

    Attributes:
        results: `RESULT_EVENTS` in their order.
        error: The first error of `log`, with which the invocation must end. No message is passed on after it.
    """

    def __init__(
        self,
        to_dict: Callable[[Any], dict[str, Any]],
        log: Log | None,
        interrupts: Sequence[int],
        on_node: OnNode | None = None,
    ) -> None:
        self.results: list[dict[str, Any]] = []
        self.error: Exception | None = None
        self._to_dict = to_dict
        self._log = log
        self._interrupts = interrupts
        self._on_node = on_node

    def __call__(self, message: Any) -> None:  # noqa: ANN401 - a protobuf class without attributes of its own
        """Receive one message."""
        try:
            if message.info.name in RESULT_EVENTS:
                self.results.append(self._to_dict(message))
                if self._on_node:
                    data = self.results[-1]["data"]
                    # Tests have the second name.
                    self._on_node(len(self.results), data.get("total") or data.get("num_models"))
            self._pass_on(message)
        except Exception as error:
            self.error = self.error or error

    def _pass_on(self, message: Any) -> None:  # noqa: ANN401 - as above
        level = _LEVELS.get(message.info.level)
        quiet = message.info.name in QUIET_EVENTS and level == logging.INFO
        wanted = message.info.msg.strip() and not quiet and message.info.name not in TRACE_EVENTS
        # The error of an interrupted query need not be reported.
        if self._log and level is not None and wanted and not self._interrupts and not self.error:
            self._log(level, message.info.msg)
