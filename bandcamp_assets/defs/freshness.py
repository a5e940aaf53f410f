"""How old an asset may become. Dagster's daemon watches it, and an alert reports overdue assets.

Raw files, seeds and dimensions do not age: they are right until somebody delivers or changes something.
"""

from __future__ import annotations

from datetime import timedelta

import dagster as dg

from bandcamp_assets.deployment.settings import Settings

REPORT_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36), warn_window=timedelta(hours=26))
"""Marts and report are rebuilt every day, whether or not something changed."""

FEED_FRESHNESS = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(minutes=30), warn_window=timedelta(minutes=10)
)
"""The feed is polled every two minutes."""

SALES_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=3), warn_window=timedelta(hours=1))
"""New sales go through all layers soon after they were polled."""

FED_GROUPS = {"lake", "warehouse", "staging", "facts", "rollups"}


def freshness_of(spec: dg.AssetSpec, settings: Settings) -> dg.FreshnessPolicy | None:
    """The freshness policy of an asset, if it can age. Without the feed, sales age only in the report."""
    group = spec.group_name or ""
    if group in ("report", "data_package") or group.startswith("marts"):
        return REPORT_FRESHNESS
    if not settings.feed:
        return None
    if spec.key == dg.AssetKey("feed_pages"):
        return FEED_FRESHNESS
    is_fed = group in FED_GROUPS or spec.key == dg.AssetKey("raw_objects")
    return SALES_FRESHNESS if is_fed else None
