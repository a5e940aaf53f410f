"""The IO managers of assets that are frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from bandcamp_assets.components.parquet_io import ParquetFrames, SharedTables

PARQUET = "parquet"
TABLES = "tables"


@dg.io_manager(
    required_resource_keys={"settings", "catalog"},
    description="Parquet files of single frames in the lake, by dagster-polars.",
)
def parquet(context: dg.InitResourceContext) -> ParquetFrames:
    """Open it. dagster-polars is imported only here, as that takes half a second."""
    from bandcamp_assets.components.parquet_io import ParquetFrames

    return ParquetFrames.open(context.resources.settings.home.lake, context)


@dg.io_manager(
    required_resource_keys={"settings", "catalog", "object_store"},
    description="Parquet files of the tables for other programs, by dagster-polars.",
)
def tables(context: dg.InitResourceContext) -> SharedTables:
    """Open it."""
    from bandcamp_assets.components.parquet_io import SharedTables

    return SharedTables.open(context.resources.settings.home.root, context)
