"""Invokes dbt in this process and leaves nothing behind in it.

dbt keeps its state in globals: flags, loggers, adapters, an open DuckDB file, the environment. So one invocation
runs at a time, and all of that is reset after it. Only this module uses dbt's own classes. `messages` receives
what dbt reports meanwhile, and `components.dbt.events` makes Dagster's events of the results.

The documented way to run dbt in a process is `dbtRunner` with a manifest and callbacks. There is no documented way
to close its DuckDB file and its log file.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from bandcamp_assets.dbt.environment import LOG_LEVEL_VARIABLE, dbt_environment
from bandcamp_assets.dbt.messages import Listener, Log, OnNode
from bandcamp_assets.dbt.project import DbtWorkspace
from bandcamp_assets.system.machine_faults import chain

LOG_FILE_BYTES = 2_000_000
"""The size at which `dbt.log` is rotated. Five older files are kept."""

LOG_LEVEL = "info"
"""The level of `dbt.log`, unless dbt's own `DBT_LOG_LEVEL_FILE` sets another. Its debug lines repeat SQL that is
kept anyway, and writing them takes a twelfth of dbt's time for a node."""

LOG_LEVELS = ("debug", "info", "warn", "error", "none")
"""The valid values of `DBT_LOG_LEVEL_FILE`. Any other value is not meant for this project."""

PROFILE = "bandcamp"
"""The only profile in the project's `profiles.yml`."""

_BAD = ("error", "fail", "runtime error", "partial success")
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class NodeFailure:
    """A failed node: its `unique_id` in the manifest, and dbt's `message`."""

    unique_id: str
    status: str
    message: str


@dataclass(frozen=True)
class Outcome:
    """The result of one invocation.

    Attributes:
        succeeded: Whether dbt would have exited with 0.
        message: dbt's message if it could not even run the nodes, else empty.
        causes: The error and its causes in that case, as `machine_faults.chain` gives them.
        events: `messages.RESULT_EVENTS` in their order, as the dicts of dbt's JSON log.
        failures: Failed nodes, without skipped ones.
        responses: The adapter's response to each node's own query, by unique id.
    """

    succeeded: bool
    message: str = ""
    causes: Sequence[tuple[str, str]] = ()
    events: list[dict[str, Any]] = field(default_factory=list)
    failures: list[NodeFailure] = field(default_factory=list)
    responses: dict[str, dict[str, Any]] = field(default_factory=dict)


def invoke(
    workspace: DbtWorkspace,
    arguments: Sequence[str],
    *,
    target_path: Path,
    parsed: bytes | None = None,
    log: Log | None = None,
    on_node: OnNode | None = None,
) -> Outcome:
    """Run one dbt command.

    Args:
        workspace: The project and the target.
        arguments: The command and its options, without those of the workspace.
        target_path: Folder for this invocation's artefacts.
        parsed: The parsed project in dbt's own format (see `manifest.read_parsed`), which saves parsing.
        log: Receives dbt's messages from level info on. Messages from `LOG_LEVEL` on go to `dbt.log`.
        on_node: Receives how many nodes of how many ended, whenever one ends.

    Raises:
        Exception: An error of `log` or `on_node`, raised once dbt has ended.
        BaseException: An error of the present signal handlers, raised once dbt has cancelled its queries.
    """
    interrupts: list[int] = []
    log_level = _log_level()
    with _ONE_AT_A_TIME, dbt_environment(workspace.env), ExitStack() as cleaning:
        runner_type, manifest_type, to_dict = _import_dbt()
        cleaning.callback(_clean)
        listener = Listener(to_dict, log, interrupts, on_node)
        # dbt changes the manifest it is given. Reading it again takes a seventh of the time of a copy.
        manifest = None if parsed is None else manifest_type.from_msgpack(parsed)
        runner = runner_type(manifest=manifest, callbacks=[listener])
        with _keyboard_interrupts(interrupts):
            result = runner.invoke(_command(workspace, arguments, target_path=target_path, log_level=log_level))
        if isinstance(result.exception, KeyboardInterrupt | SystemExit):
            raise result.exception
        if listener.error:
            raise listener.error
    return Outcome(
        succeeded=result.success,
        message="" if result.exception is None else str(result.exception).strip(),
        causes=tuple(chain(result.exception)) if result.exception else (),
        events=listener.results,
        failures=_failures(result.result),
        responses=_responses(result.result),
    )


def load_dbt() -> None:
    """Import dbt, which takes over a second. `invoke` does this too."""
    _import_dbt()


def _log_level() -> str:
    asked = os.environ.get(LOG_LEVEL_VARIABLE, LOG_LEVEL)
    return asked if asked in LOG_LEVELS else LOG_LEVEL


def _command(workspace: DbtWorkspace, arguments: Sequence[str], *, target_path: Path, log_level: str) -> list[str]:
    # The only command here that makes no artefacts does not know the option.
    artefacts = [] if "debug" in arguments else ["--target-path", str(target_path)]
    return [
        *("--log-level", "none", "--log-level-file", log_level),
        *("--log-path", str(workspace.log_dir), "--log-file-max-bytes", str(LOG_FILE_BYTES)),
        *("--no-use-colors", "--no-use-colors-file", "--no-send-anonymous-usage-stats"),
        *arguments,
        *("--project-dir", str(workspace.project_dir), "--profiles-dir", str(workspace.project_dir)),
        *("--profile", PROFILE, "--target", workspace.target),
        *artefacts,
    ]


def _failures(result: object) -> list[NodeFailure]:
    return [
        NodeFailure(one.node.unique_id, str(one.status), " ".join(str(one.message or "").split()))
        for one in getattr(result, "results", None) or ()
        if str(one.status) in _BAD
    ]


def _responses(result: object) -> dict[str, dict[str, Any]]:
    return {one.node.unique_id: dict(one.adapter_response) for one in getattr(result, "results", None) or ()}


def _import_dbt() -> tuple[Any, Any, Any]:
    root = logging.getLogger()
    handlers = list(root.handlers)
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.functions import msg_to_dict

    # Importing dbt adds a handler to the root logger, which would print each of our lines a second time.
    root.handlers[:] = handlers
    return dbtRunner, Manifest, msg_to_dict


@contextmanager
def _keyboard_interrupts(received: list[int]) -> Iterator[None]:
    """Let an interrupt reach dbt as `KeyboardInterrupt`, the only error on which it cancels its queries.

    `received` lists the signals.

    Dagster's handlers raise an error of their own, on which dbt would leave its threads running. They get the
    signal afterwards. Only the main thread receives signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if len(received) == 1:  # a second signal must not interrupt the cancelling
            raise KeyboardInterrupt

    handlers = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if received:
            signal.raise_signal(received[0])


def _clean() -> None:
    from dbt.adapters.factory import cleanup_connections, reset_adapters
    from dbt_common.events.event_manager_client import cleanup_event_logger

    cleanup_connections()  # type: ignore[no-untyped-call]
    reset_adapters()  # type: ignore[no-untyped-call]
    _close_duckdb()
    cleanup_event_logger()
    _close_log_file()


def _close_duckdb() -> None:
    # dbt-duckdb keeps the file open for the next command. Meanwhile no other process could write.
    module = sys.modules.get("dbt.adapters.duckdb.connections")
    if module is None:
        return
    manager = module.DuckDBConnectionManager
    environment, manager._ENV = manager._ENV, None
    if environment is not None:
        environment.close()


def _close_log_file() -> None:
    logger = logging.getLogger("file_log")  # dbt's name for it
    for handler in list(logger.handlers):
        handler.close()
        logger.removeHandler(handler)
