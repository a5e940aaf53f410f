"""What the charts of Dagster and Dask make of values, as far as the tests need it.

Read from the charts' own templates. The tests do not run Helm, and the charts are not kept here.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any


def dask_deployment(values: Mapping[str, Any], role: str) -> dict[str, Any]:
    """The deployment that Dask's chart, released as `dask`, makes of the scheduler or a worker."""
    part = values[role]
    container = {
        "name": f"dask-{role}",
        "image": f"{part['image']['repository']}:{part['image']['tag']}",
        "args": _scheduler_command(part) if role == "scheduler" else _worker_command(values),
        **{key: part[key] for key in ("env", "resources", "livenessProbe", "readinessProbe") if key in part},
    }
    pod: dict[str, Any] = {key: part[key] for key in ("securityContext", "serviceAccountName") if key in part}
    if mounts := part.get("mounts") if role == "worker" else None:
        pod["volumes"], container["volumeMounts"] = mounts["volumes"], mounts["volumeMounts"]
    labels = {"app": "dask", "release": "dask", "component": role}
    return copy.deepcopy(
        {
            "kind": "Deployment",
            "metadata": {"name": f"dask-{role}", "labels": labels},
            "spec": {
                "strategy": {"type": "RollingUpdate"},
                "template": {"metadata": {"labels": labels}, "spec": {**pod, "containers": [container]}},
            },
        }
    )


def _scheduler_command(part: Mapping[str, Any]) -> list[str]:
    return ["dask-scheduler", f"--port={part['servicePort']}", "--dashboard-address=:8787", *part["extraArgs"]]


def _worker_command(values: Mapping[str, Any]) -> list[str]:
    part = values["worker"]
    return [
        *("dask-worker", f"dask-scheduler:{values['scheduler']['servicePort']}"),
        *("--nthreads", str(part["threads_per_worker"]), "--memory-limit", part["resources"]["limits"]["memory"]),
        *("--no-dashboard", "--dashboard-address", "8790", "--worker-port", str(part["port"]), *part["extraArgs"]),
    ]


def context_of_runs(values: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    """What Dagster's chart tells the code server that its runs get: Dagster's "container context"."""
    (code,) = values["dagster-user-deployments"]["deployments"]
    return {
        "k8s": {
            "image_pull_policy": code["image"]["pullPolicy"],
            "env_config_maps": [f"dagster-dagster-user-deployments-{code['name']}-user-env"],
            "env": code["env"],
            "volumes": code["volumes"],
            "volume_mounts": code["volumeMounts"],
            "labels": code["labels"],
            "resources": code["resources"],
            "namespace": namespace,
            "service_account_name": values["dagster-user-deployments"]["serviceAccount"]["name"],
            "run_k8s_config": {"pod_spec_config": {"automount_service_account_token": True}},
        }
    }


def patched(document: dict[str, Any], operations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The document with these additions and replacements of a JSON patch."""
    for operation in operations:
        *way, last = operation["path"].removeprefix("/").split("/")
        place: Any = document
        for step in way:
            place = place[int(step) if step.isdigit() else step]
        assert operation["op"] == ("replace" if last in place else "add")
        place[last] = operation["value"]
    return document
