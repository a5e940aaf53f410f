"""Column lineage: dagster-dbt reads it from the compiled SQL (with sqlglot), and it is kept.

Reading it takes about 50 ms a model, as much as building most tables. So it is read once for each version of the
project and of the tables, and kept in a file for each node. The days of a run change literals, not lineage.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dagster import AssetKey, TableColumnDep, TableColumnLineage, get_dagster_logger
from dagster_dbt import DagsterDbtTranslator, DbtProject
from dagster_dbt.core import dbt_cli_event
from dagster_dbt.core.dbt_cli_event import EventHistoryMetadata, _build_column_lineage_metadata
from sqlglot.lineage import lineage

from bandcamp_assets.dbt.relations import Columns, Relations

METADATA_KEY = "dagster/column_lineage"
"""The metadata key of a table's lineage in Dagster."""


@dataclass(frozen=True)
class LineageReader:
    """Reads the lineage of the nodes of one project.

    Attributes:
        folder: Where lineage is kept.
        manifest: The manifest.
        translator: Gives the asset keys.
        project: The project as dagster-dbt knows it.
        version: A text that changes whenever anything in the project changes.
    """

    folder: Path
    manifest: Mapping[str, Any]
    translator: DagsterDbtTranslator
    project: DbtProject
    version: str

    def read(self, node: dict[str, Any], relations: Relations, artefacts: Path) -> TableColumnLineage | None:
        """The lineage of a model from its direct parents; None for seeds and SQL that cannot be read.

        Args:
            node: The model, from the manifest.
            relations: Columns of the model and its parents.
            artefacts: The invocation's target folder, with the compiled SQL.
        """
        columns = _typed(relations.columns_of(node))
        parents = {parent["relation_name"]: _typed(relations.columns_of(parent)) for parent in self._parents(node)}
        key = hashlib.sha256(json.dumps([self.version, columns, parents]).encode()).hexdigest()
        kept = self.folder / f"{node['unique_id']}.json"
        lineage = _load(kept, key)
        if lineage is None:
            lineage = self._read_sql(node, EventHistoryMetadata(columns, parents), artefacts)
            if lineage is not None:
                _save(kept, key, lineage)
        return lineage

    def _parents(self, node: Mapping[str, Any]) -> list[dict[str, Any]]:
        ids = self.manifest["parent_map"].get(node["unique_id"], ())
        return [self.manifest["nodes"].get(one) or self.manifest["sources"][one] for one in ids]

    def _read_sql(
        self, node: dict[str, Any], columns: EventHistoryMetadata, artefacts: Path
    ) -> TableColumnLineage | None:
        try:
            with _all_columns_at_once():
                metadata = _build_column_lineage_metadata(
                    event_history_metadata=columns,
                    dbt_resource_props=node,
                    manifest=self.manifest,
                    dagster_dbt_translator=self.translator,
                    target_path=artefacts,
                    project=self.project,
                )
        except Exception as error:
            # The table is built already. SQL that only this parser cannot read must not fail the run.
            get_dagster_logger().warning(f"No column lineage for {node['name']}: {error}")
            return None
        found: TableColumnLineage | None = metadata.get(METADATA_KEY)
        return found


@contextmanager
def _all_columns_at_once() -> Iterator[None]:
    """Let sqlglot read a query once, while dagster-dbt would call it again for each column.

    The lineage is the same. Only the copies of the query for each column are missing, which nobody uses here. A
    release of dagster-dbt that calls sqlglot in another way does not use this patch.
    """

    @cache
    def read(sql: str, dialect: str) -> Any:  # noqa: ANN401 - a class of sqlglot, a dependency of dagster-dbt
        # The schema is required by newer releases. The query is qualified already, so an empty one will do.
        return lineage(None, sql, schema={}, dialect=dialect, trim_selects=False)

    def one(column: str, sql: str, schema: object, dialect: str) -> Any:  # noqa: ANN401 - as above
        del schema
        return read(sql, dialect)[column]

    module: Any = dbt_cli_event
    own = module.lineage
    module.lineage = one
    try:
        yield
    finally:
        module.lineage = own


def _typed(columns: Columns) -> dict[str, dict[str, Any]]:
    return {name: {"data_type": data_type} for name, data_type in columns.items()}


def _load(path: Path, key: str) -> TableColumnLineage | None:
    try:
        kept = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    if kept["key"] != key:
        return None
    return TableColumnLineage(
        {
            column: [TableColumnDep(AssetKey(path), name) for path, name in dependencies]
            for column, dependencies in kept["columns"].items()
        }
    )


def _save(path: Path, key: str, lineage: TableColumnLineage) -> None:
    columns = {
        column: sorted((list(one.asset_key.path), one.column_name) for one in dependencies)
        for column, dependencies in lineage.deps_by_column.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(f".{os.getpid()}")
    scratch.write_text(json.dumps({"key": key, "columns": columns}))
    scratch.replace(path)
