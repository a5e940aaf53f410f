"""A Parquet file written frame by frame, so that it can be larger than the memory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from bandcamp_assets.lake.layout import COMPRESSION, ROW_GROUP_ROWS

if TYPE_CHECKING:
    import pyarrow as pa


class ParquetAppender:
    """Writes frames one after the other. If there are none, the file has no rows."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq

        self._schema = schema
        # Arrow's own level is the quick one.
        self._writer = pq.ParquetWriter(path, schema, compression=COMPRESSION)

    def __enter__(self) -> ParquetAppender:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def write(self, rows: pl.DataFrame) -> None:
        """Append rows with the columns of the schema."""
        if rows.height:
            self._writer.write_table(rows.to_arrow().cast(self._schema), row_group_size=ROW_GROUP_ROWS)
