"""The answer to a query as text: table, CSV or JSON. Nothing in it can steer a terminal or a spreadsheet.

How the answer was got is the concern of `sql`.
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
"""What a spreadsheet may take for the start of a formula; the last four are the wide forms of the first four."""

_GAP = "  "
"""Between the columns of a table."""


@dataclass(frozen=True)
class Answer:
    """What a query gave.

    Attributes:
        columns: The names, which may repeat.
        rows: The rows that are to be printed.
        has_more: Whether there are rows beyond these.
    """

    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]
    has_more: bool


def _as_table(answer: Answer) -> str:
    # Not rich's own table: that takes a minute for 200,000 rows, and cuts what is wider than the terminal.
    columns = [_aligned(name, [row[place] for row in answer.rows]) for place, name in enumerate(answer.columns)]
    header, *lines = [_GAP.join(cells).rstrip() for cells in zip(*columns, strict=True)]
    rule = "─" * (sum(cell_len(column[0]) for column in columns) + len(_GAP) * (len(columns) - 1))
    return "".join(f"{line}\n" for line in (header, rule, *lines))


def _aligned(name: str, values: Sequence[object]) -> list[str]:
    """A column's name and values, all as wide as the widest; numbers to the right."""
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
    # A file gets the text as it is; a terminal must not obey it.
    return "".join(visible(line, keep="\n") if sys.stdout.isatty() else line for line in lines)


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    # A carriage return in a cell is quoted only where lines end with one: unquoted, it would begin a row.
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n") + "\n"


def _as_json(answer: Answer) -> str:
    names = _distinct(answer.columns)
    objects = [
        visible(json.dumps(dict(zip(names, map(_plain, row), strict=True)), ensure_ascii=False))
        for row in answer.rows
    ]
    return "[\n  " + ",\n  ".join(objects) + "\n]\n" if objects else "[]\n"


FORMATS: Mapping[str, Callable[[Answer], str]] = {"table": _as_table, "csv": _as_csv, "json": _as_json}
"""How an answer can be printed."""


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, numbered where they repeat: an object has each key once."""
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
    """A value as people write it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ")
    plain = _plain(value)
    return json.dumps(plain, ensure_ascii=False) if isinstance(plain, bool | list | dict) else str(plain)


def _plain(value: object) -> object:
    """A value as JSON has it. Decimals and what JSON cannot hold become text."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date | time_of_day):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {_text(key): _plain(item) for key, item in value.items()}
    is_json = value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))
    return value if is_json else str(value)
