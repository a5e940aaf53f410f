"""A line at the foot of a terminal: the step at work, a bar, the rate and the time that is left.

It is only drawn on a terminal. `console` prints what stays on the screen, and uses this module to do so.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from bandcamp_assets.system.progress import Report, watched_by
from bandcamp_assets.system.terminal import visible

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class StepBar:
    """The line of the step at work. Without a terminal it only prints what is said.

    Args:
        drawn: Draws the line; None without a terminal.
    """

    def __init__(self, drawn: Progress | None = None) -> None:
        self._drawn = drawn
        self._task: TaskID | None = None

    def begin(self, step: str) -> None:
        """Name a step at the foot of the screen, in place of the one before."""
        if self._drawn is None:
            return
        self.end()
        # Without a total the bar only shows that something moves.
        self._task = self._drawn.add_task(step, total=None, counted="", rate="")

    def end(self) -> None:
        """Take the line away."""
        if self._drawn is not None and self._task is not None:
            self._drawn.remove_task(self._task)
            self._task = None

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Name what is done meanwhile, which is not a step of a run."""
        self.begin(name)
        try:
            yield
        finally:
            self.end()

    def show(self, report: Report) -> None:
        """Draw how far the step is."""
        if self._drawn is None or self._task is None:
            return
        of = f" of {report.total:,}" if report.total else ""
        self._drawn.update(
            self._task, completed=report.done, total=report.total, counted=f"{report.done:,}{of} {report.unit}"
        )
        speed = self._drawn.tasks[-1].speed
        self._drawn.update(self._task, rate=f"{speed:,.0f}/s" if speed and speed >= 1 else "")

    def say(self, line: str) -> None:
        """Print a line, above the line of the step."""
        text = visible(line, keep="\n")
        if self._drawn is None:
            click.echo(text, file=sys.stderr)
            return
        # Not wrapped, as the text may be copied.
        self._drawn.console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)


@contextmanager
def step_bar() -> Iterator[StepBar]:
    """A bar on standard error if that is a terminal which can move its cursor."""
    if not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield StepBar()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    # Dagster sends what a step writes to standard error to a file, and shows it late. A bar goes to the terminal.
    own = os.dup(sys.stderr.fileno())
    with os.fdopen(own, "w", encoding=sys.stderr.encoding, errors="backslashreplace") as terminal:
        drawn = Progress(
            TextColumn("  {task.description:<34}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[counted]}", markup=False),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(file=terminal),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        bar = StepBar(drawn)
        with drawn, watched_by(bar.show):
            # A killed command could not show the cursor again.
            drawn.console.show_cursor(True)
            yield bar
