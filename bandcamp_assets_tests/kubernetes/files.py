"""The files for Kubernetes, read, and the pods that come of them."""

from __future__ import annotations

import re
from typing import Any

import yaml

from bandcamp_assets_tests.kubernetes.charts import dask_deployment, patched
from bandcamp_assets_tests.production.files import ROOT

KUBERNETES = ROOT / "infra" / "kubernetes"
IMAGE = "REGISTRY/bandcamp-assets:0.1.0"


def documents(name: str) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all((KUBERNETES / name).read_text()) if document]


(KUSTOMIZATION,) = documents("kustomization.yaml")
(DAGSTER_VALUES,) = documents("dagster-values.yaml")
(DASK_VALUES,) = documents("dask-values.yaml")
OBJECTS = documents("namespace.yaml")
CODE: dict[str, Any] = DAGSTER_VALUES["dagster-user-deployments"]["deployments"][0]
SETTINGS: dict[str, str] = {each["name"]: each["value"] for each in CODE["env"]}


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    """The objects of `namespace.yaml` by their names."""
    return {document["metadata"]["name"]: document for document in OBJECTS if document["kind"] == kind}


def dask(role: str) -> dict[str, Any]:
    """The deployment of Dask's scheduler or workers, with the patches of `kustomization.yaml`."""
    deployment = dask_deployment(DASK_VALUES, role)
    for patch in KUSTOMIZATION["patches"]:
        target = patch["target"]
        if re.fullmatch(target["name"], deployment["metadata"]["name"]):
            assert target["kind"] == deployment["kind"]
            patched(deployment, yaml.safe_load(patch["patch"]))
    return deployment
