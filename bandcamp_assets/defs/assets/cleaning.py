"""The lake: `cleaned_sales` and `duplicate_sales`, one day after the other, from staged files."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import dagster as dg

from bandcamp_assets.cluster import DayToClean, clean_days, open_workers
from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.components.metadata import (
    add_day_figures,
    add_to_last_day,
    column_schema,
    columns_as_in,
    frame_schema,
    preview,
    with_links,
    work_of_run,
)
from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.defs.assets.staging import STAGED
from bandcamp_assets.defs.partitions import DAYS, days_of
from bandcamp_assets.defs.policies import LAKE_POOL, OWNERS, SINGLE_RUN
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.lake.cleaning import DUPLICATES_SCHEMA
from bandcamp_assets.lake.damage import NOT_RECORDED, first_rows
from bandcamp_assets.lake.layout import cleaned_file, duplicate_file, staged_file
from bandcamp_assets.lake.made import CleanedDay
from bandcamp_assets.state.catalog import Catalog, FileContent
from bandcamp_assets.state.integrity.reading import cleaned_paths, describe, noting_damage
from bandcamp_assets.state.ledger.compare import total
from bandcamp_assets.state.ledger.measure import cleaned_figures, duplicate_figures
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.progress import LOGGER, Progress
from bandcamp_assets.system.scratch import scratch_folder

CLEANED = dg.AssetKey("cleaned_sales")
DUPLICATES = dg.AssetKey("duplicate_sales")

LINEAGE = {CLEANED: columns_as_in(STAGED), DUPLICATES: columns_as_in(STAGED, DUPLICATES_SCHEMA)}

DAYS_A_RECORD = 8
"""Cleaned days in one transaction of the catalog. A transaction for each took a quarter of the time for small
days. After a stopped run, at most so many days are cleaned again, with the same result."""


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
