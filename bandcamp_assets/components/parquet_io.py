"""The IO manager of assets that are a single frame: a Parquet file in the lake that can be another asset's input.

The assets of the lake write their days themselves: see the decision record `no-io-manager-for-the-lake`. This is
not in `defs`, as importing dagster-polars takes half a second.
"""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import polars as pl
from dagster_polars import PolarsParquetIOManager
from pydantic import PrivateAttr
from upath import UPath

from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.lake.parquet import scan
from bandcamp_assets.state.catalog import Catalog, Part
from bandcamp_assets.state.integrity.reading import describe
from bandcamp_assets.system.disk import disk_errors, replace_file
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.scratch import scratch_folder

MADE_FROM = "made_from"
"""The metadata key of an output with the fingerprint of its inputs, for the catalog."""


class ParquetFrames(PolarsParquetIOManager):
    """Writes a frame as a whole or not at all, and then records it in the catalog."""

    _home: Home = PrivateAttr()
    _catalog: Catalog = PrivateAttr()

    @classmethod
    def open(cls, home: Home, catalog: Catalog, context: dg.InitResourceContext) -> ParquetFrames:
        """The IO manager of a home, ready for use."""
        frames = cls(base_dir=str(home.lake))
        frames._home, frames._catalog = home, catalog
        frames.setup_for_execution(context)
        return frames

    @plain_failures
    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame) -> None:
        """Write the frame, then record what it was made from.

        Raises:
            PlatformError: If the disk is full or cannot be written.
        """
        super().handle_output(context, obj)
        made_from = context.output_metadata[MADE_FROM]
        self._catalog.record_built(Part(context.asset_key.path[-1]), str(made_from.value))

    def write_df_to_path(self, context: dg.OutputContext, df: pl.DataFrame, path: UPath) -> None:
        """Write the file in the scratch folder, and move it to its place once it is complete."""
        target = Path(str(path))
        with disk_errors(target), scratch_folder(self._home.scratch, target.stem) as scratch:
            super().write_df_to_path(context, df, UPath(scratch / target.name))
            replace_file(scratch / target.name, target)
        self._catalog.record_contents([describe(self._home, target)])

    def scan_df_from_path(
        self, path: UPath, context: dg.InputContext, partition_key: str | None = None
    ) -> pl.LazyFrame:
        """Read the file. dagster-polars would give Polars 2 options that it no longer has."""
        return scan(Path(str(path)))
