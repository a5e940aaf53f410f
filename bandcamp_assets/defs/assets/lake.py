"""The lake: `staged_sales` and `rejected_sales` from raw files; `cleaned_sales` and `duplicate_sales` by day."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from bandcamp_assets.cluster import DayToClean, clean_days, open_workers, stage_files
from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.components.metadata import (
    add_day_figures,
    add_to_last_day,
    column_schema,
    columns_as_in,
    columns_of_raw_sales,
    frame_schema,
    preview,
    table,
    with_links,
    work_of_run,
)
from bandcamp_assets.contract.rejection import RejectedRow, RejectionReason
from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.contract.version import contract_version
from bandcamp_assets.defs.partitions import DAYS, days_of
from bandcamp_assets.defs.policies import LAKE_POOL, OWNERS, SINGLE_RUN
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.lake.cleaning import DUPLICATES_SCHEMA
from bandcamp_assets.lake.damage import NOT_RECORDED, first_rows
from bandcamp_assets.lake.layout import cleaned_file, duplicate_file, rejected_file, staged_file
from bandcamp_assets.lake.made import CleanedDay, StagedFile
from bandcamp_assets.landing.refused_corrections import reporting_refusals
from bandcamp_assets.landing.restoring import restore_catalog
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import Catalog, FileContent
from bandcamp_assets.state.integrity.reading import cleaned_paths, describe, noting_damage, staged_paths
from bandcamp_assets.state.integrity.survey import survey_staged
from bandcamp_assets.state.ledger.compare import total
from bandcamp_assets.state.ledger.measure import cleaned_figures, duplicate_figures
from bandcamp_assets.state.manifests import write_manifests
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.progress import LOGGER, Progress
from bandcamp_assets.system.scratch import scratch_folder

STAGED = dg.AssetKey("staged_sales")
REJECTED = dg.AssetKey("rejected_sales")
CLEANED = dg.AssetKey("cleaned_sales")
DUPLICATES = dg.AssetKey("duplicate_sales")

LINEAGE = {CLEANED: columns_as_in(STAGED), DUPLICATES: columns_as_in(STAGED, DUPLICATES_SCHEMA)}

DAYS_A_RECORD = 8
"""Cleaned days in one transaction of the catalog. A transaction for each took a quarter of the time for small
days. After a stopped run, at most so many days are cleaned again, with the same result."""


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
        for file in stage_files(files, home, workers, crc32cs=crc32cs):
            written = [raw[file.file_id], *staged_paths(home, file)]
            catalog.record_staged(file, [describe(home, path) for path in written])
            staged.append(file)
    return staged


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


@dg.multi_asset(
    name="clean",
    specs=[
        dg.AssetSpec(
            CLEANED,
            deps=[STAGED],
            group_name="lake",
            kinds={"polars", "parquet"},
            owners=OWNERS,
            description="One day's sales from all files as Parquet: each `_id` once, by the contract.",
            metadata={"dagster/column_schema": with_links(column_schema(Sale), LINEAGE[CLEANED])},
        ),
        dg.AssetSpec(
            DUPLICATES,
            deps=[STAGED],
            group_name="lake",
            kinds={"polars", "parquet"},
            owners=OWNERS,
            description="One day's rows that repeat an `_id`. The first to arrive is kept as the sale.",
            metadata={"dagster/column_schema": with_links(frame_schema(DUPLICATES_SCHEMA), LINEAGE[DUPLICATES])},
        ),
    ],
    partitions_def=DAYS,
    can_subset=True,
    pool=LAKE_POOL,
    backfill_policy=SINGLE_RUN,
)
@plain_failures
def clean(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
) -> Iterator[dg.MaterializeResult]:
    """Build each day of the run from all staged files that hold its rows. Writes both outputs."""
    started = time.perf_counter()
    days = days_of(tuple(context.partition_keys))
    inputs = catalog.staged_inputs()
    if not inputs:
        LOGGER.warning(
            "cleaned_sales: nothing is staged yet; run `bandcamp run`, or materialize the assets above first"
        )
    progress = Progress("cleaned_sales", "days cleaned", len(days))
    home, lake = settings.home, settings.home.lake
    with (
        open_workers(settings.dask_scheduler, settings.home) as workers,
        scratch_folder(home.scratch, "clean") as scratch,
        noting_damage(home, catalog),
    ):
        known = catalog.file_contents()
        wanted = [_day_to_clean(day, inputs.get(day, []), home, scratch, known) for day in days]
        made: list[CleanedDay] = []
        for number, cleaned in enumerate(clean_days(wanted, workers), start=1):
            made.append(cleaned)
            if number % DAYS_A_RECORD == 0 or number == len(days):
                written = [path for day in made for path in cleaned_paths(home, day)]
                catalog.record_cleaned(made, [describe(home, path) for path in written])
                made.clear()
            progress(number)
    with noting_damage(home, catalog):
        kept, repeated = cleaned_figures(lake, days), duplicate_figures(lake, days)
        seconds = time.perf_counter() - started
        all_days = catalog.cleaned_days().values()
        held = {CLEANED: sum(day.rows for day in all_days), DUPLICATES: sum(day.duplicates for day in all_days)}
        for key, figures in ((CLEANED, kept), (DUPLICATES, repeated)):
            if key not in context.selected_asset_keys:
                continue
            files = {day: path for day in days if (path := _FILES[key](lake, day)).is_file()}
            add_day_figures(context, key, figures, files)
            example = {"preview": preview(first_rows(files[max(files)]))} if files else {}
            add_to_last_day(context, key, {"dagster/column_lineage": LINEAGE[key], **example})
            size = sum(path.stat().st_size for path in files.values())
            yield dg.MaterializeResult(
                asset_key=key,
                metadata={
                    **work_of_run(total(figures).rows, seconds, len(days), size=size),
                    "run_amount_paid_usd": float(total(figures).amount_paid_usd),
                    "dagster/row_count": held[key],
                },
            )


def _day_to_clean(
    day: date, file_ids: Sequence[str], home: Home, scratch: Path, known: Mapping[str, FileContent]
) -> DayToClean:
    recorded = [known.get(home.place_of(staged_file(home.lake, day, file_id))) for file_id in file_ids]
    crc32cs = tuple(content.crc32c if content else NOT_RECORDED for content in recorded)
    return DayToClean(day, tuple(file_ids), home.lake, scratch, crc32cs)


_FILES = {CLEANED: cleaned_file, DUPLICATES: duplicate_file}
