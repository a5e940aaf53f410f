"""Requests about tables that the emulator does not know: single partitions, permissions, rows as they are now."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from bqemulator.api.dependencies import AppContext
from bqemulator.api.routes import tables
from bqemulator.catalog.models import TableMeta
from bqemulator.domain.errors import NotFoundError, UnsupportedFeatureError, ValidationError
from bqemulator.storage.sql_identifiers import quoted_table_ref

from bandcamp_assets_tests.emulators.bigquery_asgi import Request, Response
from bandcamp_assets_tests.emulators.bigquery_columns import BYTES
from bandcamp_assets_tests.emulators.bigquery_partitions import partition_of
from bandcamp_assets_tests.emulators.permissions import caller, granted

_TABLE = re.compile(
    r"^/bigquery/v2/projects/(?P<project>[^/]+)/datasets/(?P<dataset>[^/]+)/tables/"
    r"(?P<table>[^/$:]+)(?:(?:\$|%24)(?P<partition>[^/:]+))?(?P<permissions>:testIamPermissions)?$"
)
_BYTES_OF_A_TEXT = 8
_A_YEAR_MS = 365 * 24 * 3600 * 1000
_KINDS = {"INTEGER": "INT64", "BOOLEAN": "BOOL", "DECIMAL": "NUMERIC"}


def answer_table_request(request: Request, context: AppContext, data: Path) -> Response | None:
    """Answers a request about a partition, or about permissions on a table; None for all others."""
    parts = _TABLE.match(request.path)
    if parts is None or not (parts["partition"] or parts["permissions"]):
        return None
    if parts["permissions"]:
        held = granted(data, parts["dataset"], request.json().get("permissions", []), caller.get())
        return Response.of_json(200, {"permissions": held} if held else {})
    table = context.catalog.get_table(parts["project"], parts["dataset"], parts["table"])
    if table is None:
        raise NotFoundError(f"Not found: Table {parts['project']}:{parts['dataset']}.{parts['table']}")
    try:
        partition = partition_of(table, parts["partition"])
    except ValueError as error:
        raise ValidationError(str(error)) from error
    if request.method == "DELETE":
        context.engine.execute(f"DELETE FROM {_quoted(table)} WHERE {partition.condition}")
        return Response(204, [], b"")
    if request.method != "GET":
        raise UnsupportedFeatureError(f"{request.method} of a partition is not emulated")
    resource = tables._table_to_rest(table)
    resource["tableReference"]["tableId"] += f"${partition.id}"
    return Response.of_json(200, resource | _sizes(table, context, partition.condition))


def with_current_rows(resource: dict[str, Any], context: AppContext) -> dict[str, Any]:
    """A table's resource with the rows it has now; the emulator does not count what statements change.

    Other answers below a table's address, such as its rows, stay as they are.
    """
    reference = resource.get("tableReference")
    if reference is None:
        return resource
    table = context.catalog.get_table(reference["projectId"], reference["datasetId"], reference["tableId"])
    if table is None or table.table_type != "TABLE":
        return resource
    return resource | _sizes(table, context, "true") | _last_modified(table, context)


def logical_bytes(table: TableMeta, rows: int, columns: Collection[str] | None = None) -> int:
    """The size of so many rows, or of some of their columns: by the types, with eight bytes for a text."""
    fields = [field for field in table.schema_.fields if columns is None or field.name in columns]
    return rows * sum(BYTES.get(_KINDS.get(field.type, field.type), _BYTES_OF_A_TEXT) for field in fields)


def count_rows(table: TableMeta, context: AppContext, condition: str = "true") -> int:
    """The rows of a table, or of a part of it."""
    cursor = context.engine.connection.cursor()
    try:
        cursor.execute("SET TimeZone = 'UTC'")
        row = cursor.execute(f"SELECT count(*) FROM {_quoted(table)} WHERE {condition}").fetchone()
    finally:
        cursor.close()
    return int(row[0]) if row else 0


def _last_modified(table: TableMeta, context: AppContext) -> dict[str, str]:
    """A time that changes with the rows: the emulator does not keep when a table was written."""
    cursor = context.engine.connection.cursor()
    try:
        row = cursor.execute(f"SELECT coalesce(sum(hash(t)::hugeint), 0) FROM {_quoted(table)} t").fetchone()
    finally:
        cursor.close()
    created = int(table.creation_time.timestamp() * 1000)
    return {"lastModifiedTime": str(created + (int(row[0]) if row else 0) % _A_YEAR_MS)}


def _sizes(table: TableMeta, context: AppContext, condition: str) -> dict[str, str]:
    rows = count_rows(table, context, condition)
    size = str(logical_bytes(table, rows))
    return {"numRows": str(rows), "numBytes": size, "numActiveLogicalBytes": size, "numTotalLogicalBytes": size}


def _quoted(table: TableMeta) -> str:
    return quoted_table_ref(table.project_id, table.dataset_id, table.table_id)
