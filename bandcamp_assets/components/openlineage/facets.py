"""What OpenLineage calls facets, made of what Dagster recorded: columns, rows, days, results of checks, errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetNode
from openlineage.client.facet_v2 import (
    DatasetFacet,
    InputDatasetFacet,
    OutputDatasetFacet,
    RunFacet,
    column_lineage_dataset,
    data_quality_assertions_dataset,
    datasource_dataset,
    documentation_dataset,
    error_message_run,
    nominal_time_run,
    output_statistics_output_dataset,
    schema_dataset,
)

from bandcamp_assets.alerts.masking import mask
from bandcamp_assets.system.errors import PlatformError

Value = TypeVar("Value")


def name_of(key: dg.AssetKey) -> str:
    """An asset as the name of a dataset and of the job that makes it."""
    return key.to_user_string()


def dataset_facets(
    key: dg.AssetKey, node: BaseAssetNode | None, recorded: Mapping[str, Any], namespace: str
) -> dict[str, DatasetFacet]:
    """What is known of a table or of files: description, columns, what each column is made from, address.

    Args:
        key: The asset.
        node: The asset in the graph; None if the graph no longer has it.
        recorded: The metadata of its materialization.
        namespace: Where the datasets lie that it is made from.
    """
    known = {**(node.metadata if node else {}), **recorded}
    facets: dict[str, DatasetFacet] = {}
    if node and node.description:
        facets["documentation"] = documentation_dataset.DocumentationDatasetFacet(node.description)
    if columns := _value(known, "dagster/column_schema", dg.TableSchema):
        facets["schema"] = _schema(columns)
    if lineage := _value(known, "dagster/column_lineage", dg.TableColumnLineage):
        facets["columnLineage"] = _column_lineage(lineage, namespace)
    if uri := _value(known, "dagster/uri", str):
        facets["dataSource"] = datasource_dataset.DatasourceDatasetFacet(name=name_of(key), uri=uri)
    return facets


def rows(recorded: Iterable[Mapping[str, Any]]) -> dict[str, OutputDatasetFacet]:
    """How many rows were written: those of the days of the run, or of the whole table if it has no days."""
    events = list(recorded)
    by_day = [_value(metadata, "dagster/partition_row_count", int) for metadata in events]
    counted = sum(count or 0 for count in by_day) if any(count is not None for count in by_day) else None
    if counted is None:
        counted = _value(events[-1], "dagster/row_count", int)
    if counted is None:
        return {}
    return {"outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(counted)}


def nominal_time(days: Iterable[str]) -> dict[str, RunFacet]:
    """The days that a run is about, in UTC: from the start of the first to the end of the last."""
    ordered = sorted(days)
    if not ordered:
        return {}
    first, last = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (ordered[0], ordered[-1]))
    end = last + timedelta(days=1)
    return {"nominalTime": nominal_time_run.NominalTimeRunFacet(first.isoformat(), end.isoformat())}


def error(entry: dg.EventLogEntry, secrets: Iterable[str]) -> dict[str, RunFacet]:
    """Why a step or a run failed, without secrets. The platform's own errors are told as people read them."""
    data = entry.get_dagster_event().event_specific_data
    raised = getattr(data, "error", None)
    found = PlatformError.recorded(raised) if raised else None
    text = str(found) if found else raised.message.strip() if raised else entry.get_dagster_event().message
    return {"errorMessage": error_message_run.ErrorMessageRunFacet(mask(text or "", secrets), "python")}


def assertions(checks: Sequence[dg.AssetCheckEvaluation], secrets: Iterable[str]) -> dict[str, InputDatasetFacet]:
    """What checks found, without secrets. A check that only warns has the severity `warn`."""
    return {
        "dataQualityAssertions": data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
            [
                data_quality_assertions_dataset.Assertion(
                    assertion=check.check_name,
                    success=check.passed,
                    severity=check.severity.value.lower(),
                    description=mask(check.description, secrets) if check.description else None,
                )
                for check in checks
            ]
        )
    }


def _schema(columns: dg.TableSchema) -> DatasetFacet:
    return schema_dataset.SchemaDatasetFacet(
        [
            schema_dataset.SchemaDatasetFacetFields(column.name, column.type, column.description)
            for column in columns.columns
        ]
    )


def _column_lineage(lineage: dg.TableColumnLineage, namespace: str) -> DatasetFacet:
    def made_from(sources: Sequence[dg.TableColumnDep]) -> column_lineage_dataset.Fields:
        return column_lineage_dataset.Fields(
            [
                column_lineage_dataset.InputField(namespace, name_of(source.asset_key), source.column_name)
                for source in sources
            ]
        )

    return column_lineage_dataset.ColumnLineageDatasetFacet(
        {column: made_from(sources) for column, sources in lineage.deps_by_column.items()}
    )


def _value(metadata: Mapping[str, Any], name: str, kind: type[Value]) -> Value | None:
    value = metadata.get(name)
    value = value.value if isinstance(value, dg.MetadataValue) else value
    return value if isinstance(value, kind) else None
