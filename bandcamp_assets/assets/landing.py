"""Landing: `raw_sales`, the raw files as delivered."""

import time

import dagster as dg
import polars as pl

from bandcamp_assets.assets.common import LAKE_POOL, OWNERS, SINGLE_RUN
from bandcamp_assets.catalog import Catalog, RawFile
from bandcamp_assets.home import sweep_scratch
from bandcamp_assets.landing.arrival import Landed, land
from bandcamp_assets.landing.source import parse_source
from bandcamp_assets.presentation.metadata import table
from bandcamp_assets.settings import Settings


class RawSalesConfig(dg.Config):
    """What to land.

    Attributes:
        source: `sample`, `archive` or a path. Empty: what the settings say, and where they say nothing, the
            sample into an empty home and nothing into one that holds files.
    """

    source: str = ""


@dg.asset(
    group_name="landing",
    kinds={"file"},
    owners=OWNERS,
    pool=LAKE_POOL,
    backfill_policy=SINGLE_RUN,
)
def raw_sales(
    context: dg.AssetExecutionContext,
    config: RawSalesConfig,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
) -> dg.MaterializeResult:
    """The raw files as delivered, immutable: the generated sample, the published archive, or a user's file.

    A file is checked as a whole before it is let in, and recorded with its name, size, SHA-256, origin and
    time of arrival. Equal bytes are one file. Made-up and real sales never share a home.
    """
    started = time.perf_counter()
    settings.home.prepare()
    for leftover in sweep_scratch(settings.home):
        context.log.info(f"Removed what a killed run left behind: {leftover.name}")
    landed = _land_wanted(config.source or settings.source, settings, catalog)
    if landed:
        context.log.info(f"{landed.file.name}: {'landed' if landed.is_new else 'known already, nothing to do'}")
    files = catalog.raw_files()
    return dg.MaterializeResult(
        metadata={
            "files": len(files),
            "new_files": int(bool(landed and landed.is_new)),
            "manifest": table(_manifest(files)),
            "path": dg.MetadataValue.path(settings.home.landing),
            "bytes": sum(file.size for file in files),
            "seconds": round(time.perf_counter() - started, 3),
        }
    )


def _land_wanted(wanted: str, settings: Settings, catalog: Catalog) -> Landed | None:
    if not wanted and catalog.raw_files():
        return None
    source = parse_source(wanted or "sample", sample_rows=settings.sample_rows, archive_url=settings.archive_url)
    return land(source, settings.home, catalog)


def _manifest(files: list[RawFile]) -> pl.DataFrame:
    """One row a raw file, the newest first."""
    return (
        pl.DataFrame(
            {
                "file_id": [file.file_id for file in files],
                "name": [file.name for file in files],
                "bytes": [file.size for file in files],
                "sha256": [file.sha256 for file in files],
                "origin": [file.origin for file in files],
                "arrived_at": [file.arrived_at.isoformat(timespec="seconds") for file in files],
            }
        )
        .reverse()
        .head(100)
    )
