"""Scenarios of files as other programs write them, with hostile texts and damage: nothing is lost or invented."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from bandcamp_assets.contract.sale import SOURCE_COLUMNS, Sale
from bandcamp_assets.lake.layout import rejected_file, staged_file
from bandcamp_assets.lake.staging import stage_delivery
from bandcamp_assets.sources.delivery.recognition import recognize
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.hostile.checks import assert_one_clear_error
from bandcamp_assets_tests.hostile.csv_files import TEXTS
from bandcamp_assets_tests.hostile.csv_scenarios import ARRIVED_AT
from bandcamp_assets_tests.hostile.packed_files import damage
from bandcamp_assets_tests.raw_files import raw_row
from bandcamp_assets_tests.soak.scenario import Outcome, Scenario

FILE_ID = "f00d"
_TEXT_COLUMNS = ("artist_name", "album_title", "item_description", "amount_paid_fmt")
_PACK: tuple[Callable[[bytes], bytes], ...] = (bytes, bytes, gzip.compress, bz2.compress, lzma.compress)

Row = dict[str, str]


def attempt(content: bytes, folder: Path, *, rows: list[Row] | None) -> Outcome:
    """Recognize and stage a file.

    Args:
        content: The file.
        folder: An empty folder.
        rows: What was written, each of which is a sale; None if the file is damaged.

    Raises:
        AssertionError: If rows are lost, doubled, changed or invented, or an error is not clear.
    """
    path, lake, scratch = folder / "file", folder / "lake", folder / "scratch"
    scratch.mkdir()
    path.write_bytes(content)
    try:
        form = recognize(path, str(path))
        file = stage_delivery(
            path, form, file_id=FILE_ID, arrived_at=ARRIVED_AT, lake=lake, scratch=scratch, where=str(path)
        )
    except PlatformError as error:
        assert rows is None, error  # noqa: PT017 - no other error is allowed
        assert_one_clear_error(error, naming=str(path))
        assert not lake.exists()
        return Outcome("clear error")
    rejected = pl.read_parquet(rejected_file(lake, FILE_ID))
    days = [pl.read_parquet(staged_file(lake, day.sale_date, FILE_ID)) for day in file.days]
    sales = pl.concat(days).sort("source_row") if days else pl.DataFrame({"source_row": []})
    numbers = sorted([*sales["source_row"], *rejected["source_row"]])
    assert numbers == list(range(1, file.raw_rows + 1)), f"{file.raw_rows} records, but rows {numbers}"
    if days:
        _, failures = Sale.filter(sales.drop("source_row"))
        assert not {rule for rule, count in failures.counts().items() if count and rule != "primary_key"}
    if rows is not None:
        assert rejected.is_empty(), (str(form), rejected["detail"].to_list())
        for row, sale in zip(rows, sales.iter_rows(named=True), strict=True):
            for name in (*_TEXT_COLUMNS, "url"):
                assert (sale[name] or "") == row[name].replace("\r\n", "\n"), (str(form), name)
    return Outcome("staged", file.raw_rows)


def _rows(chance: random.Random, *, allows: Callable[[str], bool]) -> list[Row]:
    texts = [text for text in TEXTS if "\0" not in text and "\r" not in text and allows(text)]
    return [
        raw_row(number, **{name: chance.choice(texts) for name in _TEXT_COLUMNS})
        for number in range(chance.randrange(1, 30))
    ]


def _as_csv(chance: random.Random, rows: list[Row], encoding: str) -> bytes:
    text = io.StringIO(newline="")
    end = chance.choice(("\n", "\r\n", "\r"))
    writer = csv.writer(text, delimiter=chance.choice(",;\t|"), lineterminator=end, quoting=csv.QUOTE_ALL)
    names = [name for name in SOURCE_COLUMNS if name != "_id" or chance.random() < 0.7]
    chance.shuffle(names)
    writer.writerow([chance.choice((name, name.upper(), f" {name}")) for name in names])
    has_commas = chance.random() < 0.3
    for row in rows:
        amounts = ("item_price", "amount_paid", "amount_paid_usd")
        writer.writerow(
            [row[name].replace(".", ",") if has_commas and name in amounts else row[name] for name in names]
        )
    return text.getvalue().encode(encoding, "surrogatepass" if encoding.startswith("utf") else "strict")


def another_dialect(chance: random.Random, folder: Path, *, harmed: bool) -> Outcome:
    """A CSV with any delimiter, encoding and line end, packed or not; harmed or whole."""
    encoding = chance.choice(("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"))
    rows = _rows(chance, allows=partial(_can_be, encoding))
    content = chance.choice(_PACK)(_as_csv(chance, rows, encoding))
    return attempt(damage(chance, content) if harmed else content, folder, rows=None if harmed else rows)


def _can_be(encoding: str, text: str) -> bool:
    try:
        return text.encode(encoding).decode(encoding) == text
    except UnicodeError:
        return False


def json_items(chance: random.Random, folder: Path, *, harmed: bool) -> Outcome:
    """Items in JSON: a list, one a line, or over several lines; harmed or whole."""
    rows = _rows(chance, allows=partial(_can_be, "utf-8"))
    items: list[dict[str, Any]] = [{name: row[name] or None for name in SOURCE_COLUMNS} for row in rows]
    shape = chance.randrange(3)
    if shape == 0:
        text = json.dumps(items, ensure_ascii=chance.random() < 0.5, indent=chance.choice((None, 1)))
    else:
        indent = 1 if shape == 1 else None
        text = "\n".join(json.dumps(item, ensure_ascii=False, indent=indent) for item in items)
    content = chance.choice(_PACK)(text.encode())
    return attempt(damage(chance, content) if harmed else content, folder, rows=None if harmed else rows)


def parquet_rows(chance: random.Random, folder: Path, *, harmed: bool) -> Outcome:
    """A Parquet file of texts; harmed or whole."""
    rows = _rows(chance, allows=partial(_can_be, "utf-8"))
    made = io.BytesIO()
    frame = pl.DataFrame([{name: row[name] or None for name in SOURCE_COLUMNS} for row in rows])
    frame.cast(pl.String).write_parquet(made, compression=chance.choice(("zstd", "uncompressed", "snappy")))
    content = damage(chance, made.getvalue()) if harmed else made.getvalue()
    return attempt(content, folder, rows=None if harmed else rows)


SCENARIOS = tuple(
    Scenario(
        "delivered file",
        f"{name}, {'some bytes changed' if harmed else 'hostile texts'}",
        partial(make, harmed=harmed),
    )
    for name, make in (
        ("CSV in another dialect", another_dialect),
        ("JSON items", json_items),
        ("Parquet", parquet_rows),
    )
    for harmed in (False, True)
)
