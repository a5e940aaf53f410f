"""Looks at a Parquet file: its columns, and whether it is of a sane size. `lake.parquet_rows` reads its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bandcamp_assets.contract.sale import OPTIONAL_COLUMNS, SOURCE_COLUMNS
from bandcamp_assets.sources.delivery.file_format import Content, Kind
from bandcamp_assets.sources.delivery.header import check_names, known_names
from bandcamp_assets.system.disk import disk_error
from bandcamp_assets.system.errors import PlatformError

PARQUET_MAGIC = b"PAR1"

_DAMAGE = (pa.ArrowException, OSError, ValueError)
"""All errors that Arrow raises on damaged input."""

_BATCH_ROWS = 20_000

_MAX_BATCH_BYTES = 2**29
"""The most text in a batch, with repeated texts in full. Real sales have a hundredth of it."""

_FREE_ROWS = 100_000
"""A file with more rows has a byte for each, or it is a bomb."""

_MAX_GROUP_BYTES = 2**31
"""The largest row group, decompressed. Programs make them of 128 MiB, or of a million rows."""


def look_at_parquet(path: Path, where: str) -> Content:
    """Check that a Parquet file has the columns of sales, and describe it.

    Raises:
        PlatformError: If it is damaged, lacks a column, holds lists in a column, or claims to hold too much.
    """
    with open_parquet(path, where) as file:
        names = known_names(file.schema_arrow.names)
        check_names(names, where)
        for name, field in zip(names, file.schema_arrow, strict=True):
            if name in SOURCE_COLUMNS and pa.types.is_nested(field.type):
                raise PlatformError(
                    f"The column {field.name} holds lists or records, not plain values",
                    where=where,
                    remedy="save the file with one plain value in each column",
                )
        _refuse_bomb(file.metadata, path, where)
        texts = [field.name for field in file.schema_arrow if _is_text(field.type)]
    # What is damaged, is noticed by reading it. Equal texts are held once, however many rows claim them.
    with open_parquet(path, where, read_dictionary=texts) as file:
        if any(_expanded_bytes(batch) > _MAX_BATCH_BYTES for batch in batches(file, where)):
            raise PlatformError(
                f"The Parquet file holds more than {_MAX_BATCH_BYTES:,} bytes in {_BATCH_ROWS:,} rows",
                where=where,
                remedy="check where it comes from; sales have some hundred bytes each",
            )
    return Content(
        kind=Kind.PARQUET,
        missing=tuple(name for name in OPTIONAL_COLUMNS if name not in names),
        further=tuple(name[:80] for name in names if name not in SOURCE_COLUMNS)[:20],
    )


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_binary(kind))


def _expanded_bytes(batch: pa.RecordBatch) -> int:
    """The bytes of all texts in a batch, each counted as often as it occurs."""
    columns = [column for column in batch.columns if pa.types.is_dictionary(column.type)]
    lengths = (pc.take(pc.binary_length(column.dictionary), column.indices) for column in columns)
    return sum(pc.sum(each).as_py() or 0 for each in lengths)


def open_parquet(path: Path, where: str, *, read_dictionary: Sequence[str] = ()) -> pq.ParquetFile:
    """Open a Parquet file.

    Args:
        path: The file.
        where: Its name, for errors.
        read_dictionary: The columns of texts of which each value is held once.

    Raises:
        PlatformError: If it is damaged.
    """
    try:
        return pq.ParquetFile(path, read_dictionary=list(read_dictionary))
    except _DAMAGE as error:
        raise _unreadable(error, where) from error


def batches(file: pq.ParquetFile, where: str) -> Iterator[pa.RecordBatch]:
    """The rows of a file, some thousands at a time.

    Raises:
        PlatformError: If it is damaged.
    """
    try:
        yield from file.iter_batches(batch_size=_BATCH_ROWS)
    except _DAMAGE as error:
        raise _unreadable(error, where) from error


def _unreadable(error: Exception, where: str) -> PlatformError:
    """The error for a file that cannot be read to its end. Arrow reports damage as a fault of the disk, too."""
    if isinstance(error, OSError) and error.errno is not None:
        return disk_error(error, Path(where))
    return PlatformError(
        "The Parquet file is damaged or incomplete, or is written in a way that is not known",
        where=where,
        remedy="get the file again, check that it is copied completely, or save it as CSV in UTF-8",
    )


def _refuse_bomb(found: pq.FileMetaData, path: Path, where: str) -> None:
    group_bytes = max((found.row_group(at).total_byte_size for at in range(found.num_row_groups)), default=0)
    if found.num_rows > max(_FREE_ROWS, path.stat().st_size) or group_bytes > _MAX_GROUP_BYTES:
        raise PlatformError(
            f"The Parquet file claims {found.num_rows:,} rows, and {group_bytes:,} bytes in a group of them",
            where=where,
            remedy="check where it comes from; save it as CSV, or in smaller row groups, if you trust it",
        )
