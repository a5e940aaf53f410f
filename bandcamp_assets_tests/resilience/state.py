"""What must be true of a home after anything: nothing duplicated, nothing half-written, nothing still held."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dagster as dg

from bandcamp_assets.state.catalog import Layer, Part
from bandcamp_assets.state.ledger.measure import cleaned_figures, object_figures
from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets_tests.homes import TestHome

ENDED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE}


def everything(home: TestHome) -> dict[str, Any]:
    """Everything that a run leaves, except times: files, tables, records."""
    catalog = home.deployment.catalog
    return {
        "files": home.files(),
        "shared": {place: held for place, held in home.files("tables").items() if place.endswith(".parquet")},
        "tables": home.tables(),
        "raw": [
            (replace(file, arrived_at=None, withdrawn_at=None), file.withdrawn_at is None)  # type: ignore[arg-type]
            for file in catalog.raw_files()
        ],
        "staged": [replace(file, seconds=0.0) for file in catalog.staged_files()],
        "cleaned": catalog.cleaned_days(),
        "content": {
            # The records of what dbt built also contain the path of the home.
            layer: {day: made.partition("/")[0] for day, made in catalog.content(layer).items()}
            for layer in (Layer.OBJECTS, Layer.WAREHOUSE, Layer.FACT)
        },
        "built": {part: bool(catalog.built_from(part)) for part in Part},
    }


def days_are_whole_or_absent(home: TestHome, whole: TestHome) -> bool:
    """Whether every layer holds each day as a whole or not at all."""
    expected = whole.ledger().layers["cleaned"]
    deployment = home.deployment
    found = [
        cleaned_figures(home.root / "lake", expected),
        object_figures(deployment.settings.home.lake, deployment.object_store, expected),
        deployment.warehouse.figures("sales"),
        deployment.warehouse.figures("fct_sales"),
    ]
    return all(held == expected[day] for layer in found for day, held in layer.items() if held.rows)


def what_is_left_over(home: TestHome) -> list[str]:
    """Half-written files, and folders of processes that are gone."""
    places = [*(home.root / "scratch").iterdir(), *(home.root / "dbt" / "builds").glob("*")]
    return [str(path.relative_to(home.root)) for path in places]


def what_is_still_held(home: TestHome) -> list[str]:
    """Runs that have not ended, and claimed slots of the pools."""
    with open_instance(home.deployment.settings.home) as instance:
        storage = instance.event_log_storage
        open_runs = [f"{run.run_id} is {run.status}" for run in instance.get_runs() if run.status not in ENDED]
        pools = {pool: storage.get_concurrency_info(pool) for pool in storage.get_concurrency_keys()}
        taken = [
            f"{pool} is held: {info.claimed_slots}, {info.pending_steps}"
            for pool, info in pools.items()
            if info.claimed_slots or info.pending_steps
        ]
    return open_runs + taken
