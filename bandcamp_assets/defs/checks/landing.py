"""Checks of what was delivered: what had to be refused, and what was rejected."""

from typing import Final

import dagster as dg

from bandcamp_assets.defs.assets.lake import REJECTED, STAGED
from bandcamp_assets.defs.checks import MAX_SHOWN
from bandcamp_assets.defs.policies import LAKE_POOL
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.landing.refusals import closed_inbox, files_waiting_in_vain, standing_refusals
from bandcamp_assets.sources.inbox import Inboxes
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.ledger.rejections import UNUSUAL_SHARE, unusual_rejections


@dg.asset_check(asset=dg.AssetKey("raw_sales"), pool=LAKE_POOL)
def dropped_files_can_be_read(
    catalog: dg.ResourceParam[Catalog], inboxes: dg.ResourceParam[Inboxes]
) -> dg.AssetCheckResult:
    """No file that lies in an inbox had to be refused, and none lies in one that takes no files.

    A correction that was refused once it was read is told by `corrections_hold_sales`.
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
        description=f"{len(refused)} dropped files were refused" if refused else "All were taken in",
        metadata={"files_refused": len(refused), "differences": [str(one) for one in refused[:MAX_SHOWN]]},
    )


@dg.asset_check(asset=STAGED, pool=LAKE_POOL)
def corrections_hold_sales(
    catalog: dg.ResourceParam[Catalog], inboxes: dg.ResourceParam[Inboxes]
) -> dg.AssetCheckResult:
    """No correction that lies in an inbox had to be refused because none of its rows can be a sale."""
    places = {inbox.place: inbox for inbox in inboxes.all}
    refused = [one for one in catalog.refused_corrections() if one.inbox in places]
    lying = {
        (place, drop.name, drop.version)
        for place in {one.inbox for one in refused}
        for drop in places[place].delivered_files()
    }
    shown = [
        f"{one.inbox}/{one.name}: {' '.join(one.refused.split())}"
        for one in refused
        if (one.inbox, one.name, one.version) in lying
    ]
    return dg.AssetCheckResult(
        passed=not shown,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(shown)} corrections were refused; the earlier rows stay"
        if shown
        else "None was refused",
        metadata={"files_refused": len(shown), "differences": shown[:MAX_SHOWN]},
    )


@dg.asset_check(asset=REJECTED, pool=LAKE_POOL)
def few_rows_are_rejected(
    settings: dg.ResourceParam[Settings], catalog: dg.ResourceParam[Catalog]
) -> dg.AssetCheckResult:
    """No delivery has more than a tenth of its rows rejected."""
    unusual = unusual_rejections(catalog, settings.home.lake)
    return dg.AssetCheckResult(
        passed=not unusual,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"An unusual share of {len(unusual)} deliveries was rejected"
        if unusual
        else f"Of no delivery more than {UNUSUAL_SHARE:.0%} was rejected",
        metadata={"deliveries": len(unusual), "differences": unusual[:MAX_SHOWN]},
    )


CHECKS: Final = (dropped_files_can_be_read, corrections_hold_sales, few_rows_are_rejected)
