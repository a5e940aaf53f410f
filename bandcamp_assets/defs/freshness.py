"""How old what people look at may become. Dagster's daemon watches it; an alert tells of what is overdue."""

from __future__ import annotations

from datetime import timedelta

import dagster as dg

from bandcamp_assets.deployment.settings import Settings

REPORT_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36), warn_window=timedelta(hours=26))
"""It is made anew every day, whether or not something changed."""

FEED_FRESHNESS = {
    "feed_pages": dg.FreshnessPolicy.time_window(
        fail_window=timedelta(minutes=30), warn_window=timedelta(minutes=10)
    ),
    "fct_sales": dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=3), warn_window=timedelta(hours=1)),
}
"""Only where the feed is on: an archive that does not change grows no older."""


def freshness_of(asset: str, settings: Settings) -> dg.FreshnessPolicy | None:
    """How old an asset may become, if it matters."""
    if asset in ("ledger", "sales_dashboard"):
        return REPORT_FRESHNESS
    return FEED_FRESHNESS.get(asset) if settings.feed else None
