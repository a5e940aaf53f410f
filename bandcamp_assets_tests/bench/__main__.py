"""`make bench`: the platform beside what one would use instead, side by side in one run.

For each size: staging beside DuckDB, pandas and dlt; the whole run beside a script of
SQL with the same tables, and a bare script with the same outputs.
Then one day more behind each history, the start of definitions and UI, and the dashboard in a browser. The results
go to `RESULTS.json` and `RESULTS.md` beside this module, or wherever `--results` says.

    python -m bandcamp_assets_tests.bench [--rows 1000000 10000000] [--rounds 3] [--results FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bandcamp_assets_tests.bench.files import write_history
from bandcamp_assets_tests.bench.history import measure_day_update
from bandcamp_assets_tests.bench.page import page_seconds
from bandcamp_assets_tests.bench.starts import definitions_seconds, ui_seconds
from bandcamp_assets_tests.bench.table import as_markdown
from bandcamp_assets_tests.bench.usage import Usage, measure, median
from bandcamp_assets_tests.bench.whole import Whole, measure_whole

PACKAGES = ("dagster", "dagster-dbt", "polars", "duckdb", "dbt-core", "dbt-duckdb", "pandas", "pyarrow", "dlt")

STAGINGS = {
    "platform": "ours",
    "DuckDB, `read_csv` and `COPY … PARTITION_BY`": "duckdb_copy",
    "DuckDB with the same types and rules": "duckdb_rules",
    "pandas": "pandas_frames",
    "dlt": "dlt_load",
}
SLOW = ("pandas_frames", "dlt_load")
"""Measured in one round only."""
TOO_SLOW_SECONDS = 60.0
"""What takes longer is left out at larger sizes."""
ONE_ROUND_ABOVE = 1_000_000
"""Rows beyond which each is measured once."""


def main() -> None:
    """Measure, write and print."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="bandcamp-bench-") as name:
        result = _measure(arguments.rows, arguments.rounds, Path(name))
    result["command"] = f"rows {' '.join(map(str, arguments.rows))}, rounds {arguments.rounds}"
    arguments.results.mkdir(parents=True, exist_ok=True)
    (arguments.results / "RESULTS.json").write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    table = as_markdown(result)
    (arguments.results / "RESULTS.md").write_text(table)
    print(table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the platform beside what one would use instead.")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", type=Path, default=Path(__file__).parent)
    return parser.parse_args()


def _measure(sizes: Sequence[int], rounds: int, folder: Path) -> dict[str, Any]:
    result: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {_memory_gib():.0f} GiB",
        "versions": {"Python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "sizes": {},
        "history": [],
    }
    stagings = STAGINGS
    for rows in sizes:
        print(f"{rows:,} rows: making the file", flush=True)
        source = write_history(folder / "sales.csv", rows)
        turns = rounds if rows <= ONE_ROUND_ABOVE else 1
        result["sizes"][str(rows)] = {
            "bytes": source.stat().st_size,
            "staging": _measure_staging(source, folder / "staging", turns, stagings),
            "whole": _summary(measure_whole(source, folder, turns)),
        }
        found = result["sizes"][str(rows)]["staging"]
        stagings = {n: m for n, m in stagings.items() if found[n]["wall_seconds"] < TOO_SLOW_SECONDS}
        source.unlink()
        if rows == sizes[0]:
            result["dashboard"] = page_seconds(folder / "home" / "dashboard" / "index.html")
            result["definitions"] = definitions_seconds(folder / "home")
            result["ui"] = ui_seconds(folder / "home")
        result["history"].append(measure_day_update(folder / "home", rows))
    return result


def _measure_staging(
    source: Path, folder: Path, rounds: int, stagings: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    used: dict[str, list[Usage]] = {name: [] for name in stagings}
    kept: dict[str, int] = {}
    for number in range(rounds):
        for name, module in stagings.items():
            if number and module in SLOW:
                continue
            shutil.rmtree(folder, ignore_errors=True)
            command = [sys.executable, "-m", f"bandcamp_assets_tests.bench.staging.{module}", source, folder]
            usage, printed = measure(command, folder)
            used[name].append(usage)
            kept[name] = int(printed.split()[-1])
            print(f"  staging, {name}: {usage}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    return {name: {"rows": kept[name], **asdict(median(usages))} for name, usages in used.items()}


def _summary(whole: Whole) -> dict[str, Any]:
    return {
        "script": asdict(median(whole.script)),
        "bare": asdict(median(whole.bare)),
        "platform": asdict(median(whole.platform)),
        "nothing_to_do": asdict(whole.nothing_to_do),
        "ratio": _ratio(whole.platform, whole.bare),
        "script_ratio": _ratio(whole.platform, whole.script),
        "script_sales": whole.script_sales,
        "script_steps": whole.script_steps,
        "bare_steps": {name: round(seconds, 2) for name, seconds in whole.bare_steps.items()},
        "platform_steps": whole.platform_steps,
    }


def _ratio(ours: Sequence[Usage], theirs: Sequence[Usage]) -> dict[str, float]:
    """By how much longer ours takes, by round."""
    ratios = [mine.wall_seconds / other.wall_seconds for mine, other in zip(ours, theirs, strict=True)]
    return {"median": statistics.median(ratios), "least": min(ratios), "most": max(ratios)}


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


if __name__ == "__main__":
    main()
