"""`bandcamp sql` prints the answer, and nothing that a terminal would obey. See also `test_sql_refusals`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from bandcamp_assets_tests.cli.asked_warehouse import ask

ESCAPE = "\x1b]0;owned\x07\x1b[31m"


def test_a_table_has_right_aligned_numbers_and_no_colours(warehouse: Path, capsys: pytest.CaptureFixture[str]):
    ask(warehouse, "select * from daily_sales order by day")

    assert capsys.readouterr().out.splitlines() == [
        "day         sales    usd",
        "────────────────────────",
        "2020-09-09      7   9.50",
        "2020-09-10  12345  -0.25",
        "2020-09-11   NULL   NULL",
    ]


def test_a_wide_table_is_not_cut(warehouse: Path, capsys: pytest.CaptureFixture[str]):
    ask(warehouse, "select repeat('x', 500) as text, 1234567890123456789 as number")

    assert f"{'x' * 500}  1234567890123456789\n" in capsys.readouterr().out


@pytest.mark.parametrize("output_format", ["table", "json"])
def test_hostile_text_is_shown_and_not_obeyed(
    output_format: str, warehouse: Path, capsys: pytest.CaptureFixture[str]
):
    ask(warehouse, f"select '[red]x[/] :smile: {ESCAPE}\u202e\n\x9b2J' as \"[b]{ESCAPE}\"", output_format)

    printed = capsys.readouterr().out
    assert r"[red]x[/] :smile: \u001b]0;owned\u0007\u001b[31m\u202e\n\u009b2J" in printed
    assert r"[b]\u001b]0;owned" in printed
    assert all(char.isprintable() for char in printed.replace("\n", ""))


def test_other_languages_and_joined_emoji_stay_as_they_are(warehouse: Path, capsys: pytest.CaptureFixture[str]):
    ask(warehouse, "select '日本\u3000Ødegård 👩\u200d🎤' as title")

    assert "日本\u3000Ødegård 👩\u200d🎤\n" in capsys.readouterr().out


def test_wide_characters_keep_the_columns_straight(warehouse: Path, capsys: pytest.CaptureFixture[str]):
    ask(warehouse, "select unnest(['日本', 'abcd']) as title, unnest([1, 20]) as n")

    assert capsys.readouterr().out.splitlines()[2:] == ["日本    1", "abcd   20"]


def test_csv_gives_formulas_an_apostrophe_and_leaves_numbers(warehouse: Path, capsys: pytest.CaptureFixture[str]):
    formulas = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20x"]
    texts = [*formulas, "a=1", "a\r=1", 'quote " and, comma\nline', ""]
    listed = ", ".join(f"'{text}'" for text in texts)

    ask(warehouse, f'select unnest([{listed}]) as "=text", -1 as i, -2.50 as d, -1e300 as f, true as b', "csv")

    header, *rows = csv.reader(io.StringIO(capsys.readouterr().out, newline=""))
    assert header == ["'=text", "i", "d", "f", "b"]
    assert [row[0] for row in rows] == [f"'{text}" for text in formulas] + texts[len(formulas) :]
    assert {tuple(row[1:]) for row in rows} == {("-1", "-2.50", "-1e+300", "true")}


def test_json_keeps_cents_and_writes_dates_by_iso(warehouse: Path, capsys: pytest.CaptureFixture[str]):
    ask(
        warehouse,
        "select date '2020-09-09' as d, 1.10::decimal(18, 2) as usd, 3 as n, null as none, 'nan'::double as nan,"
        " timestamptz '2020-09-09 12:00:00+02' as t, {'a': [1.5, 0.1::decimal(18, 10)]} as s, 1 as n, 2 as n",
        "json",
    )

    assert json.loads(capsys.readouterr().out) == [
        {
            "d": "2020-09-09",
            "usd": "1.10",
            "n": 3,
            "none": None,
            "nan": "nan",
            "t": "2020-09-09T10:00:00+00:00",
            "s": {"a": ["1.5000000000", "0.1000000000"]},
            "n_1": 1,
            "n_2": 2,
        }
    ]


@pytest.mark.parametrize(
    ("output_format", "printed"), [("table", "day\n───\n"), ("csv", "day\n"), ("json", "[]\n")]
)
def test_no_rows_are_an_empty_table(
    output_format: str, printed: str, warehouse: Path, capsys: pytest.CaptureFixture[str]
):
    ask(warehouse, "select day from daily_sales where false", output_format)

    assert capsys.readouterr().out == printed


def test_rows_beyond_the_limit_are_not_printed_but_mentioned(warehouse: Path, capsys: pytest.CaptureFixture[str]):
    ask(warehouse, "from range(3000000000)", "csv", limit=2)

    printed = capsys.readouterr()
    assert printed.out == "range\n0\n1\n"
    assert "Only the first 2 rows" in printed.err


@pytest.mark.parametrize("limit", [0, 3])
def test_all_rows_are_printed_without_a_word(limit: int, warehouse: Path, capsys: pytest.CaptureFixture[str]):
    ask(warehouse, "select sales from daily_sales order by day", "csv", limit=limit)

    printed = capsys.readouterr()
    assert printed.out == 'sales\n7\n12345\n""\n'
    assert printed.err == ""


@pytest.mark.parametrize(
    "query",
    [
        "from daily_sales",
        "with days as (from bandcamp.daily_sales) from days; -- a comment",
        "values (1)",
        "show tables",
        "describe daily_sales",
        "summarize daily_sales",
        "pivot daily_sales on day using sum(usd)",
    ],
)
def test_every_way_to_read_is_allowed(query: str, warehouse: Path, capsys: pytest.CaptureFixture[str]):
    ask(warehouse, query)

    assert capsys.readouterr().out
