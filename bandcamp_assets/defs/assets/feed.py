"""The live feed: `feed_pages`, pages of Bandcamp's sales feed, kept as received and recorded as raw files."""

import time
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import polars as pl

from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.components.metadata import table
from bandcamp_assets.defs.policies import LAKE_POOL, OWNERS, SINGLE_RUN
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.landing.arrival import refuse_mixture
from bandcamp_assets.landing.empty_home import refuse_unknown_sales
from bandcamp_assets.landing.feed_arrival import record_pages
from bandcamp_assets.landing.restoring import restore_catalog
from bandcamp_assets.sources.feed import (
    Coverage,
    FeedClient,
    PageStore,
    Patience,
    PollResult,
    Window,
    coverage,
    poll,
)
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.manifests import write_manifests
from bandcamp_assets.storage.objects import ObjectStore
from bandcamp_assets.storage.warehouse import Warehouse
from bandcamp_assets.system.errors import PlatformError

FEED_PAGES = dg.AssetKey("feed_pages")

MAX_SHOWN = 50


class FeedConfig(dg.Config):
    """Whether to ask the feed's server.

    Attributes:
        poll: Ask for new pages, as the job `poll_feed` does. Without it a run only shows the pages it has.
    """

    poll: bool = False


@dg.asset(
    key=FEED_PAGES,
    group_name="landing",
    kinds={"json"},
    owners=OWNERS,
    pool=LAKE_POOL,
    backfill_policy=SINGLE_RUN,
)
@plain_failures
def feed_pages(
    context: dg.AssetExecutionContext,
    config: FeedConfig,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    object_store: dg.ResourceParam[ObjectStore],
    warehouse: dg.ResourceParam[Warehouse],
) -> dg.MaterializeResult:
    """New pages of Bandcamp's live feed of sales. Each page is kept as received before it is read.

    The pages themselves say up to which time the feed was read. Times that no page covers are gaps.
    """
    started = time.perf_counter()
    settings.home.prepare()
    restore_catalog(settings.home, catalog)
    if config.poll:
        refuse_unknown_sales(settings.home, catalog, object_store, warehouse, is_asked_for=True)
    store = PageStore(settings.home.feed)
    result = _ask(store, settings, catalog) if config.poll else PollResult()
    # Pages that came before an error count.
    new_files = record_pages(store, settings.feed_url, settings.home, catalog)
    write_manifests(settings.home, catalog)
    for warning in result.warnings:
        context.log.warning(warning.text)
    if result.error is not None and not new_files:
        raise result.error
    if result.error is not None:
        # The new pages must be staged first. If the error persists, the next poll raises it.
        context.log.warning(str(result.error))
    return dg.MaterializeResult(
        metadata={
            **_coverage_metadata(coverage(store.windows())),
            **(_poll_metadata(result) if config.poll else {}),
            "polled": config.poll,
            "new_files": new_files,
            "seconds": round(time.perf_counter() - started, 3),
        }
    )


def _ask(store: PageStore, settings: Settings, catalog: Catalog) -> PollResult:
    """Poll, unless the home holds synthetic sales or the server asked for a pause."""
    refuse_mixture(catalog, synthetic=False)
    come_back_at = store.come_back_at
    if come_back_at and datetime.now(UTC) < come_back_at:
        raise PlatformError(
            "The feed's server has asked for a pause",
            where=settings.feed_url,
            remedy=f"poll after {come_back_at:%Y-%m-%d %H:%M:%S} UTC; the schedule does that by itself",
        )
    result = _poll(store, settings)
    store.rest_until(result.come_back_at)
    return result


def _poll_metadata(result: PollResult) -> dict[str, Any]:
    return {
        "pages": len(result.pages),
        "new_pages": len(result.new_pages),
        "events": sum(page.events for page in result.new_pages),
        "new_gaps": len(result.gaps),
        "new_overlaps": len(result.overlaps),
        "caught_up": result.caught_up,
        "warnings": [warning.text for warning in result.warnings],
        "error": str(result.error or ""),
    }


def _poll(store: PageStore, settings: Settings) -> PollResult:
    patience = Patience(total_seconds=settings.feed_seconds)
    with FeedClient(settings.feed_url, contact_url=settings.feed_contact_url, patience=patience) as client:
        try:
            return poll(
                store, client, max_pages=settings.feed_max_pages, pause_seconds=settings.feed_pause_seconds
            )
        except PlatformError as error:
            return PollResult(error=error)


def _coverage_metadata(covered: Coverage) -> dict[str, dg.MetadataValue]:
    cursor = float(covered.cursor) if covered.cursor is not None else None
    known = datetime.fromtimestamp(cursor, UTC).isoformat(timespec="seconds") if cursor is not None else "never"
    return {
        "known_until": dg.MetadataValue.text(known),
        "lag_seconds": dg.MetadataValue.float(max(time.time() - cursor, 0.0) if cursor is not None else 0.0),
        "gaps": table(_windows(covered.gaps)),
        "overlaps": table(_windows(covered.overlaps)),
    }


def _windows(windows: tuple[Window, ...]) -> pl.DataFrame:
    """Spans of time, the newest first."""
    newest = sorted(windows, key=lambda window: window.start_date, reverse=True)[:MAX_SHOWN]
    return pl.DataFrame(
        {
            "from_utc": [_time(float(window.start_date)) for window in newest],
            "to_utc": [_time(float(window.end_date)) for window in newest],
            "minutes": [round(float(window.seconds) / 60, 1) for window in newest],
        },
        schema={"from_utc": pl.String, "to_utc": pl.String, "minutes": pl.Float64},
    )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
