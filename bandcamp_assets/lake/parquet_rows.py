"""Turns the rows of a Parquet file into records of text fields, like those that `records` makes from CSV.

Values are written as a CSV would hold them. `sources.delivery.parquet_table` checks the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa

from bandcamp_assets.contract.sale import SOURCE_COLUMNS
from bandcamp_assets.lake.chunks import MAX_RECORD_BYTES
from bandcamp_assets.lake.records import Records
from bandcamp_assets.sources.delivery.header import known_names
from bandcamp_assets.sources.delivery.parquet_table import batches, open_parquet

_TIME = "%Y-%m-%dT%H:%M:%S%.9fZ"


def parquet_parts(path: Path, where: str) -> Iterator[Callable[[], Records]]:
    """The rows of a file in parts, each of which becomes records when it is called.

    Raises:
        PlatformError: If the file is damaged.
    """
    with open_parquet(path, where) as file:
        names = known_names(file.schema_arrow.names)
        for batch in batches(file, where):
            yield partial(_records, batch, names)


def _records(batch: pa.RecordBatch, names: list[str]) -> Records:
    """The rows of a batch. A row with a text that is not UTF-8, is too long or has a NUL byte, is malformed."""
    given = {name: _plain(batch.column(at)) for at, name in enumerate(names) if name in SOURCE_COLUMNS}
    texts = pl.DataFrame({name: _text(values) for name, values in given.items()})
    lost = {name: given[name].is_not_null() & texts[name].is_null() for name in given}
    shown = texts.with_columns(_shown(texts[name], given[name], rows) for name, rows in lost.items())
    frame = texts.with_columns(
        record=pl.int_range(pl.len()),
        line=shown.select(pl.struct(pl.all()).struct.json_encode()).to_series(),
        lost=pl.any_horizontal(list(lost.values())),
    )
    fault = pl.coalesce(
        pl.when(pl.col("lost")).then(pl.lit("a text of the row is not UTF-8")),
        pl.when(pl.any_horizontal(pl.col(list(given)).str.contains("\0", literal=True))).then(
            pl.lit("a text of the row holds a NUL byte")
        ),
        pl.when(pl.col("line").str.len_bytes() > MAX_RECORD_BYTES).then(
            pl.lit(f"the row is longer than {MAX_RECORD_BYTES} bytes")
        ),
    )
    judged = frame.with_columns(fault=fault)
    whole = judged.filter(pl.col("fault").is_null()).select(
        *(pl.col(name).fill_null("").str.replace_all("\r\n", "\n", literal=True) for name in given),
        "record",
        "line",
    )
    malformed = judged.filter(pl.col("fault").is_not_null()).select(
        "record", pl.col("line").str.slice(0, MAX_RECORD_BYTES), "fault"
    )
    return Records(whole, malformed)


def _plain(column: pa.Array) -> pl.Series:
    """The values of a column. What is not a number, as pandas writes a missing one, is null."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = column.cast(pa.large_binary())  # neither Arrow nor Polars looks whether it is UTF-8
    series = pl.Series(pl.from_arrow(column))
    return series.fill_nan(None) if series.dtype.is_float() else series


def _shown(texts: pl.Series, values: pl.Series, lost: pl.Series) -> pl.Series:
    """The texts, with those that are not UTF-8 as codes. Only such texts are lost, and their values are bytes."""
    if not lost.any():
        return texts
    places = lost.arg_true()
    shown = [value.decode(errors="backslashreplace") for value in values.gather(places)]
    return texts.clone().scatter(places, pl.Series(shown, dtype=pl.String))


def _text(values: pl.Series) -> pl.Series:
    """Values as a CSV would hold them; null if missing, or if they are not text."""
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.convert_time_zone("UTC").dt.to_string(_TIME)  # without a zone, it is taken for UTC
    try:
        return values.cast(pl.String, strict=False)
    except pl.exceptions.ComputeError:  # bytes that are not UTF-8
        return pl.Series([_decoded(value) for value in values], dtype=pl.String)


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None
