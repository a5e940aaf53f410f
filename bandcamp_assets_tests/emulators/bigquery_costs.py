"""What queries cost: made-up figures that follow BigQuery's rules, so that limits and cost metadata can be tested.

Bytes processed are those of the columns that a query needs of each table, directly or through views, by their
types; a text counts as eight bytes. Statements that change a table are billed whole tables. They know nothing
of partitions that are not read.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from bqemulator.api.dependencies import AppContext
from bqemulator.api.routes import jobs
from bqemulator.catalog.models import JobMeta, TableMeta

from bandcamp_assets_tests.emulators.bigquery_columns import columns_of_query
from bandcamp_assets_tests.emulators.bigquery_references import tables_of
from bandcamp_assets_tests.emulators.bigquery_table_requests import count_rows, logical_bytes
from bandcamp_assets_tests.emulators.mending import Part, wrap

MEBIBYTE = 1024 * 1024
LEAST_BILLED_BYTES_A_TABLE = 10 * MEBIBYTE
"""BigQuery bills no less for each table that a query reads."""


def apply() -> None:
    """Puts the mends in place, for this process."""
    wrap(jobs, "execute_query_job", with_costs)
    wrap(jobs, "_handle_query_job", within_limit)
    wrap(jobs, "_attach_query_metadata", with_costs_in_answer)


def with_costs(original: Part) -> Part:
    """A query job says what it read, what that is billed as, and how long it took."""

    async def execute(
        project_id: str, job_id: str, bq_sql: str, query_params: object, ctx: AppContext, **options: object
    ) -> JobMeta:
        processed, billed = costs(bq_sql, project_id, ctx)
        began = time.monotonic()
        job: JobMeta = await original(project_id, job_id, bq_sql, query_params, ctx, **options)
        slot_milliseconds = str(max(1, round((time.monotonic() - began) * 1000)))
        job.statistics["totalSlotMs"] = slot_milliseconds
        job.statistics["totalBytesProcessed"] = str(processed)
        job.statistics.setdefault("query", {}).update(
            totalBytesProcessed=str(processed), totalBytesBilled=str(billed), totalSlotMs=slot_milliseconds
        )
        return job

    return execute


def within_limit(original: Part) -> Part:
    """A query that would be billed more than `maximumBytesBilled` fails; a dry run says what it would read."""

    async def handle(
        project_id: str, job_id: str, config: dict[str, Any], *, dry_run: bool, ctx: AppContext, **options: object
    ) -> JobMeta | dict[str, Any]:
        query = config["query"]
        sql = jobs._apply_default_dataset(query.get("query", ""), query, request_project_id=project_id)
        processed, billed = costs(sql, project_id, ctx)
        limit = query.get("maximumBytesBilled")
        if limit is not None and billed > int(limit) and not dry_run:
            error = {
                "reason": "bytesBilledLimitExceeded",
                "message": f"Query exceeded limit for bytes billed: {limit}. {billed} or higher required.",
            }
            return jobs._failed_job_meta(project_id, job_id, "QUERY", config, error, ctx.clock.now())
        result: JobMeta | dict[str, Any] = await original(
            project_id, job_id, config, dry_run=dry_run, ctx=ctx, **options
        )
        if isinstance(result, dict):
            result["statistics"]["totalBytesProcessed"] = str(processed)
            result["statistics"]["query"]["totalBytesProcessed"] = str(processed)
            # A dry run is no job.
            ctx.catalog.delete_job(project_id, job_id, not_found_ok=True)
        return result

    return handle


def with_costs_in_answer(original: Part) -> Part:
    """The answer to `jobs.query` says the same as the job."""

    def attach(response: dict[str, Any], job: JobMeta) -> None:
        original(response, job)
        statistics = job.statistics.get("query", {})
        for name in ("totalBytesProcessed", "totalBytesBilled", "totalSlotMs"):
            if name in statistics:
                response[name] = statistics[name]

    return attach


def costs(sql: str, project: str, ctx: AppContext) -> tuple[int, int]:
    """The bytes that a statement processes and the bytes it is billed."""
    read = _base_tables(sql, project, ctx)
    needed = _needed_columns(sql, project, read, ctx)
    processed = sum(
        logical_bytes(table, count_rows(table, ctx), needed.get(table.table_id) if needed else None)
        for table in read
    )
    if not processed:
        return 0, 0
    return processed, max(math.ceil(processed / MEBIBYTE) * MEBIBYTE, LEAST_BILLED_BYTES_A_TABLE * len(read))


def _needed_columns(
    sql: str, project: str, read: Sequence[TableMeta], ctx: AppContext
) -> Mapping[str, frozenset[str]] | None:
    """The columns that a query needs, by the names of its tables; None where all columns are read."""
    if len({table.table_id for table in read}) < len(read):
        return None  # tables of the same name in several datasets
    views = {}
    for reference in tables_of(sql, project):
        table = ctx.catalog.get_table(*reference)
        if table is not None and table.table_type == "VIEW":
            views[table.table_id] = table.view_query or ""
    schema = {table.table_id: [field.name for field in table.schema_.fields] for table in read}
    return columns_of_query(sql, views, schema)


def _base_tables(sql: str, project: str, ctx: AppContext) -> list[TableMeta]:
    """The tables that a statement names, and those behind its views."""
    found, waiting = {}, list(tables_of(sql, project))
    while waiting:
        reference = waiting.pop()
        table = ctx.catalog.get_table(*reference)
        if table is None or reference in found:
            continue
        found[reference] = table
        if table.table_type == "VIEW":
            waiting += tables_of(table.view_query or "", project, reference[1])
    return [table for table in found.values() if table.table_type == "TABLE"]
