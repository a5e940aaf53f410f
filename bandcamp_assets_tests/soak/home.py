"""`python -m bandcamp_assets_tests.soak.home`: what can happen to the files of a home, and what happens then.

Each kind of file that a home has is emptied, removed, damaged or replaced by an older copy; the home is moved, and
copied during a run. Then `bandcamp status` is asked, and `bandcamp run` runs. The judge is Python's own `csv`: at
no time may a command end well while `fct_sales` holds other sales than the files that were delivered.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bandcamp_assets_tests.soak.home_judge import Line, build
from bandcamp_assets_tests.soak.home_trials import file_trials, home_trials

PREFIX = "soak-home-"
PAGE = Path(__file__).with_name("HOME.md")


def markdown(lines: list[Line], trials: int, seconds: float) -> str:
    """The table as a page, of so many trials in all, which may have been stopped before its end."""
    wrong = sum(bool(line.wrong) for line in lines)
    rows = [("file", "what was done", "`bandcamp status`", "the next `bandcamp run`"), ("---",) * 4]
    for line in lines:
        told = f"{line.run}; **WRONG: {line.wrong}**" if line.wrong else line.run
        rows.append((line.kind, line.hurt, _without_folder(line.status), _without_folder(told)))
    table = "".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |\n" for row in rows)
    return (
        "# What can happen to a home directory\n\n"
        f"Made by `python -m bandcamp_assets_tests.soak.home` on {datetime.now(UTC).date()}:"
        f" {len(lines)} of {trials} trials in {seconds / 60:.0f} minutes, {wrong} of them wrong.\n\n"
        "A home of three days, built from two deliveries of which the second corrects the first. Each kind of\n"
        "file that it has is found by walking it, and one of the kind is hurt. *Healed*: the run ends well, and\n"
        "`bandcamp status --deep` finds nothing afterwards. *Same time*: size and time of the file are as they\n"
        "were, so that only `--deep`, the weekly `reconcile`, or what reads the file can tell. In every line,\n"
        "each command that ended well left in `fct_sales` just the sales that Python reads in the files.\n\n"
        f"{table}"
    )


def _without_folder(told: str) -> str:
    """Without the folder that the home lay in, which is another one each time."""
    return re.sub(rf"{re.escape(tempfile.gettempdir())}/{PREFIX}\w+/", "…/", told)


def main() -> int:
    """Try all, print the table, and write the page line by line, unless only some are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="Only trials whose names this pattern is found in.")
    only = parser.parse_args().only
    started = time.monotonic()
    lines: list[Line] = []
    page = ""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        homes = build(Path(folder))
        # The whole home first: these trials are few, and touch everything.
        trials = [*home_trials(homes, only), *file_trials(homes, only)]
        for trial in trials:
            lines.append(trial())
            print(lines[-1], flush=True)
            page = markdown(lines, len(trials), time.monotonic() - started)
            if not only:
                PAGE.write_text(page)
    print(page)
    return int(any(line.wrong for line in lines))


if __name__ == "__main__":
    raise SystemExit(main())
