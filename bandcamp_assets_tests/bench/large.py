"""A run too large to sit through, killed and gone on with: what it took of memory, disk and time.

A history of so many rows, 1,000,000 in each 22 days, is landed and built; the process is killed while it cleans
days, and `bandcamp run` called again. Then one more day is added. The record goes to `LARGE.json` and `LARGE.md`
beside this module.

    python -m bandcamp_assets_tests.bench.large [--rows 100000000] [--folder FOLDER] [--keep]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bandcamp_assets.system.home import Home
from bandcamp_assets_tests.bench.files import write_history
from bandcamp_assets_tests.bench.history import measure_day_update
from bandcamp_assets_tests.bench.usage import Usage, measure
from bandcamp_assets_tests.bench.whole import BANDCAMP, steps

KILL_AFTER = "staged_sales, rejected_sales"
"""The step after which, and so many seconds later, the first process is killed."""
SECONDS_MORE = 15.0
GIB = 2**30


@dataclass
class DiskWatch:
    """The most that a folder's disk held while this was on, above what it held before, in bytes."""

    folder: Path
    most: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> DiskWatch:
        self._before = shutil.disk_usage(self.folder).used
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            self.most = max(self.most, shutil.disk_usage(self.folder).used - self._before)


def main() -> None:
    """Make the file, run, kill, run again, write what was seen."""
    parser = argparse.ArgumentParser(description="Run on a large file, kill it, and go on.")
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--folder", type=Path, help="where the file and the home are made; 0.8 GB a million rows")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent)
    parser.add_argument("--keep", action="store_true", help="keep the file and the home")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bandcamp-large-", dir=arguments.folder))
    try:
        result = record(arguments.rows, folder)
    finally:
        if not arguments.keep:
            shutil.rmtree(folder)
    (arguments.results / "LARGE.json").write_text(json.dumps(result, indent=2) + "\n")
    table = as_markdown(result)
    (arguments.results / "LARGE.md").write_text(table)
    print(table)


def record(rows: int, folder: Path) -> dict[str, Any]:
    """Do it all in an empty folder."""
    source = write_history(folder / "sales.csv.zst", rows)
    print(f"{source} has {source.stat().st_size:,} bytes", flush=True)
    home = Home(folder / "home")
    command: list[str | Path] = [BANDCAMP, "run", "--source", source]
    with DiskWatch(folder) as disk:
        killed = _until_killed(command, home.root)
        print(f"killed: {killed}", flush=True)
        again, printed = measure(command, home.root)
        print(f"again: {again}\n{printed}", flush=True)
    print(f"most on the disk: {disk.most:,} bytes", flush=True)
    sizes = _sizes(home.root)
    nothing, _ = measure(command, home.root)
    print(f"nothing to do: {nothing}", flush=True)
    day = measure_day_update(home.root, rows)
    print(f"one more day: {day}", flush=True)
    _, told = measure([BANDCAMP, "status"], home.root)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "rows": rows,
        "file_bytes": source.stat().st_size,
        "killed": asdict(killed),
        "again": asdict(again),
        "nothing_to_do": asdict(nothing),
        "one_more_day": day,
        "steps": steps(printed),
        "disk_most_bytes": disk.most,
        "disk_bytes": sizes,
        "status": _without_days(told),
    }


def _sizes(folder: Path) -> dict[str, int]:
    return {
        place.name: sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
        if place.is_dir()
        else place.stat().st_size
        for place in sorted(folder.iterdir())
    }


def _without_days(status: str) -> str:
    return "\n".join(line for line in status.splitlines() if not re.match(r"\d{4}-", line))


def _until_killed(command: list[str | Path], home: Path) -> Usage:
    """Run until some time after the step, then kill; what the process had taken by then."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        env={**os.environ, "BANDCAMP_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.strip().startswith(KILL_AFTER):
            break
    else:
        raise SystemExit("The run ended before it could be killed")
    threading.Timer(SECONDS_MORE, process.send_signal, [signal.SIGKILL]).start()
    process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if not os.WIFSIGNALED(status):
        raise SystemExit("The run ended before it could be killed")
    return Usage(
        round(time.perf_counter() - started, 1),
        round(usage.ru_utime + usage.ru_stime, 1),
        round(usage.ru_maxrss / 1024, 1),
    )


def as_markdown(result: dict[str, Any]) -> str:
    """The record as a page."""
    lines = [
        f"# A run of {result['rows']:,} rows\n",
        f"Made by `python -m bandcamp_assets_tests.bench.large --rows {result['rows']}` on {result['date']}:"
        f" {result['machine']}. The file has {result['file_bytes'] / GIB:.1f} GiB, compressed with zstandard. The"
        f" first process was killed (SIGKILL) {SECONDS_MORE:.0f} s after `{KILL_AFTER}`; the second went on.\n",
        "| | wall s | CPU s | peak MiB |\n|---|---|---|---|",
    ]
    for title, name in (
        ("`bandcamp run`, killed", "killed"),
        ("`bandcamp run` again, to the end", "again"),
        ("once more, nothing to do", "nothing_to_do"),
    ):
        one = result[name]
        lines.append(_row(title, one))
    parts = {"second process": result["steps"]}
    if day := result.get("one_more_day"):
        lines.append(_row("one more day", day["usage"]))
        parts["one more day"] = day["steps"]
    for title, taken in parts.items():
        lines.append(f"\n| seconds of the {title} | |\n|---|---|")
        lines += [f"| {name} | {seconds:.1f} |" for name, seconds in taken.items()]
    lines += ["\n| of the home | GiB |\n|---|---|"]
    lines += [f"| {name} | {size / GIB:.2f} |" for name, size in result["disk_bytes"].items() if size > GIB / 1000]
    lines += [
        f"| most at any moment, with temporary files | {result['disk_most_bytes'] / GIB:.2f} |",
        f"\nWhat was then said of the sales:\n\n```\n{result['status'].strip()}\n```\n",
    ]
    return "\n".join(lines)


def _row(title: str, usage: dict[str, float]) -> str:
    return f"| {title} | {usage['wall_seconds']:.0f} | {usage['cpu_seconds']:.0f} | {usage['peak_mib']:.0f} |"


if __name__ == "__main__":
    main()
