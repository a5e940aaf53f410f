"""Scenarios of unusual pages of the feed: each item is a sale or a rejected row, whatever the page contains."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.lake.layout import rejected_file, staged_file
from bandcamp_assets.sources.feed.page import UnreadablePage, read_page
from bandcamp_assets_tests.hostile.checks import contents_of
from bandcamp_assets_tests.hostile.csv_files import TEXTS
from bandcamp_assets_tests.hostile.packed_files import damage
from bandcamp_assets_tests.soak.scenario import Outcome, Scenario
from bandcamp_assets_tests.sources.feed.items import ARRIVED_AT, item, stage_page

FILE_ID = "f00d"
ITEM: dict[str, object] = item(item_price=1.99)
_ODD_VALUES = (
    *("NaN", "Infinity", "-Infinity", "-0", "1e999", "1e-999", "9" * 400, "-1", "0.1e+1", "true", "null"),
    *(
        '"\\ud800"',
        '"\\u0000"',
        '"\\ufeff"',
        "[]",
        "{}",
        '{"a":{"a":1},"a":2}',
        "[[[[1]]]]",
        '""',
        '"1689100321.6"',
    ),
)


def attempt(body: bytes, folder: Path, *, items: int | None = None) -> Outcome:
    """Stage a page, and parse it like the poll.

    Args:
        body: The page.
        folder: An empty folder.
        items: The number of its records, if known.

    Raises:
        AssertionError: If records are lost or doubled, rows break the contract, or files are elsewhere.
    """
    try:
        read_page(body)
    except UnreadablePage as fault:
        assert str(fault), body  # noqa: PT017 - no other error is allowed
    lake, scratch = folder / "lake", folder / "scratch"
    scratch.mkdir()
    file = stage_page(body, file_id=FILE_ID, arrived_at=ARRIVED_AT, lake=lake, scratch=scratch)
    paths = {day.sale_date: staged_file(lake, day.sale_date, FILE_ID) for day in file.days}
    rejected_path = rejected_file(lake, FILE_ID)
    written = {*(path.relative_to(folder).as_posix() for path in (*paths.values(), rejected_path))}
    assert set(contents_of(folder)) == written, "files elsewhere, or in scratch"
    rejected = pl.read_parquet(rejected_path)
    sales = [pl.read_parquet(path, hive_partitioning=False) for path in paths.values()]
    numbers = sorted([*rejected["source_row"], *(row for rows in sales for row in rows["source_row"])])
    assert numbers == list(range(1, file.raw_rows + 1)), f"{file.raw_rows} records, but rows {numbers}"
    assert items in (None, file.raw_rows), f"{file.raw_rows} records instead of {items}: {body[:500]!r}"
    for rows in sales:
        _, failures = Sale.filter(rows.drop("source_row"))
        broken = {rule: count for rule, count in failures.counts().items() if rule != "primary_key"}
        assert not broken, f"staged rows break the contract: {broken}"
    return Outcome("staged", file.raw_rows)


def _page(events: object) -> dict[str, object]:
    return {"start_date": 1689100000, "end_date": 1689100600, "server_time": 1689100700, "events": events}


def _item(chance: random.Random) -> dict[str, Any]:
    return ITEM | {"utc_date": 1689100000 + chance.randrange(600), "url": f"//a.bandcamp.com/t/{chance.random()}"}


def _events(chance: random.Random, item: Callable[[], Any]) -> tuple[list[Any], int]:
    events: list[Any] = []
    records = 0
    for _ in range(chance.randrange(1, 8)):
        items = [item() for _ in range(chance.randrange(4))]
        kind = chance.choice(("sale", "sale", "sale", "", "refund", None, 7))
        events.append({"event_type": kind, "utc_date": 1689100321.9, "items": items})
        records += max(1, len(items))
    return events, records


def odd_values(chance: random.Random, folder: Path) -> Outcome:
    """Values of any type, numbers of any size, and half characters, in every field."""
    marks: dict[str, str] = {}

    def item() -> Any:  # noqa: ANN401 - any JSON
        made = _item(chance)
        for _ in range(chance.randrange(4)):
            mark = f"@{len(marks)}@"
            odd_text = json.dumps(chance.choice(TEXTS))
            marks[f'"{mark}"'] = chance.choice((*_ODD_VALUES, odd_text))
            made[chance.choice(list(made))] = mark
        return made if chance.random() < 0.9 else chance.choice((None, 1, "x", [], [[]]))

    events, records = _events(chance, item)
    text = json.dumps(_page(events))
    for mark, value in marks.items():
        text = text.replace(mark, value)
    wrapped = f'{{"feed_data": {text}}}' if chance.random() < 0.3 else text
    return attempt(wrapped.encode(errors="surrogatepass"), folder, items=None if "NaN" in text else records)


def odd_shapes(chance: random.Random, folder: Path) -> Outcome:
    """Pages, events and items that are of another type, in lists, or deeply nested."""
    deep = chance.choice((10, 900, 5_000, 100_000))
    shapes = (
        [],
        None,
        {},
        "text",
        3,
        [[]],
        _page(None),
        _page({"items": [_item(chance)]}),
        [_page([{"items": [_item(chance)]}]), 7, None],
        _page([{"items": [_item(chance)]}] * 50),
    )
    texts = (
        "[" * deep,
        "[" * deep + "]" * deep,
        '{"a":' * deep + "1" + "}" * deep,
        json.dumps(_page([])).replace('"events": []', '"events": ' + "[" * deep + "]" * deep),
        '{"events": [], "events": [1]}',
        *(json.dumps(shape) for shape in shapes),
    )
    return attempt(chance.choice(texts).encode(), folder)


def damaged_page(chance: random.Random, folder: Path) -> Outcome:
    """A good page with some bytes changed."""
    events, _ = _events(chance, lambda: _item(chance))
    return attempt(damage(chance, json.dumps(_page(events), ensure_ascii=False).encode()), folder)


SCENARIOS = (
    Scenario("page of the feed", "values of any type", odd_values),
    Scenario("page of the feed", "shapes of any kind and depth", odd_shapes),
    Scenario("page of the feed", "some bytes changed", damaged_page),
)
