"""Cuts one large CSV into shards, which workers parse separately and then join by day.

A shard is a sequence of the same chunks that `lake.staging` would parse. So every record, row number and rejected
row is the same as in one process. `staging` decides which files are cut.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from bandcamp_assets.cluster.attempt import Attempt, attempt_folder
from bandcamp_assets.lake.chunks import CHUNK_BYTES, read_chunks
from bandcamp_assets.lake.conversion import convert
from bandcamp_assets.lake.layout import COMPRESSION, STAGED_ROW_GROUP_ROWS
from bandcamp_assets.lake.made import StagedDay
from bandcamp_assets.lake.parquet import scan
from bandcamp_assets.lake.records import parse_records
from bandcamp_assets.sources.delivery.file_format import Content
from bandcamp_assets.sources.delivery.header import read_header
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.system.disk import disk_errors

SHARD_CHUNKS = 4
"""Chunks in a shard: 32 MiB of CSV, about 100,000 rows, one or two seconds of work."""


@dataclass(frozen=True)
class Shard:
    """A part of a raw file.

    Attributes:
        file: The raw file.
        path: Its path.
        columns: The column names of its header.
        start: The first byte of the shard, from the beginning of the file.
        chunks: The sizes of its chunks in bytes, in order.
        scratch: The run's scratch folder.
    """

    file: RawFile
    path: Path
    columns: tuple[str, ...]
    start: int
    chunks: tuple[int, ...]
    scratch: Path


@dataclass(frozen=True)
class ParsedShard:
    """The result of parsing a shard; its Parquet, by day and of rejected rows, is in the attempt's folder.

    Row numbers count from the first record of the shard, because the records before it are not counted yet.

    Attributes:
        records: Records in it.
        rejected: Rejected rows by reason.
        days: The days of its sales.
        rounded_amounts: Amounts that had more decimals than their currency.
    """

    records: int
    rejected: dict[str, int]
    days: tuple[date, ...]
    rounded_amounts: int


@dataclass(frozen=True)
class Part:
    """A Parquet file of a shard, and the number of records in the raw file before that shard."""

    path: Path
    records_before: int


@dataclass(frozen=True)
class DayOfShards:
    """One day's parts from the shards of one raw file, in the file's order."""

    day: date
    parts: tuple[Part, ...]
    scratch: Path


def cut(
    file: RawFile, path: Path, scratch: Path, *, chunk_bytes: int = CHUNK_BYTES, shard_chunks: int = SHARD_CHUNKS
) -> list[Shard] | None:
    """Find the shards of a raw file by reading it once, without parsing.

    Returns:
        The shards in the file's order; None if a record is so long that the chunks do not cover the whole file.

    Raises:
        PlatformError: If the file does not have a valid header.
    """
    with path.open("rb") as stream:
        content = content_of(file)
        columns = tuple(
            read_header(
                stream,
                file.name,
                delimiter=content.delimiter,
                has_separator_line=content.has_separator_line,
                has_row_names=content.has_row_names,
            )
        )
        start = stream.tell()
        sizes = []
        for chunk in read_chunks(stream, scratch, chunk_bytes=chunk_bytes, delimiter=content.delimiter):
            if chunk.is_shortened:
                return None
            sizes.append(len(chunk.data))
    return list(_group(file, path, columns, start, sizes, shard_chunks, scratch))


def content_of(file: RawFile) -> Content:
    """What a file that can be cut contains."""
    return file.form.contents[0] if file.form else Content()


def _group(
    file: RawFile,
    path: Path,
    columns: tuple[str, ...],
    start: int,
    sizes: Sequence[int],
    shard_chunks: int,
    scratch: Path,
) -> Iterator[Shard]:
    for first in range(0, len(sizes), shard_chunks):
        chunks = tuple(sizes[first : first + shard_chunks])
        yield Shard(file, path, columns, start, chunks, scratch)
        start += sum(chunks)


def parse_shard(shard: Shard) -> Attempt[ParsedShard]:
    """Parse a shard and write its sales, by day, and its rejected rows. Runs on a worker."""
    folder = attempt_folder(shard.scratch, "shard")
    content = content_of(shard.file)
    records, rejected, rounded_amounts = 0, Counter[str](), 0
    sales, refused = [], []
    with disk_errors(shard.path), shard.path.open("rb") as stream:
        stream.seek(shard.start)
        for size in shard.chunks:
            parsed = parse_records(stream.read(size), list(shard.columns), None, content.delimiter)
            converted = convert(
                parsed,
                source_file=shard.file.file_id,
                first_row=records + 1,
                arrived_at=shard.file.arrived_at,
                content=content,
            )
            records += parsed.count
            rejected.update(converted.rejected["reason"].to_list())
            rounded_amounts += converted.rounded_amounts
            sales.append(converted.sales)
            refused.append(converted.rejected)
    with disk_errors(folder):
        pl.concat(refused).write_parquet(rejected_part(folder), compression=COMPRESSION)
        by_day = pl.concat(sales).partition_by("sale_date", as_dict=True)
        for (day,), rows in by_day.items():
            rows.write_parquet(sales_part(folder, day), compression=COMPRESSION)
    days = tuple(sorted(day for (day,) in by_day))
    return Attempt(folder, ParsedShard(records, dict(rejected), days, rounded_amounts))


def sales_part(folder: Path, day: date) -> Path:
    """A shard's sales of one day."""
    return folder / f"{day}.parquet"


def rejected_part(folder: Path) -> Path:
    """A shard's rejected rows."""
    return folder / "rejected.parquet"


def put_day_together(day: DayOfShards) -> Attempt[StagedDay]:
    """Join the parts of a day into one Parquet file with final row numbers, and count it. Runs on a worker."""
    folder = attempt_folder(day.scratch, str(day.day))
    path = sales_part(folder, day.day)
    concatenate(day.parts, path)
    figures = scan(path).select(pl.len(), pl.col("amount_paid_usd").sum()).collect().row(0)
    return Attempt(folder, StagedDay(day.day, *figures))


def concatenate(parts: Sequence[Part], path: Path) -> None:
    """Write parts one after the other to a Parquet file, with the row numbers of the raw file."""
    frames = [scan(part.path).with_columns(pl.col("source_row") + part.records_before) for part in parts]
    with disk_errors(path):
        pl.concat(frames).sink_parquet(path, compression=COMPRESSION, row_group_size=STAGED_ROW_GROUP_ROWS)
