"""The blocking check of the data package: its files hold the tables of the warehouse, as they are described."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import dagster as dg
import polars as pl

from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.defs.assets.data_package import DATA_PACKAGE
from bandcamp_assets.defs.checks import named
from bandcamp_assets.defs.policies import WAREHOUSE_POOL
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.lake.damage import readable
from bandcamp_assets.lake.parquet import scan
from bandcamp_assets.report.data_package.contents import descriptor_path, paths_of
from bandcamp_assets.report.data_package.days import day_figures
from bandcamp_assets.report.data_package.descriptor import type_name
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.integrity.reading import noting_damage
from bandcamp_assets.state.ledger.compare import differences, total
from bandcamp_assets.storage.warehouse import Warehouse
from bandcamp_assets.storage.warehouse.marks import FACT
from bandcamp_assets.system.home import Home


@dg.asset_check(asset=DATA_PACKAGE, blocking=True, pool=WAREHOUSE_POOL)
@plain_failures
def the_data_package_holds_the_tables(
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    warehouse: dg.ResourceParam[Warehouse],
) -> dg.AssetCheckResult:
    """Every table has its rows and the described columns, and every day of the fact has its US dollars."""
    home = settings.home
    if not descriptor_path(home).is_file():
        return dg.AssetCheckResult(passed=False, description="There is no data package yet; materialize it first")
    described = json.loads(descriptor_path(home).read_text(encoding="utf-8"))["resources"]
    with warehouse.session(), noting_damage(home, catalog):
        in_files, in_table = day_figures(paths_of(home, FACT)), warehouse.figures(FACT)
        wrong = [
            *(str(one) for one in differences(in_table, in_files)),
            *_differing_tables(home, described, _row_counts(warehouse, [table["name"] for table in described])),
        ]
    if (found := total(in_files).total_usd) != (expected := total(in_table).total_usd):
        wrong.append(f"{FACT}: {expected:,.2f} USD expected, {found:,.2f} USD found")
    return dg.AssetCheckResult(
        passed=not wrong,
        description=f"{len(wrong)} differ" if wrong else f"{len(described)} tables; {FACT}: {total(in_files)}",
        metadata={"tables": len(described), "amount_paid_usd": float(found), **named(wrong)},
    )


CHECKS: Final = (the_data_package_holds_the_tables,)


def _differing_tables(
    home: Home, described: list[Mapping[str, Any]], row_counts: Mapping[str, int]
) -> Iterator[str]:
    for table in described:
        name, paths = table["name"], paths_of(home, table["name"])
        listed = [table["path"]] if isinstance(table["path"], str) else table["path"]
        if listed != [path.relative_to(home.tables).as_posix() for path in paths]:
            yield f"{name}: its files are not those that are described"
            continue
        with readable(paths):
            columns = {column: type_name(dtype) for column, dtype in scan(paths).collect_schema().items()}
            rows = scan(paths).select(pl.len()).collect().item()
        if columns != {field["name"]: field["type"] for field in table["schema"]["fields"]}:
            yield f"{name}: its columns are not those that are described"
        if not rows == row_counts[name] == table["rowCount"]:
            yield f"{name}: {row_counts[name]:,} rows expected, {rows:,} found, {table['rowCount']:,} described"


def _row_counts(warehouse: Warehouse, tables: list[str]) -> dict[str, int]:
    # Neither warehouse reads a row for this, and BigQuery bills nothing.
    counts = (f"select '{name}' as name, count(*) as row_count from {warehouse.relation(name)}" for name in tables)  # noqa: S608
    return dict(warehouse.query(" union all ".join(counts)).iter_rows())
