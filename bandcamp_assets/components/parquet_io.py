"""The IO managers of assets that are frames: Parquet files that can be other assets' inputs.

`ParquetFrames` writes single frames to the lake, `SharedTables` the tables of the data package. The other assets
of the lake write their days themselves: see the decision record `no-io-manager-for-the-lake`. This is not in
`defs`, as importing dagster-polars takes half a second.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Self

import dagster as dg
import polars as pl
from dagster_polars import PolarsParquetIOManager
from pydantic import PrivateAttr
from upath import UPath

from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.components.metadata import preview
from bandcamp_assets.lake.parquet import scan
from bandcamp_assets.report.data_package.contents import day_path, object_key, paths_of, table_path
from bandcamp_assets.state.catalog import Catalog, Part
from bandcamp_assets.state.integrity.reading import describe
from bandcamp_assets.storage.objects import ObjectStore
from bandcamp_assets.system.disk import disk_errors, replace_file
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.scratch import scratch_folder

MADE_FROM = "made_from"
"""The metadata key of an output with the fingerprint of its inputs, for the catalog."""

DayFrames = Iterable[tuple[date, pl.DataFrame]]
"""The days of a table that is written by day, one after the other."""


class WholeFiles(PolarsParquetIOManager):
    """Writes a file as a whole or not at all, and then records it in the catalog."""

    _home: Home = PrivateAttr()
    _catalog: Catalog = PrivateAttr()

    @classmethod
    def open(cls, base: Path, context: dg.InitResourceContext) -> Self:
        """The IO manager of the home in the resources, ready for use. Assets are below `base` by their keys."""
        frames = cls(base_dir=str(base))
        frames._home, frames._catalog = context.resources.settings.home, context.resources.catalog
        frames.setup_for_execution(context)
        return frames

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


class ParquetFrames(WholeFiles):
    """Single frames in the lake."""

    @plain_failures
    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame) -> None:
        """Write the frame, then record what it was made from.

        Raises:
            PlatformError: If the disk is full or cannot be written.
        """
        super().handle_output(context, obj)
        made_from = context.output_metadata[MADE_FROM]
        self._catalog.record_built(Part(context.asset_key.path[-1]), str(made_from.value))


class SharedTables(WholeFiles):
    """Tables of the data package, in the home, and also in the object store if that is elsewhere."""

    _object_store: ObjectStore = PrivateAttr()

    @classmethod
    def open(cls, base: Path, context: dg.InitResourceContext) -> Self:
        """See `WholeFiles.open`."""
        tables = super().open(base, context)
        tables._object_store = context.resources.object_store
        return tables

    @plain_failures
    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame | DayFrames) -> None:
        """Write a table: a frame to its file, or days to a file each.

        Raises:
            PlatformError: If the disk is full or cannot be written.
        """
        if isinstance(obj, pl.DataFrame):
            path = table_path(self._home, context.asset_key.path[-1])
            self.write_df_to_path(context, obj, UPath(path))
            context.add_output_metadata(self._shown(path, obj))
            return
        for day, frame in obj:
            path = day_path(self._home, day)
            self.write_df_to_path(context, frame, UPath(path))

    def write_df_to_path(self, context: dg.OutputContext, df: pl.DataFrame, path: UPath) -> None:
        """See `WholeFiles.write_df_to_path`."""
        super().write_df_to_path(context, df, path)
        if not self._object_store.is_local:
            written = Path(str(path))
            self._object_store.put(object_key(self._home, written), written)

    def scan_df_from_path(
        self, path: UPath, context: dg.InputContext, partition_key: str | None = None
    ) -> pl.LazyFrame:
        """Read a table: its file, or those of all days."""
        return scan(paths_of(self._home, Path(str(path)).stem))

    def _shown(self, path: Path, frame: pl.DataFrame) -> dict[str, Any]:
        # dagster-polars would show rows by chance, and compute quantiles of every column.
        return {
            "dagster/row_count": frame.height,
            "dagster/size_bytes": path.stat().st_size,
            "preview": preview(frame),
        }
