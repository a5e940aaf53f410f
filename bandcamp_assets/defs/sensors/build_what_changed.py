"""The sensor that builds what changed: only the days with newly landed rows, then the marts and the report.

It plans as `bandcamp run` does, from the catalog's commit points. So it does not matter who landed a file or which
run was killed. Dagster's declarative automation does not fit here: `staged_sales` is not partitioned, and only the
catalog knows which days a file touches.
"""

import hashlib
from datetime import UTC, datetime, timedelta

import dagster as dg

from bandcamp_assets.defs import jobs
from bandcamp_assets.defs.backoff import AUTOMATION_TAG, REQUEST_TAG, runs_at_work, wait_after_failures
from bandcamp_assets.defs.partitions import range_tags
from bandcamp_assets.defs.selections import Parts
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.landing.restoring import must_be_restored
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.integrity.damage import Survey
from bandcamp_assets.state.integrity.survey import survey_derived
from bandcamp_assets.state.plan import BuildState, Plan
from bandcamp_assets.storage.objects import ObjectStore
from bandcamp_assets.system.home import Home

NAME = "build_what_changed"
INTERVAL_SECONDS = 10

STAGING = (dg.AssetKey("rejected_sales"), dg.AssetKey("staged_sales"))
"""What a run stages again if staged files are lost or damaged."""

NOTHING = Plan([], reference=False, marts=False, report=False)


@dg.sensor(
    name=NAME,
    jobs=[jobs.land, jobs.build],
    minimum_interval_seconds=INTERVAL_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Builds the days that landed files touch, from cleaned_sales to the report. Each run builds one "
    "range of days.",
)
def build_what_changed(
    context: dg.SensorEvaluationContext,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    object_store: dg.ResourceParam[ObjectStore],
    build_state: dg.ResourceParam[BuildState],
) -> dg.SkipReason | dg.RunRequest:
    """Ask for a run if a day, or what comes after the days, is not up to date."""
    at_work = runs_at_work(context.instance)
    # A run at work changes files, so loss and damage can be judged only while none is.
    found = Survey() if at_work else _look(settings.home, catalog, object_store)
    restaging = _restaging(found)
    if restaging and not wait_after_failures(context.instance, NAME, restaging.tags[REQUEST_TAG]):
        return restaging
    wanted = _left_to_do(settings.home, catalog, build_state, found)
    if wanted.is_empty:
        return dg.SkipReason("Everything is up to date")
    are_due = not wanted.marts or _marts_are_due(context.instance, settings.marts)
    if not wanted.days and not are_due:
        return dg.SkipReason(f"The marts are not of the latest sales; they are built {settings.marts}")
    if at_work:
        return dg.SkipReason(f"{_shown(wanted)} to build; waiting for {at_work} runs to end")
    request = _request(_parts(context), wanted, and_what_follows=are_due)
    if wait := wait_after_failures(context.instance, NAME, request.tags[REQUEST_TAG]):
        return dg.SkipReason(f"Building {_shown(wanted)} has failed; again in {wait.seconds + 1} seconds")
    return request


def _parts(context: dg.SensorEvaluationContext) -> Parts:
    if context.repository_def is None:
        raise ValueError("A sensor is evaluated in its repository")
    return Parts.of(context.repository_def.asset_graph)


def _look(home: Home, catalog: Catalog, object_store: ObjectStore) -> Survey:
    """Lost and damaged files that can be rebuilt. Cheap."""
    if must_be_restored(home, catalog):
        return Survey()
    found = survey_derived(home, catalog, object_store)
    if found.files or found.objects:
        # Recorded, so that the next tick does not read these files byte by byte again.
        catalog.record_contents(found.files, found.objects)
    return found


def _left_to_do(home: Home, catalog: Catalog, build_state: BuildState, found: Survey) -> Plan:
    """What is left to do now, given what is lost or damaged. Cheap."""
    # Before anything has landed there is nothing to build. Landing rebuilds a lost catalog.
    if must_be_restored(home, catalog) or not catalog.staged_files():
        return NOTHING
    return build_state.plan(survey=found)


def _restaging(found: Survey) -> dg.RunRequest | None:
    """The run that stages lost or damaged files again, before any day is built from them."""
    if not found.file_ids:
        return None
    request = hashlib.sha256(repr(sorted(found.file_ids)).encode()).hexdigest()[:16]
    return dg.RunRequest(
        job_name=jobs.land.name, asset_selection=list(STAGING), tags={AUTOMATION_TAG: NAME, REQUEST_TAG: request}
    )


def _marts_are_due(instance: dg.DagsterInstance, how_often: str) -> bool:
    """Whether the marts may be built now. The ledger is built with them, by whatever run."""
    latest = instance.get_latest_materialization_event(dg.AssetKey("ledger"))
    return latest is None or datetime.now(UTC).timestamp() - latest.timestamp >= _PAUSES[how_often].total_seconds()


_PAUSES = {"at_once": timedelta(), "hourly": timedelta(hours=1), "nightly": timedelta(hours=24)}
"""How long the marts must have been left alone. Every night a schedule builds them (see `upkeep`)."""


def _request(parts: Parts, plan: Plan, *, and_what_follows: bool) -> dg.RunRequest:
    """The next run: the first range of days. If it is the last range, also what follows the days, if it may."""
    keys = set(parts.reference if plan.reference else ())
    tags: dict[str, str] = {}
    if plan.ranges:
        keys |= parts.days
        tags = range_tags(*plan.ranges[0])
    if len(plan.ranges) <= 1 and and_what_follows:
        keys |= parts.after_days if plan.marts else parts.report
    what = repr((plan.days, plan.reference, plan.marts, plan.report, plan.made_from, sorted(tags.items())))
    request = hashlib.sha256(what.encode()).hexdigest()[:16]
    tags |= {AUTOMATION_TAG: NAME, REQUEST_TAG: request}
    return dg.RunRequest(job_name=jobs.build.name, asset_selection=sorted(keys), tags=tags)


def _shown(plan: Plan) -> str:
    if not plan.days:
        return "the marts" if plan.marts else "the report"
    return f"{len(plan.days)} day{'s' if len(plan.days) > 1 else ''}"
