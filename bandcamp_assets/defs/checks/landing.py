"""Checks of deliveries: refused files, refused corrections, and rejected rows."""

from typing import Final

import dagster as dg

from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.defs.assets.staging import REJECTED, STAGED
from bandcamp_assets.defs.checks import MAX_SHOWN, named
from bandcamp_assets.defs.policies import LAKE_POOL
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.landing.refusals import closed_inbox, files_waiting_in_vain, standing_refusals
from bandcamp_assets.sources.inbox import Inboxes
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.ledger.rejections import UNUSUAL_SHARE, rejecting_deliveries, unusual_rejections


@dg.asset_check(asset=dg.AssetKey("raw_sales"), pool=LAKE_POOL)
@plain_failures
def dropped_files_can_be_read(
    catalog: dg.ResourceParam[Catalog], inboxes: dg.ResourceParam[Inboxes]
) -> dg.AssetCheckResult:
    """No file in an inbox was refused, and no file is in a closed inbox.

    `corrections_hold_sales` reports corrections that could be read but were refused.
    """
    in_vain = files_waiting_in_vain(inboxes.all, catalog)
    if in_vain:
        return dg.AssetCheckResult(
            passed=False,
            severity=dg.AssetCheckSeverity.WARN,
            description=closed_inbox(in_vain),
            metadata={"files_refused": in_vain, "differences": []},
        )
    refused = [one for one in standing_refusals(inboxes.all, catalog) if not one.is_correction]
    return dg.AssetCheckResult(
        passed=not refused,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(refused)} delivered files were refused" if refused else "No file was refused",
        metadata={"files_refused": len(refused), **named([str(one) for one in refused])},
    )


@dg.asset_check(asset=STAGED, pool=LAKE_POOL)
@plain_failures
def corrections_hold_sales(
    catalog: dg.ResourceParam[Catalog], inboxes: dg.ResourceParam[Inboxes]
) -> dg.AssetCheckResult:
    """No correction in an inbox was refused for having no valid sale."""
    places = {inbox.place: inbox for inbox in inboxes.all}
    refused = [one for one in catalog.refused_corrections() if one.inbox in places]
    present = {
        (place, drop.name, drop.version)
        for place in {one.inbox for one in refused}
        for drop in places[place].delivered_files()
    }
    shown = [
        f"{one.inbox}/{one.name}: {' '.join(one.refused.split())}"
        for one in refused
        if (one.inbox, one.name, one.version) in present
    ]
    return dg.AssetCheckResult(
        passed=not shown,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(shown)} corrections were refused; the earlier rows stay"
        if shown
        else "No correction was refused",
        metadata={"files_refused": len(shown), **named(shown)},
    )


@dg.asset_check(asset=REJECTED, pool=LAKE_POOL)
@plain_failures
def few_rows_are_rejected(
    settings: dg.ResourceParam[Settings], catalog: dg.ResourceParam[Catalog]
) -> dg.AssetCheckResult:
    """No delivery has more than a tenth of its rows rejected. Every delivery with rejected rows is named."""
    unusual = unusual_rejections(catalog, settings.home.lake)
    return dg.AssetCheckResult(
        passed=not unusual,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(unusual)} deliveries have an unusual share of rejected rows"
        if unusual
        else f"No delivery has more than {UNUSUAL_SHARE:.0%} of its rows rejected",
        metadata={
            "deliveries": len(unusual),
            **named(rejecting_deliveries(catalog, settings.home.lake, most=MAX_SHOWN - 1)),
        },
    )


CHECKS: Final = (dropped_files_can_be_read, corrections_hold_sales, few_rows_are_rejected)
