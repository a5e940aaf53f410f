"""dlt: its file source with its CSV reader, into Parquet files. It does not split by day and judges no row."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
from dlt.destinations import filesystem as files_destination
from dlt.sources.filesystem import filesystem, read_csv


def main(source: Path, folder: Path) -> int:
    """Load the file; give the number of rows."""
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=str(folder / "pipelines"),
        destination=files_destination(bucket_url=str(folder / "lake")),
        dataset_name="bandcamp",
    )
    rows = filesystem(bucket_url=source.parent.as_uri(), file_glob=source.name) | read_csv(
        chunksize=100_000, dtype=str, on_bad_lines="skip", encoding_errors="replace"
    )
    pipeline.run(rows.with_name("sales"), loader_file_format="parquet", write_disposition="replace")
    return int(pipeline.last_trace.last_normalize_info.row_counts["sales"])


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])))
