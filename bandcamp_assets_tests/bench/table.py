"""The results as Markdown, for `RESULTS.md`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bandcamp_assets_tests.bench.history import OF_ALL_SALES

GOALS = {1_000_000: (1.5, 1.5), 10_000_000: (1.15, 2.5)}
"""By rows: at most so many times the bare script, and so many GiB."""


def as_markdown(result: Mapping[str, Any]) -> str:
    """Every table, with the machine and the versions above them."""
    parts = [
        "# Benchmark\n",
        f"Made by `make bench` ({result['command']}) on {result['date']}: {result['machine']}.\n",
        "Versions: " + ", ".join(f"{name} {number}" for name, number in result["versions"].items()) + ".\n",
        "Each line is a process of its own from an empty folder; medians of the rounds, in turns on the same file."
        " CPU seconds are of all cores together.\n",
    ]
    for rows, found in result["sizes"].items():
        parts += _staging(int(rows), found["staging"]) + _whole(int(rows), found["whole"])
    parts += _history(result["history"]) + _starts(result)
    return "\n".join(parts)


def _staging(rows: int, found: Mapping[str, Any]) -> list[str]:
    ours = found["platform"]
    lines = [f"## Staging {rows:,} rows\n", "| | rows kept | wall s | CPU s | peak MiB | wall / platform |"]
    lines.append("|---|---|---|---|---|---|")
    for name, one in found.items():
        ratio = one["wall_seconds"] / ours["wall_seconds"]
        lines.append(f"| {name} | {one['rows']:,} | {_usage(one)} | {ratio:.2f} |")
    return [*lines, ""]


def _whole(rows: int, found: Mapping[str, Any]) -> list[str]:
    goal = GOALS.get(rows)
    ratio = found["ratio"]
    wanted = f" (goal: at most {goal[0]:.2f}, and {goal[1]:.1f} GiB)" if goal else ""
    sales = found["script_sales"]
    steps = sorted({**found["bare_steps"], **found["platform_steps"]})
    return [
        f"## The whole run, {rows:,} rows\n",
        "| | wall s | CPU s | peak MiB |\n|---|---|---|---|",
        f"| script of SQL | {_usage(found['script'])} |",
        f"| bare script | {_usage(found['bare'])} |",
        f"| `bandcamp run` | {_usage(found['platform'])} |",
        f"| `bandcamp run` again, nothing to do | {_usage(found['nothing_to_do'])} |",
        f"\nThe platform takes {ratio['median']:.2f} times the bare script{wanted};"
        f" {ratio['least']:.2f} to {ratio['most']:.2f} by round."
        f" It takes {found['script_ratio']['median']:.2f} times the script of SQL."
        f" DuckDB's reader lost {sales['lost']:,} sales that the platform has, made up {sales['invented']:,},"
        f" and has {sales['different']:,} with other values.\n",
        "| seconds of | bare script | platform |\n|---|---|---|",
        *[
            f"| {name} | {_seconds(found['bare_steps'], name)} | {_seconds(found['platform_steps'], name)} |"
            for name in steps
        ],
        "",
    ]


def _history(found: list[Mapping[str, Any]]) -> list[str]:
    if not found:
        return []
    lines = ["## One day more, behind a history\n"]
    lines.append(
        "| rows of history | to the fact s | marts and report s | in all s | peak MiB |\n|---|---|---|---|---|"
    )
    for one in found:
        steps = one["steps"]
        later = sum(steps.get(name, 0) for name in OF_ALL_SALES)
        peak = one["usage"]["peak_mib"]
        lines.append(
            f"| {one['rows']:,} | {one['to_the_fact']:.2f} | {later:.2f} | {steps['in all']:.2f} | {peak:.0f} |"
        )
    return [*lines, ""]


def _starts(result: Mapping[str, Any]) -> list[str]:
    lines = ["## Starting, and the page\n", "| | s | goal |\n|---|---|---|"]
    lines.append(f"| load the definitions | {result['definitions']:.2f} | 3 |")
    lines += [f"| `make ui` {name} | {seconds:.1f} | 15 |" for name, seconds in result["ui"].items()]
    lines += [
        f"| the dashboard in Chromium: {name} | {number} | |" for name, number in result["dashboard"].items()
    ]
    return [*lines, ""]


def _usage(one: Mapping[str, float]) -> str:
    return f"{one['wall_seconds']:.1f} | {one['cpu_seconds']:.1f} | {one['peak_mib']:.0f}"


def _seconds(steps: Mapping[str, float], name: str) -> str:
    return f"{steps[name]:.2f}" if name in steps else ""
