"""The files for Kubernetes hold no secret, valid settings, and an instance that does as production's.

They were never applied to a cluster: what is tested is what can be read from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

from bandcamp_assets.deployment.settings import DESCRIPTIONS, Settings
from bandcamp_assets.system.home import Home
from bandcamp_assets_tests.kubernetes.files import (
    CODE,
    DAGSTER_VALUES,
    DASK_VALUES,
    KUBERNETES,
    KUSTOMIZATION,
    OBJECTS,
    SETTINGS,
)
from bandcamp_assets_tests.production.files import load_yaml

SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|CREDENTIAL", re.IGNORECASE)
FILLED = {name: "my-value" if value in ("PROJECT", "BUCKET") else value for name, value in SETTINGS.items()}


def test_every_file_is_applied_by_somebody() -> None:
    applied = {"kustomization.yaml", "dagster-values.yaml", *KUSTOMIZATION["resources"]}
    applied |= {chart["valuesFile"] for chart in KUSTOMIZATION["helmCharts"]}

    assert {path.name for path in KUBERNETES.glob("[!.]*.yaml")} == applied


def test_the_settings_exist_and_are_valid() -> None:
    assert set(SETTINGS) <= set(DESCRIPTIONS)
    assert Settings.from_env(FILLED).dask_scheduler == SETTINGS["BANDCAMP_DASK_SCHEDULER"]


def test_the_variables_that_kubernetes_makes_of_services_are_not_taken_for_settings() -> None:
    services = (CODE["name"], "dagster-dagster-webserver", "dask-scheduler")
    prefixes = [name.upper().replace("-", "_") for name in services]
    made = {f"{prefix}_{end}": "10.0.0.1" for prefix in prefixes for end in ("SERVICE_HOST", "PORT")}

    assert Settings.from_env({**FILLED, **made}) == Settings.from_env(FILLED)


def _entries(node: Any, name: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - whatever YAML holds
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _entries(value, str(key))
    elif isinstance(node, list):
        for value in node:
            yield from _entries(value, name)
    else:
        yield name, node


def test_no_secret_is_in_any_file() -> None:
    names_of_secrets = {"postgresqlSecretName", "generatePostgresqlPasswordSecret", "automountServiceAccountToken"}

    assert [document for document in OBJECTS if document["kind"] == "Secret"] == []
    for document in (*OBJECTS, DAGSTER_VALUES, DASK_VALUES, KUSTOMIZATION):
        for name, value in _entries(document):
            assert not SECRET_NAME.search(name) or name in names_of_secrets, (name, value)


def test_the_instance_does_as_the_production_instance(tmp_path: Path) -> None:
    production, own = load_yaml("dagster.yaml"), DAGSTER_VALUES["additionalInstanceConfig"]
    Home(tmp_path).prepare()
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(own))

    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert instance.run_retries_enabled

    for part in ("concurrency", "run_retries", "freshness"):
        assert own[part] == production[part]
    monitoring = DAGSTER_VALUES["dagsterDaemon"]["runMonitoring"]
    assert monitoring["cancelTimeoutSeconds"] == production["run_monitoring"]["cancel_timeout_seconds"]
    assert DAGSTER_VALUES["retention"]["schedule"]["purgeAfterDays"] == 90


def test_the_database_is_reached_by_the_driver_in_the_image() -> None:
    assert (
        DAGSTER_VALUES["postgresql"]["postgresqlScheme"]
        == load_yaml("dagster.yaml")["storage"]["postgres"]["postgres_db"]["scheme"]
    )
