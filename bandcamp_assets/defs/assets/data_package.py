"""The data package: every fact, dimension and mart as Parquet, and `data_package`, which describes them.

Readers open the files while runs write: each is replaced in one step, and the warehouse's lock is not needed.
"""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg
import polars as pl

from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.components.metadata import (
    PREVIEW_ROWS,
    columns_as_in,
    described_schema,
    preview,
    with_links,
)
from bandcamp_assets.dbt.manifest import load_manifest
from bandcamp_assets.dbt.project import DbtWorkspace
from bandcamp_assets.defs.io_managers import TABLES
from bandcamp_assets.defs.policies import REPORT_OWNERS, SINGLE_RUN, WAREHOUSE_POOL
from bandcamp_assets.deployment.deployment import current_deployment
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.lake.parquet import scan
from bandcamp_assets.report.data_package.contents import (
    descriptor_path,
    object_key,
    paths_of,
    shared_models,
)
from bandcamp_assets.report.data_package.days import days_to_write, record_day, withdraw
from bandcamp_assets.report.data_package.descriptor import TableFiles, describe_package
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.integrity.reading import describe
from bandcamp_assets.state.plan import BuildState
from bandcamp_assets.storage.objects import ObjectStore
from bandcamp_assets.storage.warehouse import Warehouse
from bandcamp_assets.storage.warehouse.marks import FACT
from bandcamp_assets.system.disk import replace_file
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.scratch import scratch_folder

DATA_PACKAGE = dg.AssetKey("data_package")


def shared_key(table: str) -> dg.AssetKey:
    """The asset of a table in the package."""
    return dg.AssetKey([TABLES, table])


@dg.definitions
def data_package() -> dg.Definitions:
    """One multi-asset, with an asset for each table of the dbt project."""
    models = shared_models(load_manifest(current_deployment().dbt))
    specs = [_table_spec(name, model) for name, model in models.items()]
    described = dg.AssetSpec(
        DATA_PACKAGE,
        deps=[spec.key for spec in specs],
        group_name="data_package",
        kinds={"json"},
        owners=REPORT_OWNERS,
        description="`datapackage.json`: what every table and column means, with types, units, keys and sources. "
        "Programs that know the Data Package standard open the tables by it.",
    )

    @dg.multi_asset(
        name="share_tables",
        specs=[*(spec.with_io_manager_key(TABLES) for spec in specs), described],
        can_subset=True,
        pool=WAREHOUSE_POOL,
        backfill_policy=SINGLE_RUN,
    )
    @plain_failures
    def share_tables(
        context: dg.AssetExecutionContext,
        settings: dg.ResourceParam[Settings],
        catalog: dg.ResourceParam[Catalog],
        object_store: dg.ResourceParam[ObjectStore],
        warehouse: dg.ResourceParam[Warehouse],
        dbt: dg.ResourceParam[DbtWorkspace],
        build_state: dg.ResourceParam[BuildState],
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Write the selected tables: marts and dimensions whole, of the fact only the days that changed."""
        made_from = build_state.tables_fingerprint()
        home, selected = settings.home, context.selected_asset_keys
        with warehouse.session():
            for name, model in models.items():
                if shared_key(name) not in selected:
                    continue
                if name == FACT:
                    yield _share_fact(model, home, catalog, object_store, warehouse)
                else:
                    yield _share(model, warehouse.read(name))
        if DATA_PACKAGE in selected:
            yield _describe(context, home, catalog, object_store, load_manifest(dbt))
        if not context.is_subset:
            build_state.record_tables(made_from)

    return dg.Definitions(assets=[share_tables])


def _table_spec(name: str, model: Mapping[str, Any]) -> dg.AssetSpec:
    return dg.AssetSpec(
        shared_key(name),
        # With the fact, also where a table is not made from it, so that all files are of one state.
        deps=sorted({name, FACT}),
        group_name="data_package",
        kinds={"polars", "parquet"},
        owners=REPORT_OWNERS,
        description=f"`{name}` as Parquet, for other programs. {' '.join(model['description'].split())}",
    )


def _share(model: Mapping[str, Any], frame: pl.DataFrame) -> dg.MaterializeResult[pl.DataFrame]:
    return dg.MaterializeResult(
        asset_key=shared_key(model["name"]), value=frame, metadata=_columns(model, frame.schema)
    )


def _share_fact(
    model: Mapping[str, Any], home: Home, catalog: Catalog, store: ObjectStore, warehouse: Warehouse
) -> dg.MaterializeResult[Any]:
    started = time.perf_counter()
    left = days_to_write(home, catalog, store)
    withdraw(home, catalog, store, left.withdrawn)
    relation = warehouse.relation(FACT)
    example = warehouse.head(FACT, PREVIEW_ROWS)

    def frames() -> Iterator[tuple[date, pl.DataFrame]]:
        for day, made_from in left.days.items():
            rows = warehouse.query(f"select * from {relation} where sale_date = date '{day}'")  # noqa: S608 - a date
            # In one order, so that a day of the same sales has the same bytes.
            yield day, rows.sort("_id")
            record_day(home, catalog, day, made_from)

    return dg.MaterializeResult(
        asset_key=shared_key(FACT),
        value=frames(),
        metadata={
            **_columns(model, example.schema),
            "preview": preview(example),
            "dagster/row_count": int(warehouse.query(f"select count(*) from {relation}").item()),  # noqa: S608
            "days_written": len(left.days),
            "days_withdrawn": len(left.withdrawn),
            "seconds": round(time.perf_counter() - started, 3),
        },
    )


def _columns(model: Mapping[str, Any], schema: Mapping[str, pl.DataType]) -> dict[str, Any]:
    lineage = columns_as_in(dg.AssetKey(model["name"]), schema)
    meanings = {name: column.get("description", "") for name, column in model["columns"].items()}
    return {
        "dagster/column_schema": with_links(described_schema(schema, meanings), lineage),
        "dagster/column_lineage": lineage,
    }


def _describe(
    context: dg.AssetExecutionContext,
    home: Home,
    catalog: Catalog,
    store: ObjectStore,
    manifest: Mapping[str, Any],
) -> dg.MaterializeResult[Any]:
    tables = {name: held for name in shared_models(manifest) if (held := _files_of(home, name))}
    described = describe_package(
        manifest, tables, catalog.current_files(), run_id=context.run.run_id, made_at=datetime.now(UTC)
    )
    target = descriptor_path(home)
    with scratch_folder(home.scratch, "package") as scratch:
        (scratch / target.name).write_text(json.dumps(described, indent=1, ensure_ascii=False), encoding="utf-8")
        replace_file(scratch / target.name, target)
    catalog.record_contents([describe(home, target)])
    if not store.is_local:
        store.put(object_key(home, target), target)
    return dg.MaterializeResult(
        asset_key=DATA_PACKAGE,
        metadata={
            "folder": dg.MetadataValue.path(home.tables),
            "tables": len(tables),
            "rows": sum(table.rows for table in tables.values()),
            "dagster/size_bytes": target.stat().st_size,
        },
    )


def _files_of(home: Home, name: str) -> TableFiles | None:
    paths = paths_of(home, name)
    if not paths:
        return None
    frame = scan(paths)
    return TableFiles(
        [path.relative_to(home.tables).as_posix() for path in paths],
        frame.collect_schema(),
        int(frame.select(pl.len()).collect().item()),
    )
