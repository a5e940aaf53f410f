"""How old an asset may become. Dagster's daemon watches it, and an alert reports overdue assets."""

from __future__ import annotations

from datetime import timedelta

import dagster as dg

from bandcamp_assets.deployment.settings import Settings

REPORT_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36), warn_window=timedelta(hours=26))
"""The report is rebuilt every day, whether or not something changed."""

FEED_FRESHNESS = {
    "feed_pages": dg.FreshnessPolicy.time_window(
        fail_window=timedelta(minutes=30), warn_window=timedelta(minutes=10)
    ),
    "fct_sales": dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=3), warn_window=timedelta(hours=1)),
}
"""Only if the feed is on. Without it the data does not change, so its age means nothing."""


def freshness_of(asset: str, settings: Settings) -> dg.FreshnessPolicy | None:
    """The freshness policy of an asset, if it has one."""
    if asset in ("ledger", "sales_dashboard"):
        return REPORT_FRESHNESS
    return FEED_FRESHNESS.get(asset) if settings.feed else None
