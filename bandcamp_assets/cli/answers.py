"""Formats the answer to a query as a table, CSV or JSON. Nothing in it can steer a terminal or a spreadsheet.

`sql` gets the answer.
"""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from typing import Any

from rich.cells import cell_len

from bandcamp_assets.system.terminal import visible

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Characters with which a formula of a spreadsheet may start. The last four are wide forms of the first four."""

_GAP = "  "
"""The space between the columns of a table."""


@dataclass(frozen=True)
class Answer:
    """The result of a query.

    Attributes:
        columns: The names, which may repeat.
        rows: The rows to print.
        has_more: Whether the query has more rows than these.
    """

    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]
    has_more: bool


def _as_table(answer: Answer) -> str:
    # Not the table of rich, which takes a minute for 200,000 rows and cuts lines at the width of the terminal.
    columns = [_aligned(name, [row[place] for row in answer.rows]) for place, name in enumerate(answer.columns)]
    header, *lines = [_GAP.join(cells).rstrip() for cells in zip(*columns, strict=True)]
    rule = "─" * (sum(cell_len(column[0]) for column in columns) + len(_GAP) * (len(columns) - 1))
    return "".join(f"{line}\n" for line in (header, rule, *lines))


def _aligned(name: str, values: Sequence[object]) -> list[str]:
    """A column's name and values, padded to the same width. Numbers are aligned to the right."""
    cells = [visible(name), *("NULL" if value is None else visible(_text(value)) for value in values)]
    lengths = [cell_len(cell) for cell in cells]
    widest = max(lengths)
    gaps = [" " * (widest - length) for length in lengths]
    if all(value is None or _is_number(value) for value in values):
        return [gap + cell for gap, cell in zip(gaps, cells, strict=True)]
    return [cell + gap for gap, cell in zip(gaps, cells, strict=True)]


def _as_csv(answer: Answer) -> str:
    lines = [_csv_line(map(_harmless, answer.columns))]
    for row in answer.rows:
        lines.append(_csv_line(_text(value) if _is_number(value) else _harmless(_text(value)) for value in row))
    # A file gets the text unchanged. A terminal must not obey escapes in it.
    return "".join(visible(line, keep="\n") if sys.stdout.isatty() else line for line in lines)


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    # The writer quotes a carriage return in a cell only if lines end with one. Unquoted it would start a new row.
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n") + "\n"


def _as_json(answer: Answer) -> str:
    names = _distinct(answer.columns)
    objects = [
        visible(json.dumps(dict(zip(names, map(plain, row), strict=True)), ensure_ascii=False))
        for row in answer.rows
    ]
    return "[\n  " + ",\n  ".join(objects) + "\n]\n" if objects else "[]\n"


FORMATS: Mapping[str, Callable[[Answer], str]] = {"table": _as_table, "csv": _as_csv, "json": _as_json}
"""The formats of an answer."""


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, numbered if they repeat, as a JSON object has each key once."""
    distinct: list[str] = []
    for name in names:
        candidate, number = name, 1
        while candidate in distinct:
            candidate, number = f"{name}_{number}", number + 1
        distinct.append(candidate)
    return distinct


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _text(value: object) -> str:
    """A value as text for people."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ")
    simple = plain(value)
    return json.dumps(simple, ensure_ascii=False) if isinstance(simple, bool | list | dict) else str(simple)


def plain(value: object) -> object:
    """A value for JSON. Decimals, and values that JSON does not have, become text."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date | time_of_day):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {_text(key): plain(item) for key, item in value.items()}
    is_json = value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))
    return value if is_json else str(value)
