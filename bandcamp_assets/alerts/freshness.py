"""Finds assets that are overdue: those whose freshness policy Dagster's freshness daemon finds broken."""

from __future__ import annotations

import time

import dagster as dg
from dagster._core.definitions.freshness import FreshnessState

from bandcamp_assets.alerts.fault import Fault, Severity

SOURCE = "overdue"


def overdue_assets(context: dg.SensorEvaluationContext) -> list[Fault]:
    """The assets whose freshness policy is broken, or about to be, as Dagster last saw it."""
    repository = context.repository_def
    if repository is None:
        return []
    graph = repository.asset_graph
    keys = [key for key in graph.materializable_asset_keys if graph.get(key).freshness_policy is not None]
    if not keys:
        return []
    states = context.instance.get_freshness_state_records(keys)
    return [
        Fault(
            scope=f"{SOURCE}:{key.to_user_string()}",
            severity=Severity.ERROR if record.freshness_state == FreshnessState.FAIL else Severity.WARNING,
            what="It has not been materialized for longer than its freshness policy allows"
            if record.freshness_state == FreshnessState.FAIL
            else "It will soon be older than its freshness policy allows",
            where=f"asset {key.to_user_string()}",
            remedy="see in the Dagster UI whether sensors and schedules run, and how its last run ended",
            at=time.time(),
        )
        for key, record in sorted(states.items(), key=lambda item: item[0].to_user_string())
        if record.freshness_state in (FreshnessState.FAIL, FreshnessState.WARN)
    ]
