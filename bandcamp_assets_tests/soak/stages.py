"""Every stage from the raw file to the table `sales`, in one process that forks a child for each run.

The assets and their blocking checks are the real ones; left out are dbt, the report and Dagster's own database, so
that a run takes a second and can be stopped at each single call. Loading the libraries is paid once.

    python -m bandcamp_assets_tests.soak.stages      reads requests as lines of JSON, answers each with a line
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from bandcamp_assets.cli.console import StepLog, event_logger
from bandcamp_assets.cli.prepare import prepare_home
from bandcamp_assets.cli.progress_bar import StepBar
from bandcamp_assets.cli.runs import _execute, land
from bandcamp_assets.definitions import load_landing_definitions
from bandcamp_assets.defs.assets import cleaning, objects, warehouse
from bandcamp_assets.defs.checks import layers
from bandcamp_assets.defs.partitions import range_tags
from bandcamp_assets.defs.resources import landing_resources
from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.system.errors import PlatformError, RunFailed
from bandcamp_assets.system.instance.local import only_run
from bandcamp_assets_tests.soak.shim import Counter, Stop, arm, library

HUNG_SECONDS = 300
"""A child that takes longer hangs."""

_CHECKS = [
    layers.staged_rows_are_sales_or_duplicates,
    layers.objects_hold_the_cleaned_sales,
    layers.the_warehouse_holds_the_objects,
]


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        status: 0; 1 for an error; the signal's number, negative; -14 if it hung.
        said: The errors, as people read them.
        unclear: Whether an error was none of ours, so that people would see a stack trace or a library's words.
        calls: How many calls changed files.
    """

    status: int
    said: str
    unclear: bool
    calls: int


class Stages:
    """The process that forks, started with the counting library under it. A context manager."""

    def __enter__(self) -> Stages:
        self._folder = tempfile.TemporaryDirectory(prefix="stages-")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bandcamp_assets_tests.soak.stages"],
            env={**os.environ, "LD_PRELOAD": str(library()), "STEPS_ROOT": "", "DO_NOT_TRACK": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._folder.cleanup()

    def run(self, home: Path, source: Path | None, stop: Stop | None = None) -> Ended:
        """Run all stages on a home in a child.

        Args:
            home: The home.
            source: The raw file; None lands only what lies in the inbox.
            stop: Where to stop it.
        """
        counter = Counter(Path(self._folder.name) / "counter")
        request = {
            "home": str(home),
            "source": str(source or ""),
            "counter": str(counter.path),
            "stop": asdict(stop or Stop()),
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Ended(answer["status"], answer["said"], answer["unclear"], counter.read())


def serve() -> None:
    """Answer requests until there are no more."""
    # Loaded before the first fork; nothing here may start a thread, which a fork would not take along.
    import pyarrow.parquet  # noqa: F401

    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        signal.alarm(HUNG_SECONDS)
        status, said, unclear = _run(request)
        os.write(writer, json.dumps({"said": said[:8000], "unclear": unclear}).encode())
        os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as told:
        text = told.read()
    _, status = os.waitpid(child, 0)
    answer = json.loads(text) if text else {"said": "", "unclear": False}
    return {"status": os.waitstatus_to_exitcode(status), **answer}


def _run(request: dict[str, Any]) -> tuple[int, str, bool]:
    home = Path(request["home"])
    env = {"BANDCAMP_HOME": str(home)} | ({"BANDCAMP_SOURCE": request["source"]} if request["source"] else {})
    arm(home, Path(request["counter"]), Stop(**request["stop"]))
    try:
        run_stages(env)
    except PlatformError as error:
        return 1, str(error), False
    except RunFailed as failed:
        # What a step says is a PlatformError's text or a failed check of ours; all else is a fault of the product.
        clear = [text for text in failed.failures if "what to do:" in text or text.startswith("check ")]
        return 1, "\n".join(failed.failures), len(clear) < len(failed.failures) or not clear
    except BaseException as error:
        import traceback

        return 1, "".join(traceback.format_exception(error)), True
    return 0, "", False


def run_stages(env: dict[str, str]) -> None:
    """Land, stage, clean, put objects, load the table, each with its check, as `bandcamp run` does.

    Raises:
        PlatformError: As `bandcamp run`.
        RunFailed: As `bandcamp run`.
    """
    log = StepLog()
    console = event_logger(log, StepBar())
    home = Path(env["BANDCAMP_HOME"])
    from bandcamp_assets.system.home import Home

    with only_run(Home(home), on_wait=lambda: None), contextlib.ExitStack() as stack:
        deployment = prepare_home(env)
        deployment.verify()
        instance = stack.enter_context(dg.DagsterInstance.ephemeral())
        landing = load_landing_definitions(deployment, console=console)
        land(landing, instance, log, {}, with_pages=any(deployment.settings.home.feed.glob("*")))
        state = deployment.build_state()
        for first, last in state.plan().ranges:
            definitions = _days(deployment, console)
            job = definitions.resolve_implicit_global_asset_job_def()
            _execute(job, instance, log, tags=range_tags(first, last))
        # What dbt would make of it is not the concern here.
        state.record_fact(deployment.catalog.cleaned_days())


def _days(deployment: Deployment, console: dg.LoggerDefinition) -> dg.Definitions:
    return dg.Definitions(
        assets=[cleaning.clean, objects.sales_objects, warehouse.sales],
        asset_checks=_CHECKS,
        resources=landing_resources(deployment),
        executor=dg.in_process_executor,
        loggers={"console": console},
    )


if __name__ == "__main__":
    serve()
