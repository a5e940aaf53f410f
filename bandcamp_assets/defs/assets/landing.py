"""Landing: `raw_sales`, the raw files as delivered."""

import time

import dagster as dg
import polars as pl
from pydantic import Field

from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.components.metadata import raw_schema, table
from bandcamp_assets.defs.policies import LAKE_POOL, OWNERS, SINGLE_RUN
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.landing.arrival import land
from bandcamp_assets.landing.deliveries import take_deliveries
from bandcamp_assets.landing.empty_home import refuse_unknown_sales
from bandcamp_assets.landing.named_files import land_files
from bandcamp_assets.landing.refusals import closed_inbox, refuse_sample_beside
from bandcamp_assets.landing.refused_corrections import reporting_refusals
from bandcamp_assets.landing.restoring import restore_catalog
from bandcamp_assets.sources.allowed import ensure_allowed
from bandcamp_assets.sources.inbox import Inboxes
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.sources.sample_size import MAX_ROWS
from bandcamp_assets.sources.source import FilesSource, parse_source
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.manifests import write_manifests
from bandcamp_assets.storage.objects import ObjectStore
from bandcamp_assets.storage.warehouse import Warehouse
from bandcamp_assets.system.progress import LOGGER, Progress


class RawSalesConfig(dg.Config):
    """What to land.

    Attributes:
        source: `sample`, `archive`, the path of a file or a folder, or several paths, one a line. Empty: the
            source of the settings. If they name none either, an empty home gets the sample, and a home with files
            gets nothing new.
        rows: Rows of the sample. 0: the number of the settings.
        only_inboxes: Land the files of the inboxes, but no source.
    """

    source: str = ""
    rows: int = Field(default=0, ge=0, le=MAX_ROWS)
    only_inboxes: bool = False


@dg.asset(
    group_name="landing",
    kinds={"file"},
    owners=OWNERS,
    metadata={"dagster/column_schema": raw_schema()},
    pool=LAKE_POOL,
    backfill_policy=SINGLE_RUN,
)
@plain_failures
def raw_sales(
    context: dg.AssetExecutionContext,
    config: RawSalesConfig,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    inboxes: dg.ResourceParam[Inboxes],
    object_store: dg.ResourceParam[ObjectStore],
    warehouse: dg.ResourceParam[Warehouse],
) -> dg.MaterializeResult:
    """The raw files as delivered, immutable: synthetic sample, published archive, named files, files of the inbox.

    Each file is checked as a whole before it is landed. It is recorded with its name, size, SHA-256, origin and
    time of arrival. Equal bytes are one file. Synthetic and real sales never share a home.
    """
    started = time.perf_counter()
    settings.home.prepare()
    restore_catalog(settings.home, catalog)
    wanted = "" if config.only_inboxes else config.source or settings.source
    refuse_unknown_sales(
        settings.home, catalog, object_store, warehouse, is_asked_for=bool(wanted) or config.only_inboxes
    )
    for leftover in settings.home.sweep():
        context.log.info(f"Removed what a killed run left behind: {leftover.name}")
    known = {file.file_id for file in catalog.raw_files()}
    with reporting_refusals(catalog, "raw_sales"):
        taken = take_deliveries(
            inboxes.all, settings.home, catalog, on_progress=Progress("raw_sales", "delivered files")
        )
    if taken.in_vain:
        LOGGER.warning("raw_sales: %s", closed_inbox(taken.in_vain))
    if taken.refused:
        LOGGER.warning("raw_sales: refused %d delivered files; `bandcamp status` names them", len(taken.refused))
    if not config.only_inboxes:
        if not wanted:
            refuse_sample_beside(inboxes.all, catalog)
        _land_wanted(wanted, config.rows or settings.sample_rows, settings, catalog)
    write_manifests(settings.home, catalog)
    files = catalog.raw_files()
    return dg.MaterializeResult(
        metadata={
            "files": sum(file.withdrawn_at is None for file in files),
            "new_files": sum(file.file_id not in known for file in files),
            "files_withdrawn": sum(file.withdrawn_at is not None for file in files),
            "files_refused_now": len(taken.refused),
            "manifest": table(_manifest(files)),
            "dagster/size_bytes": sum(file.size for file in files),
            "seconds": round(time.perf_counter() - started, 3),
        }
    )


def _land_wanted(wanted: str, rows: int, settings: Settings, catalog: Catalog) -> None:
    """Land the named source. Without one, record unrecorded files in landing, or else land the sample."""
    if not wanted and (
        catalog.raw_files() or restore_catalog(settings.home, catalog, of_landing_alone=True) is not None
    ):
        return
    ensure_allowed(wanted or "sample", settings.source_folders)
    source = parse_source(wanted or "sample", sample_rows=rows, archive_url=settings.archive_url)
    if isinstance(source, FilesSource):
        land_files(source, settings.home, catalog)
    else:
        land(source, settings.home, catalog)


def _manifest(files: list[RawFile]) -> pl.DataFrame:
    """One row for each raw file, the newest first."""
    return (
        pl.DataFrame(
            {
                "file_id": [file.file_id for file in files],
                "name": [file.name for file in files],
                "read_as": [str(file.form or "") for file in files],
                "bytes": [file.size for file in files],
                "sha256": [file.sha256 for file in files],
                "origin": [file.origin for file in files],
                "arrived_at": [file.arrived_at.isoformat(timespec="seconds") for file in files],
                "withdrawn_at": [
                    file.withdrawn_at.isoformat(timespec="seconds") if file.withdrawn_at else "" for file in files
                ],
            },
            schema_overrides=dict.fromkeys(
                ("file_id", "name", "read_as", "sha256", "origin", "withdrawn_at"), pl.String
            ),
        )
        .reverse()
        .head(100)
    )
