"""pandas in chunks: numbers by `to_numeric`, a Parquet data set by day; what it cannot read is left out."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bandcamp_assets_tests.bench.staging.duckdb_copy import NUMBERS, WHOLE

CHUNK_ROWS = 250_000


def main(source: Path, folder: Path) -> int:
    """Write the days; give the number of rows."""
    rows = 0
    chunks = pd.read_csv(
        source,
        dtype=str,
        chunksize=CHUNK_ROWS,
        on_bad_lines="skip",
        encoding_errors="replace",
        na_values=[""],
        keep_default_na=False,
    )
    for chunk in chunks:
        for name in (*NUMBERS, *WHOLE):
            chunk[name] = pd.to_numeric(chunk[name], errors="coerce")
        chunk["sale_date"] = pd.to_datetime(chunk["utc_date"], unit="s", errors="coerce").dt.strftime("%Y-%m-%d")
        pq.write_to_dataset(
            pa.Table.from_pandas(chunk, preserve_index=False),
            folder,
            partition_cols=["sale_date"],
            compression="zstd",
        )
        rows += len(chunk)
    return rows


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])), flush=True)
    os._exit(0)  # with these versions the end of Python finds threads of Arrow, and aborts every other time
