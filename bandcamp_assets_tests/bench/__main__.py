"""`make bench`: the whole platform beside the bare work, in turns, on the same file.

Each round is one process of each kind, from an empty folder to the marts: wall and CPU seconds and peak memory
as the operating system accounts for the finished process. The ratio is taken round by round, so that it holds when
the machine's speed drifts. Where the time of the platform goes is printed from its own summary.

    python -m bandcamp_assets_tests.bench [--rows 1000000] [--rounds 3] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

from bandcamp_assets.sample import write_sample
from bandcamp_assets_tests.bench.page import page_seconds

BANDCAMP = Path(sys.executable).with_name("bandcamp")
REFERENCE_TABLES = (
    *("item_types", "countries", "country_texts", "bandcamp_fridays", "published_figures"),
    *("dim_country", "dim_date"),
)


@dataclass(frozen=True)
class Usage:
    """What one finished process took."""

    wall_seconds: float
    cpu_seconds: float
    peak_mib: float


def measure(command: list[str], home: Path) -> tuple[Usage, str]:
    """Run a command to its end; give what it took and what it printed."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, "BANDCAMP_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed: {printed}")
    return Usage(
        round(time.perf_counter() - started, 2),
        round(usage.ru_utime + usage.ru_stime, 2),
        round(usage.ru_maxrss / 1024, 1),
    ), printed


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="bandcamp-bench-") as name:
        folder = Path(name)
        source = folder / "sales.csv"
        print(f"Making {arguments.rows:,} rows …", flush=True)
        write_sample(source, rows=arguments.rows)
        run = [str(BANDCAMP), "run", "--source", str(source)]
        print("Warming up (this also compiles dbt's SQL for the bare script) …", flush=True)
        measure(run, folder / "warm")
        compiled = _compiled_sql(folder / "warm", folder / "compiled")
        rounds, printed = _rounds(arguments.rounds, run, source, folder, compiled)
        again, _ = measure(run, folder / "home")
        page = page_seconds(folder / "home" / "dashboard" / "index.html")
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "rows": arguments.rows,
        "rounds": [{kind: asdict(usage) for kind, usage in each.items()} for each in rounds],
        "nothing_to_do": asdict(again),
        "dashboard": page,
    }
    _print(result, printed)
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the platform beside the bare work.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def _compiled_sql(home: Path, folder: Path) -> Path:
    """Keep the SQL that dbt compiled, in which order, and the seeds and dimensions, for the bare script."""
    shutil.copytree(home / "dbt" / "target" / "compiled", folder)
    nodes = json.loads((home / "dbt" / "target" / "manifest.json").read_bytes())["nodes"]
    models = {
        key: set(node["depends_on"]["nodes"])
        for key, node in nodes.items()
        if node["resource_type"] == "model" and "reference" not in node["tags"]
    }
    order = [nodes[key]["name"] for key in TopologicalSorter(models).static_order() if key in models]
    (folder / "order.json").write_text(json.dumps(order))
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as connection:
        for table in REFERENCE_TABLES:
            connection.execute(f"copy bandcamp.{table} to '{folder / table}.parquet'")
    return folder


def _rounds(
    count: int, run: list[str], source: Path, folder: Path, compiled: Path
) -> tuple[list[dict[str, Usage]], str]:
    rounds, printed = [], ""
    for number in range(1, count + 1):
        home, bare = folder / "home", folder / "bare"
        for used in (home, bare):
            shutil.rmtree(used, ignore_errors=True)
        script = [sys.executable, "-m", "bandcamp_assets_tests.bench.bare", str(source), str(bare), str(compiled)]
        bare_usage, _ = measure(script, home)
        platform_usage, printed = measure(run, home)
        rounds.append({"bare": bare_usage, "platform": platform_usage})
        print(f"round {number}: bare {bare_usage}, platform {platform_usage}", flush=True)
    return rounds, printed


def _print(result: dict, printed: str) -> None:
    rounds = result["rounds"]
    print(f"\n{result['rows']:,} rows, {result['machine']}; medians of {len(rounds)} rounds\n")
    print("| | wall s | CPU s | peak MiB |\n|---|---|---|---|")
    for kind in ("bare", "platform"):
        values = [
            statistics.median(each[kind][figure] for each in rounds)
            for figure in ("wall_seconds", "cpu_seconds", "peak_mib")
        ]
        print(f"| {kind} | {values[0]:.1f} | {values[1]:.1f} | {values[2]:.0f} |")
    again = result["nothing_to_do"]
    print(
        f"| platform, nothing to do | {again['wall_seconds']} | {again['cpu_seconds']} | {again['peak_mib']:.0f} |"
    )
    ratios = [each["platform"]["wall_seconds"] / each["bare"]["wall_seconds"] for each in rounds]
    print(f"\nplatform / bare: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})\n")
    if result["dashboard"]:
        print(
            "the dashboard in Chromium:",
            ", ".join(f"{name} {value}" for name, value in result["dashboard"].items()),
        )
    print(printed.split("seconds by step")[-1].split("\n\n")[0])


if __name__ == "__main__":
    main()
