"""Runs bqemulator with its mends: `python -m bandcamp_assets_tests.emulators.bigquery`.

Everything is kept in one DuckDB file in `<data>`; each request for a job is written to `requests.jsonl` beside
it. Which permissions are granted can be changed while it runs: see `permissions`.

Not mended: a job has ended when its request is answered, although loads say at first that they run, and a killed
emulator forgets the job at work; results of queries and sessions of uploads end with the process; partitions by
hour, month, year and ingestion time; loads of other formats than Parquet; copies into partitions, and queries
into a destination table (refused); a required filter that stands outside of the subquery or view that needs it
(refused); what BigQuery would not read because of partitions is counted as read; of IAM everything but which
principal has which permission on a dataset and on the project; row access by `INFORMATION_SCHEMA.JOBS`.
"""

from __future__ import annotations

import gc
from pathlib import Path

from bqemulator.config import LogLevel, PersistenceMode, Settings
from bqemulator.server import run_forever
from bqemulator.storage.engine import DuckDBEngine
from bqemulator.versioning.snapshots import SnapshotManager

from bandcamp_assets_tests.emulators import (
    bigquery_costs,
    bigquery_front,
    bigquery_jobs,
    bigquery_loads,
    bigquery_memory,
    bigquery_sql,
    bigquery_tables,
)
from bandcamp_assets_tests.emulators.mending import replace
from bandcamp_assets_tests.emulators.process import argument_parser, end_with_parent

OBJECTS_FOLDER = ".cloudstorage"
"""Where the storage emulator puts its buckets inside its data folder."""


def serve(data: Path, storage: Path, port: int, project: str) -> None:
    """Serves until the process is terminated."""
    seldom_collecting()
    without_spatial()
    without_time_travel()
    bigquery_sql.apply()
    bigquery_memory.apply()
    bigquery_tables.apply()
    bigquery_jobs.apply()
    bigquery_loads.apply()
    bigquery_costs.apply()
    bigquery_front.apply(data, project)
    run_forever(
        Settings(
            rest_port=port,
            grpc_port=0,
            persistence_mode=PersistenceMode.PERSISTENT,
            data_dir=data,
            gcs_local_root=storage / OBJECTS_FOLDER,
            default_project_id=project,
            # Avro would be downloaded; nothing here loads it.
            enable_format_extensions=False,
            upload_staging_dir=data / "uploads",
            log_level=LogLevel.WARNING,
        )
    )


def seldom_collecting() -> None:
    """Trees of SQL are many small objects, and Python would look through them for cycles again and again."""
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)


def without_spatial() -> None:
    """DuckDB's spatial extension is not to be had for DuckDB 2, and nothing here is a geography."""
    replace(DuckDBEngine, "_load_spatial", lambda engine: None)


def without_time_travel() -> None:
    """Each change would copy the whole table so that `FOR SYSTEM_TIME AS OF` works, which nothing here uses."""
    replace(SnapshotManager, "record_change", lambda snapshots, *table: None)


if __name__ == "__main__":
    parser = argument_parser(__doc__ or "")
    parser.add_argument("--storage", type=Path, required=True, help="data folder of the storage emulator")
    arguments = parser.parse_args()
    if arguments.end_with_parent:
        end_with_parent()
    serve(arguments.data, arguments.storage, arguments.port, arguments.project)
