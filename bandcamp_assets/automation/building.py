"""The sensor that builds what changed: just the days that landed rows touch, then the marts and the report.

It plans as `bandcamp run` does, from the catalog's commit points, so it does not matter who landed a file or which
run was killed. Dagster's declarative automation does not fit here: `staged_sales` has no days, and which of them a
file touches is known to the catalog alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import dagster as dg

from bandcamp_assets.assets.common import range_tags
from bandcamp_assets.assets.parts import Parts
from bandcamp_assets.automation.turns import AUTOMATION_TAG, REQUEST_TAG, runs_at_work, wait_after_failures
from bandcamp_assets.integrity.damage import Survey
from bandcamp_assets.planning import Plan

NAME = "build_what_changed"
INTERVAL_SECONDS = 10

STAGING = (dg.AssetKey("rejected_sales"), dg.AssetKey("staged_sales"))
"""What a run makes anew of raw files."""


def build_changes_sensor(
    parts: Parts, plan: Callable[[Survey], Plan], look: Callable[[], Survey]
) -> dg.SensorDefinition:
    """The sensor that asks for a run when some day, or what comes after the days, is not up to date.

    Args:
        parts: The assets to build.
        plan: What is left to do now, given what is lost or damaged. Cheap.
        look: What is lost or damaged of what can be made anew. Cheap, but right only while no run is at work.
    """

    @dg.sensor(
        name=NAME,
        asset_selection=dg.AssetSelection.assets(*STAGING, *parts.reference, *parts.days, *parts.after_days),
        minimum_interval_seconds=INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Builds the days that landed files touch, from cleaned_sales to the report, one range of days "
        "in a run.",
    )
    def build_what_changed(context: dg.SensorEvaluationContext) -> dg.SkipReason | dg.RunRequest:
        at_work = runs_at_work(context.instance)
        found = Survey() if at_work else look()
        restaging = _restaging(found)
        if restaging and not wait_after_failures(context.instance, NAME, restaging.tags[REQUEST_TAG]):
            return restaging
        wanted = plan(found)
        if not wanted.days and not wanted.marts:
            return dg.SkipReason("Everything is up to date")
        if at_work:
            return dg.SkipReason(f"{_shown(wanted)} to build; waiting for {at_work} runs to end")
        request = _request(parts, wanted)
        if wait := wait_after_failures(context.instance, NAME, request.tags[REQUEST_TAG]):
            return dg.SkipReason(f"Building {_shown(wanted)} has failed; again in {wait.seconds + 1} seconds")
        return request

    return build_what_changed


def _restaging(found: Survey) -> dg.RunRequest | None:
    """The run that makes lost or damaged staged files anew, before any day is made from them."""
    if not found.file_ids:
        return None
    request = hashlib.sha256(repr(sorted(found.file_ids)).encode()).hexdigest()[:16]
    return dg.RunRequest(asset_selection=list(STAGING), tags={AUTOMATION_TAG: NAME, REQUEST_TAG: request})


def _request(parts: Parts, plan: Plan) -> dg.RunRequest:
    """The next run: the first range of days, with all that comes after if it is the last one."""
    keys = set(parts.reference if plan.reference else ())
    tags: dict[str, str] = {}
    if plan.ranges:
        keys |= parts.days
        tags = range_tags(*plan.ranges[0])
    if len(plan.ranges) <= 1:
        keys |= parts.after_days
    what = repr((plan.days, plan.reference, plan.marts, plan.made_from, sorted(tags.items())))
    request = hashlib.sha256(what.encode()).hexdigest()[:16]
    return dg.RunRequest(asset_selection=sorted(keys), tags={**tags, AUTOMATION_TAG: NAME, REQUEST_TAG: request})


def _shown(plan: Plan) -> str:
    if not plan.days:
        return "the marts"
    return f"{len(plan.days)} day{'s' if len(plan.days) > 1 else ''}"
