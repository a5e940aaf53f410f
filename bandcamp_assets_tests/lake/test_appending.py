"""Frames become one packed Parquet file with the types of the schema; without frames it has no rows."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bandcamp_assets.lake import appending
from bandcamp_assets.lake.appending import ParquetAppender

SCHEMA = pa.schema({"source_row": pa.int64(), "reason": pa.string()})


def test_frames_are_written_one_after_the_other_in_packed_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(appending, "ROW_GROUP_ROWS", 2)
    path = tmp_path / "rows.parquet"
    frames = [pl.DataFrame({"source_row": rows, "reason": ["a"] * len(rows)}) for rows in ([1, 2, 3], [4])]
    empty = frames[0].clear()

    with ParquetAppender(path, SCHEMA) as file:
        for frame in (empty, frames[0], empty, frames[1]):
            file.write(frame)

    assert pl.read_parquet(path).equals(pl.concat(frames))
    found = pq.ParquetFile(path)
    assert found.schema_arrow == SCHEMA
    groups = [found.metadata.row_group(at) for at in range(found.num_row_groups)]
    assert [(group.num_rows, group.column(0).compression) for group in groups] == [
        (2, "ZSTD"),
        (1, "ZSTD"),
        (1, "ZSTD"),
    ]


def test_without_frames_the_file_has_no_rows(tmp_path: Path):
    path = tmp_path / "rows.parquet"

    with ParquetAppender(path, SCHEMA):
        pass

    assert pq.read_table(path).equals(SCHEMA.empty_table())
