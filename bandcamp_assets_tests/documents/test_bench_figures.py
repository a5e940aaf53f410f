"""The figures of the README are those of the records that it names, and its arithmetic is right."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal

import pytest

from bandcamp_assets_tests.documents.test_readme import README, ROOT, table, table_under

BENCH = ROOT / "bandcamp_assets_tests" / "bench"
GIB = 2**30


def cells(record: str, section: str, line: str) -> list[Decimal]:
    """The numbers of one line of a table of the bench."""
    text = (BENCH / record).read_text().partition(f"## {section}\n")[2].partition("\n## ")[0]
    found = [row for row in text.splitlines() if row.startswith(f"| {line} |")]
    assert len(found) == 1, (record, section, line)
    return [
        Decimal(cell.strip().replace(",", "")) for cell in found[0].strip("|").split("|")[1:] if cell.strip(" |")
    ]


def numbers(text: str) -> list[Decimal]:
    return [Decimal(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\.?\d*", text)]


def half(number: Decimal) -> Decimal:
    """By how much a number may differ from what it was before it was rounded."""
    return Decimal(5).scaleb(int(number.as_tuple().exponent) - 1)


def same(measured: Sequence[Decimal], said: Sequence[Decimal]) -> bool:
    """Whether numbers are the rounded ones; those of a record were rounded themselves."""
    return len(measured) == len(said) and all(
        abs(one - number) <= half(one) + half(number) for one, number in zip(measured, said, strict=True)
    )


RECORDS = [
    ("RESULTS.md", "1,000,000", 1),
    ("SLOW.md", "1,000,000", 2),
    ("RESULTS.md", "10,000,000", 3),
    ("SLOW.md", "10,000,000", 4),
]


@pytest.mark.parametrize(("record", "rows", "column"), RECORDS)
def test_the_speed_that_is_said_is_that_of_the_record(record: str, rows: str, column: int):
    said = {line[0]: line[column] for line in table("bench")}
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


@pytest.mark.parametrize("line", [line for line in table("bench") if "=" in line[1]], ids=lambda line: line[0])
def test_a_ratio_is_that_of_its_two_figures(line: list[str]):
    compared = [cell.partition("=") for cell in line[1:5]]

    for figures, _, shown in compared:
        (ours, other), ratio = numbers(figures), Decimal(shown.strip())
        low = (ours - half(ours)) / (other + half(other)) - half(ratio)
        high = (ours + half(ours)) / (other - half(other)) + half(ratio)
        assert low <= ratio <= high, figures


def test_the_starts_and_what_one_would_use_instead_are_those_of_the_records():
    lines = {line[0]: line for line in table("bench")}
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


def test_the_run_of_a_large_file_is_that_of_its_record():
    record = json.loads((BENCH / "LARGE.json").read_text())
    said = re.search(
        r"one of ([\d,]+) sales over 720 days \(([\d.]+) GiB\).*?in ([\d.]+) GiB of memory, (\d+) GiB of disk and"
        r" (\d+) minutes",
        README,
        re.DOTALL,
    )
    assert said

    peak = max(record["killed"]["peak_mib"], record["again"]["peak_mib"]) / 1024
    seconds = record["killed"]["wall_seconds"] + record["again"]["wall_seconds"]

    measured = [record["rows"], record["csv_bytes"] / GIB, peak, record["disk_most_bytes"] / GIB, seconds / 60]
    assert same([Decimal(str(one)) for one in measured], numbers(" ".join(said.groups())))


def test_what_the_archive_costs_comes_out():
    lines = {what: (sums, cost) for what, sums, cost in table_under("| what | arithmetic | a month |")}
    times = "\u00d7"
    builds = lines["rebuilding everything every day"][0]

    for what, sums, cost in (
        ("raw file", f"0.304 GB {times} 0.026", Decimal("0.304") * Decimal("0.026")),
        ("daily objects", f"0.076 GB {times} 0.026", Decimal("0.076") * Decimal("0.026")),
        ("rebuilding everything every day", f"37 {times} 0.076 GB {times} 0.026", 37 * Decimal("0.001976")),
    ):
        assert lines[what][0].endswith(sums)
        (said,) = numbers(lines[what][1])
        assert lines[what][1] == f"{said} cents"
        assert abs(cost * 100 - said) <= half(said), what
    assert f"10 / 1024 {times} 6.25 = 6 cents" in lines["one full build"][0]
    assert round(10 / 1024 * 6.25 * 100) == 6
    assert builds.startswith(f"30 {times} 10 GiB = 0.3 TiB")
    assert round(30 * 10 / 1024, 1) == 0.3
    days = (ROOT / "infra" / "terraform" / "variables_data.tf").read_text()
    kept = re.findall(r'"(?:noncurrent_version|soft_delete)_days" \{.*?default *= (\d+)', days, re.DOTALL)
    assert sorted(kept) == ["30", "7"]
    assert "kept up to 37 days" in builds
