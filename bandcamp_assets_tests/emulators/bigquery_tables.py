"""Tables as BigQuery keeps them: required columns, parameters of types, clustering; and how messages name them."""

from __future__ import annotations

from typing import Any

from bqemulator.api.dependencies import AppContext
from bqemulator.api.routes import tables
from bqemulator.catalog import ddl_sync
from bqemulator.catalog.models import Clustering, TableFieldSchema
from bqemulator.domain.errors import ResourceRef
from bqemulator.jobs import executor
from bqemulator.scripting import interpreter
from sqlglot import exp, parse_one

from bandcamp_assets_tests.emulators.mending import Part, replace, wrap


def apply() -> None:
    """Puts the mends in place, for this process."""
    wrap(tables, "bq_schema_to_duckdb_columns", required_refuse_null)
    wrap(tables, "_parse_schema_fields", with_parameters)
    wrap(tables, "_field_to_rest", with_parameters_in_rest)
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
