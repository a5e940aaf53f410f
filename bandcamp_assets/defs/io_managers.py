"""The IO manager of assets that are a single frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from bandcamp_assets.components.parquet_io import ParquetFrames

PARQUET = "parquet"


@dg.io_manager(
    required_resource_keys={"settings", "catalog"},
    description="Parquet files of single frames in the lake, by dagster-polars.",
)
def parquet(context: dg.InitResourceContext) -> ParquetFrames:
    """Open it. dagster-polars is imported only here, as that takes half a second."""
    from bandcamp_assets.components.parquet_io import ParquetFrames

    return ParquetFrames.open(context.resources.settings.home, context.resources.catalog, context)
