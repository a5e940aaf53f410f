"""The figures of speed and size are those of the records, and their ratios are right."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from bandcamp_assets_tests.documents.bench_records import FOLDER, cells, half, numbers, same
from bandcamp_assets_tests.documents.document import ROOT, SPEED

GIB = 2**30
TABLE = SPEED.table("| | 1,000,000 rows | at a slow hour | 10,000,000 rows | at a slow hour | goal |")


RECORDS = [
    ("RESULTS.md", "1,000,000", 1),
    ("SLOW.md", "1,000,000", 2),
    ("RESULTS.md", "10,000,000", 3),
    ("SLOW.md", "10,000,000", 4),
]


@pytest.mark.parametrize(("record", "rows", "column"), RECORDS)
def test_the_speed_that_is_said_is_that_of_the_record(record: str, rows: str, column: int):
    said = {line[0]: line[column] for line in TABLE}
    staging, run = f"Staging {rows} rows", f"The whole run, {rows} rows"
    rules, command = "DuckDB with the same types and rules", "`bandcamp run`"
    _kept, wall, cpu, peak, _ratio = zip(
        cells(record, staging, "platform"), cells(record, staging, rules), strict=True
    )
    run_wall, run_cpu, run_peak = zip(cells(record, run, command), cells(record, run, "bare script"), strict=True)

    for name, measured in (
        ("staging: platform / DuckDB with the same rules, CPU", cpu),
        ("the same, wall", wall),
        ("its peak memory", peak),
        ("whole run / bare script, wall", run_wall),
        ("the same, CPU", run_cpu),
        ("peak memory of the run (of the script)", run_peak),
    ):
        figures = numbers(said[name].partition("=")[0])
        assert same(measured, figures), (name, measured, figures)
    a_day = cells(record, "One day more, behind a history", rows)[0]
    assert same([a_day], numbers(said["one more day to the fact, behind so many rows"]))


@pytest.mark.parametrize("line", [line for line in TABLE if "=" in line[1]], ids=lambda line: line[0])
def test_a_ratio_is_that_of_its_two_figures(line: list[str]):
    compared = [cell.partition("=") for cell in line[1:5]]

    for figures, _, shown in compared:
        (ours, other), ratio = numbers(figures), Decimal(shown.strip())
        low = (ours - half(ours)) / (other + half(other)) - half(ratio)
        high = (ours + half(ours)) / (other - half(other)) + half(ratio)
        assert low <= ratio <= high, figures


def test_the_starts_and_what_one_would_use_instead_are_those_of_the_records():
    lines = {line[0]: line for line in TABLE}
    starts, others = (
        lines["definitions load; `make ui` answers"],
        lines["staging with pandas; dlt, without the rules"],
    )

    for record, column in (("RESULTS.md", 1), ("SLOW.md", 2)):
        part = "Starting, and the page"
        measured = [cells(record, part, "load the definitions")[0], cells(record, part, "`make ui` answers")[0]]
        assert same(measured, numbers(starts[column])), record
    for record, rows, column in RECORDS[:3]:
        staged = [cells(record, f"Staging {rows} rows", name)[1] for name in ("pandas", "dlt")]
        assert same(staged, numbers(others[column])), record
    assert same([cells("SLOW.md", "Staging 10,000,000 rows", "pandas")[1]], numbers(others[4]))


def test_the_slowest_hour_is_that_of_its_record():
    said = SPEED.sentence(
        r"1,000,000 rows took (\d+) s: ([\d.]+) times the bare script and ([\d.]+) times the script of SQL."
        r" A run with nothing to do took ([\d.]+) s"
    )

    runs = [
        cells("SLOWEST.md", "The whole run, 1,000,000 rows", name)[0]
        for name in ("`bandcamp run`", "bare script", "script of SQL", "`bandcamp run` again, nothing to do")
    ]

    whole, bare, sql, idle = map(Decimal, runs)
    assert same([whole, whole / bare, whole / sql, idle], numbers(" ".join(said.groups())))


def test_the_run_of_a_large_file_is_that_of_its_record():
    record = json.loads((ROOT / FOLDER / "LARGE.json").read_text())
    said = SPEED.sentence(
        r"file of ([\d,]+) sales over 2,202 days \(([\d.]+) GiB.*?needed ([\d.]+) GiB of memory, (\d+) GiB of disk"
        r" and (\d+) minutes"
    )

    peak = max(record["killed"]["peak_mib"], record["again"]["peak_mib"]) / 1024
    seconds = record["killed"]["wall_seconds"] + record["again"]["wall_seconds"]

    measured = [record["rows"], record["file_bytes"] / GIB, peak, record["disk_most_bytes"] / GIB, seconds / 60]
    assert same([Decimal(str(one)) for one in measured], numbers(" ".join(said.groups())))
