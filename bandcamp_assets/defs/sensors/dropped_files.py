"""The sensor that lands delivered files. One run takes all that wait."""

import hashlib
import time

import dagster as dg

from bandcamp_assets.defs import jobs
from bandcamp_assets.defs.backoff import AUTOMATION_TAG, REQUEST_TAG, runs_at_work, wait_after_failures
from bandcamp_assets.defs.selections import FILES
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.landing.deliveries import waiting
from bandcamp_assets.landing.refusals import closed_inbox, files_waiting_in_vain
from bandcamp_assets.landing.restoring import must_be_restored
from bandcamp_assets.sources.inbox import Inbox, Inboxes
from bandcamp_assets.state.catalog import Catalog

NAME = "dropped_files"
INTERVAL_SECONDS = 10

LISTING_SECONDS = 300
"""How often a bucket is listed. Listings are billed: one every ten seconds would be 2.59 USD a month."""


@dg.sensor(
    name=NAME,
    job=jobs.land,
    minimum_interval_seconds=INTERVAL_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Lands the complete files of the inboxes, all in one run.",
)
def dropped_files(
    context: dg.SensorEvaluationContext,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    inboxes: dg.ResourceParam[Inboxes],
) -> dg.SkipReason | dg.RunRequest:
    """Ask for a run if files wait in an inbox."""
    lost = must_be_restored(settings.home, catalog)
    looked_at = _to_look_at(context, inboxes)
    # Landing rebuilds a lost catalog. Only then is it known which files were handled.
    found = [("catalog", "lost", "")] * lost or [
        (inbox.place, drop.name, drop.version) for inbox in looked_at for drop in waiting(inbox, catalog)
    ]
    if not found:
        in_vain = files_waiting_in_vain(looked_at, catalog)
        return dg.SkipReason(closed_inbox(in_vain) if in_vain else "No complete file waits")
    if at_work := runs_at_work(context.instance):
        return dg.SkipReason(f"{len(found)} files wait for {at_work} runs to end")
    request = hashlib.sha256(repr(found).encode()).hexdigest()[:16]
    if wait := wait_after_failures(context.instance, NAME, request):
        return dg.SkipReason(f"Landing {len(found)} files has failed; again in {wait.seconds + 1} seconds")
    return dg.RunRequest(
        # Without the feed, as its faults must not hold up files.
        asset_selection=[dg.AssetKey(name) for name in FILES],
        run_config={"ops": {"raw_sales": {"config": {"only_inboxes": True}}}},
        tags={AUTOMATION_TAG: NAME, REQUEST_TAG: request, "bandcamp/files": str(len(found))},
    )


def _to_look_at(context: dg.SensorEvaluationContext, inboxes: Inboxes) -> tuple[Inbox, ...]:
    """The inboxes to look at now: folders each time, buckets every `LISTING_SECONDS`."""
    now = time.time()
    if now - float(context.cursor or 0) < LISTING_SECONDS:
        return tuple(inbox for inbox in inboxes.all if inbox.is_local)
    context.update_cursor(str(now))
    return inboxes.all
