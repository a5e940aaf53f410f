"""Converts dbt's reports to Dagster's events: outputs for models and seeds, check results for tests.

The conversion is dagster-dbt's own. dagster-dbt applies it to the lines of dbt's JSON log, and `engine` gives the
same dicts. Only this module, `lineage` and `selection` use names that dagster-dbt does not document. A test
compares the events with those of the documented path, so an upgrade that changes these names is noticed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetObservation,
    MetadataValue,
    Output,
)
from dagster._core.definitions.metadata import TableMetadataSet
from dagster_dbt import DagsterDbtTranslator, DbtProject
from dagster_dbt.asset_utils import default_metadata_from_dbt_resource_props
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from bandcamp_assets.components.dbt.lineage import METADATA_KEY, LineageReader
from bandcamp_assets.components.metadata import with_links
from bandcamp_assets.dbt.relations import Columns, Relations

SCHEMA_KEY = "dagster/column_schema"
"""The metadata key of a table's columns in Dagster."""

DagsterEvent = Output[None] | AssetCheckResult | AssetObservation


def to_dagster_events(
    raw_events: Iterable[Mapping[str, Any]],
    *,
    context: AssetExecutionContext,
    manifest: Mapping[str, Any],
    translator: DagsterDbtTranslator,
    project: DbtProject,
) -> Iterator[tuple[str, DagsterEvent]]:
    """Convert dbt's result events, in their order.

    Args:
        raw_events: As in `engine.Outcome.events`.
        context: The step's context, with the expected checks.
        manifest: The manifest from which the assets were made.
        translator: The translator of the assets.
        project: The project as dagster-dbt knows it.

    Yields:
        The node's unique id and the event. Failed models and skipped tests have no event.
    """
    for raw in raw_events:
        message = DbtCoreCliEventMessage(raw_event=dict(raw), event_history_metadata={})
        for event in message.to_default_asset_events(
            manifest=manifest, dagster_dbt_translator=translator, context=context, project=project
        ):
            yield raw["data"]["node_info"]["unique_id"], event  # type: ignore[misc]


def table_metadata(
    unique_id: str,
    relations: Relations,
    *,
    manifest: Mapping[str, Any],
    lineage: LineageReader,
    artefacts: Path,
    compiled_dir: Path,
) -> dict[str, Any]:
    """Describe the table or view of a node.

    Args:
        unique_id: The node.
        relations: What the warehouse holds now.
        manifest: The manifest.
        lineage: The reader of column lineage.
        artefacts: The invocation's target folder, with the compiled SQL from which lineage is read.
        compiled_dir: Where that SQL will be kept.

    Returns:
        Dagster's metadata: column types and descriptions, lineage, row count, path of the compiled SQL.
    """
    node = manifest["nodes"][unique_id]
    columns = relations.columns_of(node)
    metadata: dict[str, Any] = dict(_column_schema(node, columns))
    if (columns_made_from := lineage.read(node, relations, artefacts)) is not None:
        metadata[METADATA_KEY] = columns_made_from
        metadata[SCHEMA_KEY] = with_links(metadata[SCHEMA_KEY], columns_made_from)
    if unique_id in relations.row_counts:
        storage_kind = manifest["metadata"]["adapter_type"]
        metadata.update(TableMetadataSet(row_count=relations.row_counts[unique_id], storage_kind=storage_kind))
    return {**metadata, **compiled_sql(node, artefacts=artefacts, compiled_dir=compiled_dir)}


def compiled_sql(node: Mapping[str, Any], *, artefacts: Path, compiled_dir: Path) -> dict[str, MetadataValue]:
    """The path of the SQL of a model or test. Seeds have none.

    Args:
        node: The node, from the manifest.
        artefacts: The invocation's target folder.
        compiled_dir: Where its compiled SQL will be kept.
    """
    source = Path(node["original_file_path"])
    # A YAML file may define several tests, so dbt makes a folder of its name.
    inside = source if source.name == Path(node["path"]).name else source / node["path"]
    relative = Path(node["package_name"]) / inside
    if not (artefacts / "compiled" / relative).is_file():
        return {}
    return {"compiled_sql": MetadataValue.path(os.fspath(compiled_dir / relative))}


def _column_schema(node: Mapping[str, Any], columns: Columns) -> Mapping[str, Any]:
    documented = {name.lower(): one for name, one in node.get("columns", {}).items()}
    return default_metadata_from_dbt_resource_props(
        {
            "columns": {
                name: {**documented.get(name.lower(), {}), "name": name, "data_type": data_type}
                for name, data_type in columns.items()
            }
        }
    )
