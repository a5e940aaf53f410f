"""The lake: `staged_sales` and `rejected_sales`, parsed and typed from raw files."""

import time
from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg
import polars as pl

from bandcamp_assets.cluster import open_workers, stage_files
from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.components.metadata import (
    column_schema,
    columns_of_raw_sales,
    preview,
    table,
    with_links,
    work_of_run,
)
from bandcamp_assets.contract.rejection import RejectedRow, RejectionReason
from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.contract.version import contract_version
from bandcamp_assets.defs.policies import LAKE_POOL, OWNERS, SINGLE_RUN
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.lake.damage import first_rows
from bandcamp_assets.lake.layout import rejected_file, staged_file
from bandcamp_assets.lake.made import StagedFile
from bandcamp_assets.landing.refused_corrections import reporting_refusals
from bandcamp_assets.landing.restoring import restore_catalog
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.integrity.reading import describe, noting_damage, staged_paths
from bandcamp_assets.state.integrity.survey import survey_staged
from bandcamp_assets.state.manifests import write_manifests
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.progress import LOGGER

STAGED = dg.AssetKey("staged_sales")
REJECTED = dg.AssetKey("rejected_sales")

RECORDED_AFTER_SECONDS = 1.0
"""A run that is killed repeats the work of about this long."""


class StagingConfig(dg.Config):
    """How to stage.

    Attributes:
        restage: Parse every raw file again, even if it is staged already.
    """

    restage: bool = False


@dg.multi_asset(
    name="stage",
    specs=[
        dg.AssetSpec(
            STAGED,
            deps=["raw_sales", "feed_pages"],
            group_name="lake",
            kinds={"polars", "parquet"},
            owners=OWNERS,
            description="Each raw file parsed and typed once, split by UTC day. Only new files are parsed.",
            metadata={"dagster/column_schema": with_links(column_schema(Sale), columns_of_raw_sales())},
        ),
        dg.AssetSpec(
            REJECTED,
            deps=["raw_sales", "feed_pages"],
            group_name="lake",
            kinds={"polars", "parquet"},
            owners=OWNERS,
            description="Every raw row that could not become a sale: file, row number, reason, raw text.",
            metadata={"dagster/column_schema": column_schema(RejectedRow)},
        ),
    ],
    can_subset=True,
    pool=LAKE_POOL,
    backfill_policy=SINGLE_RUN,
)
@plain_failures
def stage(
    context: dg.AssetExecutionContext,
    config: StagingConfig,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
) -> Iterator[dg.MaterializeResult]:
    """Parse the raw files that are not staged yet. Writes both outputs, even if only one is selected."""
    started = time.perf_counter()
    restore_catalog(settings.home, catalog)
    found = survey_staged(settings.home, catalog)
    catalog.record_contents(found.files)
    for damage in found.damage:
        LOGGER.warning("staged_sales: %s; it is rebuilt", damage)
    done = {
        file.file_id
        for file in catalog.staged_files()
        if file.contract == contract_version() and file.file_id not in found.file_ids
    }
    new = [file for file in catalog.current_files() if config.restage or file.file_id not in done]
    staged = _stage_and_record(new, settings, catalog)
    write_manifests(settings.home, catalog)
    seconds = time.perf_counter() - started
    rows = sum(file.raw_rows for file in staged)
    known = catalog.staged_files()
    with noting_damage(settings.home, catalog):
        if STAGED in context.selected_asset_keys:
            yield dg.MaterializeResult(
                asset_key=STAGED,
                metadata=_staged_metadata(settings.home, known)
                | work_of_run(rows, seconds, len({day.sale_date for file in staged for day in file.days}))
                | {
                    "files_staged": len(staged),
                    "files_known": len(done),
                    "amounts_rounded_to_their_currency": sum(file.rounded_amounts for file in staged),
                },
            )
        if REJECTED in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=REJECTED, metadata=_rejected_metadata(settings.home, known))


def _stage_and_record(files: list[RawFile], settings: Settings, catalog: Catalog) -> list[StagedFile]:
    """Stage files. Those of a second are recorded in one transaction, which takes as long as a small file."""
    staged: list[StagedFile] = []
    if not files:
        return staged
    home, known = settings.home, catalog.file_contents()
    raw = {file.file_id: home.landing / file.stored_as for file in files}
    crc32cs = {
        file_id: recorded.crc32c for file_id, path in raw.items() if (recorded := known.get(home.place_of(path)))
    }
    with (
        open_workers(settings.dask_scheduler, settings.home) as workers,
        noting_damage(home, catalog),
        reporting_refusals(catalog, "staged_sales"),
    ):
        for some in _gathered(stage_files(files, home, workers, crc32cs=crc32cs)):
            written = [describe(home, path) for file in some for path in staged_paths(home, file)]
            read = [describe(home, raw[file.file_id]) for file in some]
            # What has changed since it was read is not recorded as right: the next survey finds it.
            unchanged = [one for one in read if one.path not in known or one.crc32c == known[one.path].crc32c]
            catalog.record_staged(*some, written=[*unchanged, *written])
            staged += some
    return staged


def _gathered(files: Iterable[StagedFile]) -> Iterator[list[StagedFile]]:
    """The files of a second together. Those before an error come before the error."""
    some: list[StagedFile] = []
    since = time.perf_counter()
    try:
        for file in files:
            some.append(file)
            if time.perf_counter() - since >= RECORDED_AFTER_SECONDS:
                yield some
                some, since = [], time.perf_counter()
    except Exception:
        if some:
            yield some
        raise
    if some:
        yield some


def _staged_metadata(home: Home, files: list[StagedFile]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "dagster/row_count": sum(day.rows for file in files for day in file.days),
        "dagster/column_lineage": columns_of_raw_sales(),
    }
    # Also if this run staged nothing: Dagster's page shows the metadata of the latest run.
    newest = next((file for file in reversed(files) if file.days), None)
    if newest:
        shown["preview"] = preview(first_rows(staged_file(home.lake, newest.days[0].sale_date, newest.file_id)))
    return shown


def _rejected_metadata(home: Home, files: list[StagedFile]) -> dict[str, Any]:
    counts: dict[str, int] = dict.fromkeys((reason.value for reason in RejectionReason), 0)
    for file in files:
        for reason, rows in file.rejected.items():
            counts[reason] += rows
    by_reason = pl.DataFrame(
        [(reason.value, counts[reason.value], reason.meaning) for reason in RejectionReason],
        schema={"reason": pl.String, "rows": pl.Int64, "meaning": pl.String},
        orient="row",
    )
    shown: dict[str, Any] = {
        "dagster/row_count": sum(counts.values()),
        "by_reason": table(by_reason),
    }
    newest = next((file for file in reversed(files) if any(file.rejected.values())), None)
    if newest:
        shown["preview"] = preview(first_rows(rejected_file(home.lake, newest.file_id)))
    return shown
