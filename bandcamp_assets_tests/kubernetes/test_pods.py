"""Every pod is confined and limited, runs the one image, and has what it mounts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import kubernetes.client
import pytest
import yaml
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster_k8s import K8sRunLauncher
from dagster_k8s.job import construct_dagster_k8s_job

from bandcamp_assets_tests.kubernetes.charts import context_of_runs
from bandcamp_assets_tests.kubernetes.files import (
    CODE,
    DAGSTER_VALUES,
    IMAGE,
    KUSTOMIZATION,
    SETTINGS,
    dask,
    of_kind,
)

WEBSERVER, DAEMON = DAGSTER_VALUES["dagsterWebserver"], DAGSTER_VALUES["dagsterDaemon"]
NAMESPACE = KUSTOMIZATION["namespace"]


def of_dagsters_chart(values: dict[str, Any]) -> dict[str, Any]:
    """The pod that the chart makes of one of its parts."""
    container = {key: values[key] for key in ("securityContext", "resources", "volumeMounts")}
    container["image"] = "{repository}:{tag}".format(**values["image"])
    return {
        "securityContext": values["podSecurityContext"],
        "volumes": values["volumes"],
        "containers": [container],
    }


@pytest.fixture
def run_pod(tmp_path: Path) -> dict[str, Any]:
    """The pod of a run, as Dagster's launcher makes it."""
    cluster = tmp_path / "cluster.yaml"
    cluster.write_text(
        yaml.safe_dump(
            {
                "clusters": [{"name": "one", "cluster": {"server": "https://127.0.0.1:1"}}],
                "contexts": [{"name": "one", "context": {"cluster": "one", "user": "one"}}],
                "users": [{"name": "one", "user": {}}],
                "current-context": "one",
            }
        )
    )
    given = DAGSTER_VALUES["runLauncher"]["config"]["k8sRunLauncher"]["runK8sConfig"]
    names = {
        "container_config": "containerConfig",
        "pod_spec_config": "podSpecConfig",
        "job_spec_config": "jobSpecConfig",
    }
    launcher = K8sRunLauncher(
        service_account_name="dagster",
        instance_config_map="dagster-instance",
        dagster_home="/opt/dagster/dagster_home",
        postgres_password_secret=DAGSTER_VALUES["global"]["postgresqlSecretName"],
        load_incluster_config=False,
        kubeconfig_file=str(cluster),
        job_namespace=NAMESPACE,
        run_k8s_config={theirs: given[ours] for theirs, ours in names.items()},
    )
    repository = RepositoryPythonOrigin(
        executable_path="python",
        code_pointer=ModuleCodePointer("bandcamp_assets.definitions", "defs"),
        container_image=IMAGE,
        container_context=context_of_runs(DAGSTER_VALUES, NAMESPACE),
    )
    run = dg.DagsterRun(job_name="build", job_code_origin=JobPythonOrigin("build", repository))
    context = launcher.get_container_context_for_run(run)
    job = construct_dagster_k8s_job(
        context.get_k8s_job_config(IMAGE, launcher), [], "a-run", user_defined_k8s_config=context.run_k8s_config
    )
    written = kubernetes.client.ApiClient().sanitize_for_serialization(job)
    assert written["spec"]["activeDeadlineSeconds"] == 21600
    template: dict[str, Any] = written["spec"]["template"]
    return {**template["spec"], "labels": template["metadata"]["labels"]}


PODS = {
    "code": of_dagsters_chart(CODE),
    "webserver": of_dagsters_chart(WEBSERVER),
    "daemon": of_dagsters_chart(DAEMON),
    "scheduler": dask("scheduler")["spec"]["template"]["spec"],
    "worker": dask("worker")["spec"]["template"]["spec"],
}
each_pod = pytest.mark.parametrize("pod", PODS.values(), ids=PODS.keys())


def assert_is_confined_and_limited(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["image"] == IMAGE
    assert set(container["resources"]["limits"]) == set(container["resources"]["requests"]) == {"cpu", "memory"}
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    assert "tmp" in {mount["name"] for mount in container["volumeMounts"]}
    assert not any("hostPath" in volume for volume in pod["volumes"])


def homes(pod: dict[str, Any]) -> set[tuple[str, str]]:
    """Which claims the pod mounts, and where."""
    claims = {
        volume["name"]: volume["persistentVolumeClaim"]["claimName"]
        for volume in pod["volumes"]
        if "persistentVolumeClaim" in volume
    }
    mounts = pod["containers"][0]["volumeMounts"]
    return {(claims[mount["name"]], mount["mountPath"]) for mount in mounts if mount["name"] in claims}


def test_the_namespace_refuses_whoever_runs_as_root() -> None:
    (namespace,) = of_kind("Namespace").values()

    assert namespace["metadata"]["name"] == NAMESPACE
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@each_pod
def test_every_pod_is_confined_and_limited(pod: dict[str, Any]) -> None:
    assert_is_confined_and_limited(pod)


def test_a_run_is_confined_and_limited_and_has_the_settings_and_the_account(run_pod: dict[str, Any]) -> None:
    (container,) = run_pod["containers"]

    assert_is_confined_and_limited(run_pod)
    assert SETTINGS.items() <= {each["name"]: each.get("value") for each in container["env"]}.items()
    assert container["resources"] == CODE["resources"]
    assert CODE["labels"].items() <= run_pod["labels"].items()
    assert run_pod["serviceAccountName"] == "bandcamp-runs"


def test_runs_workers_and_code_server_see_the_same_home_and_the_others_none(run_pod: dict[str, Any]) -> None:
    (claim,) = of_kind("PersistentVolumeClaim").values()
    home = {(claim["metadata"]["name"], SETTINGS["BANDCAMP_HOME"])}

    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert homes(PODS["code"]) == homes(PODS["worker"]) == homes(run_pod) == home
    assert homes(PODS["scheduler"]) == homes(PODS["webserver"]) == homes(PODS["daemon"]) == set()


def test_dask_has_no_token_and_no_variables_of_services() -> None:
    (account,) = of_kind("ServiceAccount").values()

    assert account["automountServiceAccountToken"] is False
    for role in ("scheduler", "worker"):
        assert PODS[role]["serviceAccountName"] == account["metadata"]["name"]
        assert PODS[role]["enableServiceLinks"] is False


def test_there_is_one_scheduler_at_a_time() -> None:
    assert dask("scheduler")["spec"]["strategy"] == {"type": "Recreate"}
