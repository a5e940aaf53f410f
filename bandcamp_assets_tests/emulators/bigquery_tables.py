"""Tables as BigQuery keeps them: required columns and filters, types, clustering; and how messages name them."""

from __future__ import annotations

from typing import Any

from bqemulator.api.dependencies import AppContext
from bqemulator.api.routes import jobs, tables
from bqemulator.catalog import ddl_sync
from bqemulator.catalog.models import Clustering, JobMeta, TableFieldSchema, TableMeta
from bqemulator.domain.errors import InvalidQueryError, ResourceRef
from bqemulator.jobs import executor
from bqemulator.scripting import interpreter
from sqlglot import exp, parse_one

from bandcamp_assets_tests.emulators.bigquery_partitions import reads_without_filter
from bandcamp_assets_tests.emulators.bigquery_references import tables_of
from bandcamp_assets_tests.emulators.mending import Part, replace, wrap


def apply() -> None:
    """Puts the mends in place, for this process."""
    wrap(tables, "bq_schema_to_duckdb_columns", required_refuse_null)
    wrap(tables, "_parse_schema_fields", with_parameters)
    wrap(tables, "_field_to_rest", with_parameters_in_rest)
    wrap(tables, "_rest_to_table_meta", with_its_filter)
    wrap(jobs, "_handle_query_job", only_with_required_filters)
    wrap(executor, "sync_created_table", with_clustering)
    wrap(interpreter, "sync_created_table", with_clustering)
    replace(ResourceRef, "format", named_as_in_messages)


def required_refuse_null(original: Part) -> Part:
    """A REQUIRED column refuses NULL from any statement; the emulator notes the mode and nothing else."""

    def columns(fields: list[dict[str, Any]]) -> list[tuple[str, str]]:
        return [
            (name, f"{dtype} NOT NULL" if field.get("mode") == "REQUIRED" else dtype)
            for (name, dtype), field in zip(original(fields), fields, strict=True)
        ]

    return columns


_PARAMETERS = {"precision": "precision", "scale": "scale", "maxLength": "max_length"}


def with_parameters(original: Part) -> Part:
    """`NUMERIC(18, 2)` and `STRING(3)` stay what they are; the emulator keeps the bare type."""

    def parse(fields: list[dict[str, Any]]) -> tuple[TableFieldSchema, ...]:
        return tuple(
            parsed.model_copy(update={name: int(raw[key]) for key, name in _PARAMETERS.items() if raw.get(key)})
            for parsed, raw in zip(original(fields), fields, strict=True)
        )

    return parse


def with_parameters_in_rest(original: Part) -> Part:
    """And they are told."""

    def to_rest(field: TableFieldSchema) -> dict[str, Any]:
        given = {key: getattr(field, name) for key, name in _PARAMETERS.items()}
        told: dict[str, Any] = original(field)
        return told | {key: str(value) for key, value in given.items() if value is not None}

    return to_rest


def with_its_filter(original: Part) -> Part:
    """A table says itself that it is read with a filter only; the emulator looks for that in its partitioning."""

    def meta(
        project_id: str, dataset_id: str, body: dict[str, Any], clock: object, existing: TableMeta | None = None
    ) -> TableMeta:
        made: TableMeta = original(project_id, dataset_id, body, clock, existing)
        if "requirePartitionFilter" not in body or made.time_partitioning is None:
            return made
        required = {"require_partition_filter": bool(body["requirePartitionFilter"])}
        return made.model_copy(update={"time_partitioning": made.time_partitioning.model_copy(update=required)})

    return meta


def only_with_required_filters(original: Part) -> Part:
    """A query without the filter that a table requires fails; the emulator would read the whole table."""

    async def handle(
        project_id: str, job_id: str, config: dict[str, Any], *, dry_run: bool, ctx: AppContext, **options: object
    ) -> JobMeta | dict[str, Any]:
        query = config["query"]
        sql = jobs._apply_default_dataset(query.get("query", ""), query, request_project_id=project_id)
        for reference in tables_of(sql, project_id):
            table = ctx.catalog.get_table(*reference)
            partitions = table.time_partitioning if table else None
            if table and partitions and partitions.require_partition_filter and reads_without_filter(sql, table):
                raise InvalidQueryError(
                    f"Cannot query over table '{'.'.join(reference)}' without a filter over column(s) "
                    f"'{partitions.field}' that can be used for partition elimination"
                )
        answer: JobMeta | dict[str, Any] = await original(
            project_id, job_id, config, dry_run=dry_run, ctx=ctx, **options
        )
        return answer

    return handle


def with_clustering(original: Part) -> Part:
    """`CLUSTER BY` of `CREATE TABLE` is kept; the emulator keeps the partitioning only."""

    def sync(bq_sql: str, project_id: str, ctx: AppContext) -> None:
        original(bq_sql, project_id, ctx)
        target = ddl_sync._detect_plain_create_table(bq_sql)
        if target is None:
            return
        table = ctx.catalog.get_table(*ddl_sync._split_target(target, project_id))
        cluster = parse_one(bq_sql, read="bigquery").find(exp.ClusterProperty)
        if table is not None and cluster is not None:
            fields = tuple(column.name for column in cluster.expressions)
            ctx.catalog.update_table(table.model_copy(update={"clustering": Clustering(fields=fields)}))

    return sync


def named_as_in_messages(reference: ResourceRef) -> str:
    """`Table project:dataset.table`, as BigQuery's messages name things."""
    inside = ".".join(part for part in (reference.dataset_id, reference.resource_id) if part)
    return f"{reference.kind.capitalize()} {reference.project_id}:{inside}"
