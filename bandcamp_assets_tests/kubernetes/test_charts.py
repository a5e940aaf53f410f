"""The values are ones that the charts know, and what the charts make of them works with the image's versions."""

from __future__ import annotations

from typing import Any

import pytest
from distributed.cli import dask_scheduler, dask_worker

from bandcamp_assets_tests.kubernetes.chart_keys import DAGSTER, DASK, Keys, unknown_keys
from bandcamp_assets_tests.kubernetes.files import DAGSTER_VALUES, DASK_VALUES, KUBERNETES, KUSTOMIZATION, dask
from bandcamp_assets_tests.production.files import PRODUCTION, locked_versions


@pytest.mark.parametrize(("values", "keys"), [(DAGSTER_VALUES, DAGSTER), (DASK_VALUES, DASK)])
def test_every_value_is_one_that_its_chart_knows(values: dict[str, Any], keys: Keys) -> None:
    assert list(unknown_keys(values, keys)) == []


def test_a_value_that_the_chart_does_not_know_would_be_seen() -> None:
    values = {"worker": {"image": {"repository": "a", "pull": "b"}, "replica": 4}, "dashboard": {}}

    assert list(unknown_keys(values, DASK)) == [
        ".worker.image.pull",
        ".worker.replica",
        ".dashboard",
    ]


def test_dagsters_chart_is_of_the_version_in_the_image() -> None:
    (version,) = locked_versions(PRODUCTION / "requirements.lock")["dagster"]

    assert f"--version {version}" in (KUBERNETES / "dagster-values.yaml").read_text()
    assert f"--version {version}" in (KUBERNETES / "README.md").read_text()


def test_dasks_chart_is_pinned_and_released_under_the_name_that_makes_its_services_names() -> None:
    (chart,) = KUSTOMIZATION["helmCharts"]

    assert (chart["name"], chart["releaseName"], chart["version"]) == ("dask", "dask", "2024.1.1")
    assert chart["namespace"] == KUSTOMIZATION["namespace"]
    assert (KUBERNETES / chart["valuesFile"]).is_file()


def test_dask_understands_the_commands_that_its_chart_makes() -> None:
    (scheduler,), (worker,) = (
        dask(role)["spec"]["template"]["spec"]["containers"] for role in ("scheduler", "worker")
    )

    # The image's start.sh takes the first word.
    scheduling = dask_scheduler.main.make_context("scheduler", scheduler["args"][1:]).params
    working = dask_worker.main.make_context("worker", worker["args"][1:]).params

    assert (scheduling["port"], scheduling["dashboard"]) == ("8786", False)
    assert (working["scheduler"], working["worker_port"]) == ("dask-scheduler:8786", "8788")
    assert (working["nthreads"], working["nanny"], working["memory_limit"]) == (1, False, "0")
    assert (working["dashboard"], working["death_timeout"]) == (False, "120")
    assert working["local_directory"] == worker["volumeMounts"][-1]["mountPath"]
