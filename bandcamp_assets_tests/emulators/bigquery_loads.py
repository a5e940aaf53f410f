"""Load jobs as BigQuery runs them: Parquet by name, into one partition, whole or not at all.

Replaces the emulator's loading of Parquet, which goes by position, knows no partition decorator, and leaves
an emptied table where it fails. Other formats stay with the emulator. What reads files and writes rows stands in
`bigquery_sources` and `bigquery_rows`; jobs are mended in `bigquery_jobs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bqemulator.api.dependencies import AppContext
from bqemulator.api.routes import jobs, tables
from bqemulator.catalog.etag import generate_etag
from bqemulator.catalog.models import JobMeta, TableMeta
from bqemulator.jobs import executor
from bqemulator.storage.sql_identifiers import quoted_table_ref

from bandcamp_assets_tests.emulators.bigquery_jobs import ERRORS
from bandcamp_assets_tests.emulators.bigquery_parquet import (
    Column,
    columns_of_file,
    file_mismatch,
    schema_mismatch,
)
from bandcamp_assets_tests.emulators.bigquery_partitions import Partition, partition_of
from bandcamp_assets_tests.emulators.bigquery_rows import load_rows
from bandcamp_assets_tests.emulators.bigquery_sources import LoadFailed, Source, sources_of
from bandcamp_assets_tests.emulators.bigquery_table_requests import logical_bytes
from bandcamp_assets_tests.emulators.mending import replace

Configuration = dict[str, Any]

_other_formats = executor.execute_load_job


def apply() -> None:
    """Puts our loading in the place of the emulator's, for this process."""
    replace(jobs, "execute_load_job", execute_load_job)


async def execute_load_job(project_id: str, job_id: str, config: Configuration, ctx: AppContext) -> JobMeta:
    """Runs a load job to its end; a failed one is an ended job that holds its error, as on BigQuery."""
    if config["load"].get("sourceFormat", "CSV").upper() != "PARQUET":
        return await _other_formats(project_id, job_id, config, ctx)
    started = ctx.clock.now()
    error: dict[str, str] | None = None
    statistics: dict[str, Any] = {}
    try:
        async with ctx.engine.write_lock():
            statistics["load"] = _load(config["load"], ctx)
    except LoadFailed as failure:
        error = failure.error
        statistics[ERRORS] = failure.further
    return JobMeta(
        project_id=project_id,
        job_id=job_id,
        job_type="LOAD",
        state="DONE",
        configuration=config,
        statistics=statistics,
        error_result=error,
        creation_time=started,
        start_time=started,
        end_time=ctx.clock.now(),
        etag=generate_etag(project_id, job_id, str(started)),
    )


def _load(load: Configuration, ctx: AppContext) -> dict[str, str]:
    """Does the work of a job, and returns its statistics."""
    sources = sources_of(load.get("sourceUris", []), ctx)
    table, partition = _destination(load, sources, ctx)
    _check_schema(load, table, sources)
    rows = load_rows(ctx, table, partition, sources, load.get("writeDisposition", "WRITE_APPEND"))
    ctx.catalog.update_table(table.model_copy(update={"last_modified_time": ctx.clock.now()}))
    return {
        "inputFiles": str(len(sources)),
        "inputFileBytes": str(sum(source.size_bytes for source in sources)),
        "outputRows": str(rows),
        "outputBytes": str(logical_bytes(table, rows)),
        "badRecords": "0",
    }


def _destination(
    load: Configuration, sources: Sequence[Source], ctx: AppContext
) -> tuple[TableMeta, Partition | None]:
    reference = load["destinationTable"]
    project, dataset = reference["projectId"], reference["datasetId"]
    table_id, _, decorator = reference["tableId"].partition("$")
    if ctx.catalog.get_dataset(project, dataset) is None:
        raise LoadFailed("notFound", f"Not found: Dataset {project}:{dataset}")
    table = ctx.catalog.get_table(project, dataset, table_id)
    if table is None and load.get("createDisposition") == "CREATE_NEVER":
        raise LoadFailed("notFound", f"Not found: Table {project}:{dataset}.{table_id}")
    table = table or _create_table(reference | {"tableId": table_id}, load, sources, ctx)
    try:
        return table, partition_of(table, decorator) if decorator else None
    except ValueError as error:
        raise LoadFailed("invalid", str(error)) from error


def _create_table(
    reference: dict[str, str], load: Configuration, sources: Sequence[Source], ctx: AppContext
) -> TableMeta:
    """A table from the load's schema, or the file's, with the partitioning and clustering that the load gives."""
    body = {
        "tableReference": reference,
        "schema": load.get("schema") or {"fields": [vars(column) for column in _columns(sources[0], load)]},
        "timePartitioning": load.get("timePartitioning"),
        "clustering": load.get("clustering"),
        **load.get("destinationTableProperties", {}),
    }
    table = tables._rest_to_table_meta(reference["projectId"], reference["datasetId"], body, ctx.clock)
    to_duckdb = tables.bq_schema_to_duckdb_columns  # type: ignore[attr-defined] # mended there
    columns = to_duckdb([tables._field_to_rest(field) for field in table.schema_.fields])
    definition = ", ".join(f'"{name}" {dtype}' for name, dtype in columns)
    target = quoted_table_ref(table.project_id, table.dataset_id, table.table_id)
    ctx.engine.execute(f"CREATE TABLE {target} ({definition})")
    return ctx.catalog.create_table(table)


def _check_schema(load: Configuration, table: TableMeta, sources: Sequence[Source]) -> None:
    named = f"{table.project_id}:{table.dataset_id}.{table.table_id}"
    existing = [Column.from_rest(tables._field_to_rest(field)) for field in table.schema_.fields]
    declared = [Column.from_rest(field) for field in (load.get("schema") or {}).get("fields", [])]
    for source in sources:
        in_file = _columns(source, load)
        if declared and (problem := file_mismatch(in_file, declared, source.uri)):
            raise LoadFailed("invalid", problem, source.uri)
        if problem := schema_mismatch(named, existing, declared or in_file, load.get("schemaUpdateOptions", [])):
            raise LoadFailed("invalid", problem)


def _columns(source: Source, load: Configuration) -> list[Column]:
    return columns_of_file(source.schema, load.get("decimalTargetTypes", ["NUMERIC"]))
