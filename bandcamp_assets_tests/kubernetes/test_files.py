"""The files for Kubernetes keep their rules: no root, limits, no secret; names, ports and settings agree.

They were never applied to a cluster: what is tested is what can be read from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from bandcamp_assets.deployment.settings import DESCRIPTIONS, Settings
from bandcamp_assets.system.home import Home
from bandcamp_assets_tests.production.files import PRODUCTION, ROOT, load_yaml, locked_versions

KUBERNETES = ROOT / "infra" / "kubernetes"
IMAGE = "REGISTRY/bandcamp-assets:0.1.0"
PLACEHOLDERS = {"PROJECT", "BUCKET"}
SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|CREDENTIAL", re.IGNORECASE)


def documents(name: str) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all((KUBERNETES / name).read_text()) if document]


KUSTOMIZATION = documents("kustomization.yaml")[0]
OBJECTS = [document for name in KUSTOMIZATION["resources"] for document in documents(name)]
VALUES = documents("dagster-values.yaml")[0]
CODE = VALUES["dagster-user-deployments"]["deployments"][0]


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {document["metadata"]["name"]: document for document in OBJECTS if document["kind"] == kind}


PODS = {
    name: document["spec"]["template"]
    for kind in ("Deployment", "Job")
    for name, document in of_kind(kind).items()
}
SETTINGS = of_kind("ConfigMap")["bandcamp-settings"]["data"]

each_pod = pytest.mark.parametrize("pod", PODS.values(), ids=PODS.keys())


def test_every_manifest_is_applied() -> None:
    others = {"kustomization.yaml", "dagster-values.yaml"}

    assert {path.name for path in KUBERNETES.glob("*.yaml")} - others == set(KUSTOMIZATION["resources"])


def test_the_namespace_refuses_whoever_runs_as_root() -> None:
    (namespace,) = of_kind("Namespace").values()

    assert namespace["metadata"]["name"] == KUSTOMIZATION["namespace"]
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def _is_confined(pod_security: dict[str, Any], container_security: dict[str, Any]) -> bool:
    return (
        pod_security["runAsNonRoot"] is True
        and pod_security["runAsUser"] == 10001
        and pod_security["seccompProfile"] == {"type": "RuntimeDefault"}
        and container_security["allowPrivilegeEscalation"] is False
        and container_security["readOnlyRootFilesystem"] is True
        and container_security["capabilities"] == {"drop": ["ALL"]}
    )


@each_pod
def test_every_pod_is_confined_limited_and_has_what_it_mounts(pod: dict[str, Any]) -> None:
    (container,) = pod["spec"]["containers"]
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}

    assert _is_confined(pod["spec"]["securityContext"], container["securityContext"])
    assert container["image"] == IMAGE
    assert set(container["resources"]["limits"]) == set(container["resources"]["requests"]) == {"cpu", "memory"}
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
    assert pod["spec"]["serviceAccountName"] in of_kind("ServiceAccount")
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert not any("hostPath" in volume for volume in volumes.values())


def test_code_server_and_runs_are_confined_and_limited() -> None:
    launcher = VALUES["runLauncher"]["config"]["k8sRunLauncher"]
    pod, container = (launcher["runK8sConfig"][part] for part in ("podSpecConfig", "containerConfig"))

    assert _is_confined(CODE["podSecurityContext"], CODE["securityContext"])
    assert _is_confined(pod["securityContext"], container["securityContext"])
    for limited in (CODE, launcher, VALUES["dagsterWebserver"], VALUES["dagsterDaemon"]):
        assert set(limited["resources"]["limits"]) == {"cpu", "memory"}
    for part in (VALUES["dagsterWebserver"], VALUES["dagsterDaemon"]):
        assert part["podSecurityContext"]["runAsNonRoot"] is True
    assert pod["serviceAccountName"] in of_kind("ServiceAccount")
    assert VALUES["dagster-user-deployments"]["serviceAccount"]["name"] == pod["serviceAccountName"]


def test_all_run_the_same_image_and_see_the_same_home() -> None:
    claims = {
        volume["persistentVolumeClaim"]["claimName"]
        for volumes in (CODE["volumes"], *(pod["spec"]["volumes"] for pod in PODS.values()))
        for volume in volumes
        if "persistentVolumeClaim" in volume
    }
    mounts = {
        mount["mountPath"]
        for mounts in (
            CODE["volumeMounts"],
            *(pod["spec"]["containers"][0]["volumeMounts"] for pod in PODS.values()),
        )
        for mount in mounts
        if mount["name"] == "home"
    }

    assert f"{CODE['image']['repository']}:{CODE['image']['tag']}" == IMAGE
    assert claims == set(of_kind("PersistentVolumeClaim"))
    assert mounts == {SETTINGS["BANDCAMP_HOME"]}
    assert of_kind("PersistentVolumeClaim")["bandcamp-home"]["spec"]["accessModes"] == ["ReadWriteMany"]


def test_the_settings_exist_and_are_valid() -> None:
    filled = {name: "my-value" if value in PLACEHOLDERS else value for name, value in SETTINGS.items()}

    assert set(SETTINGS) <= set(DESCRIPTIONS)
    assert Settings.from_env(filled).dask_scheduler == SETTINGS["BANDCAMP_DASK_SCHEDULER"]
    assert CODE["envConfigMaps"] == [{"name": "bandcamp-settings"}]


def test_everyone_calls_the_scheduler_by_its_services_name_and_port() -> None:
    (service,) = of_kind("Service").values()
    address = f"tcp://{service['metadata']['name']}:{service['spec']['ports'][0]['port']}"
    (scheduler,), (worker,) = (PODS[name]["spec"]["containers"] for name in ("dask-scheduler", "dask-worker"))

    assert SETTINGS["BANDCAMP_DASK_SCHEDULER"] == address
    assert address in worker["command"]
    assert service["spec"]["selector"] == PODS["dask-scheduler"]["metadata"]["labels"]
    assert scheduler["command"][scheduler["command"].index("--port") + 1] == "8786"
    assert [port["containerPort"] for port in scheduler["ports"]] == [8786]
    assert [f"--worker-port={port['containerPort']}" in worker["command"] for port in worker["ports"]] == [True]


def test_only_those_who_need_it_reach_dask() -> None:
    policies = of_kind("NetworkPolicy")
    scheduler, workers = (policies[name]["spec"] for name in ("to-dask-scheduler", "to-dask-workers"))
    client = {"bandcamp/uses-dask": "true"}

    assert policies["nothing-comes-in"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    for policy, name in ((scheduler, "dask-scheduler"), (workers, "dask-worker")):
        assert policy["podSelector"]["matchLabels"] == PODS[name]["metadata"]["labels"]
        ports = {port["containerPort"] for port in PODS[name]["spec"]["containers"][0]["ports"]}
        assert {port["port"] for rule in policy["ingress"] for port in rule["ports"]} == ports
    callers = [source["podSelector"]["matchLabels"] for source in scheduler["ingress"][0]["from"]]
    assert callers == [PODS["dask-worker"]["metadata"]["labels"], client]
    assert CODE["labels"] == VALUES["runLauncher"]["config"]["k8sRunLauncher"]["labels"] == client
    code_server = policies["dagster-to-code-server"]["spec"]
    assert code_server["podSelector"]["matchLabels"] == {"deployment": CODE["name"]}
    assert code_server["ingress"][0]["ports"] == [{"port": CODE["port"]}]


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

    assert of_kind("Secret") == {}
    for document in (*OBJECTS, VALUES):
        for name, value in _entries(document):
            assert not SECRET_NAME.search(name) or name in names_of_secrets, (name, value)


def test_the_instance_does_as_the_production_instance(tmp_path: Path) -> None:
    production, own = load_yaml("dagster.yaml"), VALUES["additionalInstanceConfig"]
    monitoring = VALUES["dagsterDaemon"]["runMonitoring"]
    home = Home(tmp_path)
    home.prepare()
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(own))

    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert instance.run_retries_enabled

    for part in ("concurrency", "run_retries", "freshness"):
        assert own[part] == production[part]
    assert monitoring["cancelTimeoutSeconds"] == production["run_monitoring"]["cancel_timeout_seconds"]
    assert VALUES["retention"]["schedule"]["purgeAfterDays"] == 90


def test_the_helm_chart_is_of_the_version_in_the_lock() -> None:
    (version,) = locked_versions(PRODUCTION / "requirements.lock")["dagster"]

    assert f"--version {version}" in (KUBERNETES / "dagster-values.yaml").read_text()
    assert f"--version {version}" in (KUBERNETES / "README.md").read_text()
