"""The keys that the charts of Dagster and Dask know. Dagster's refuses another one; Dask's silently ignores it.

Read from the charts' own values and schemas: Dagster's of 1.13, Dask's of 2024.1.1. What the charts make of values
stands in `charts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Keys = Mapping[str, Any] | None
"""The keys below a value. None: Kubernetes' or Dagster's own words, or a plain value."""


def _keys(names: str, **nested: Keys) -> Mapping[str, Any]:
    return {**dict.fromkeys(names.split()), **nested}


_IMAGE = _keys("repository tag pullPolicy")
_POD = (
    "env envConfigMaps envSecrets annotations labels nodeSelector affinity tolerations podSecurityContext "
    "securityContext resources livenessProbe readinessProbe startupProbe volumes volumeMounts schedulerName"
)
_SERVER = _keys(
    f"{_POD} name port dagsterApiGrpcArgs codeServerArgs initContainers sidecarContainers deploymentStrategy",
    image=_IMAGE,
    includeConfigInLaunchedRuns=_keys("enabled"),
    service=_keys("annotations"),
)
_K8S_LAUNCHER = _keys(
    "imagePullPolicy jobNamespace loadInclusterConfig kubeconfigFile envConfigMaps envSecrets envVars volumes "
    "volumeMounts labels resources schedulerName failPodOnRunFailure securityContext",
    image=_IMAGE,
    runK8sConfig=_keys("containerConfig podSpecConfig podTemplateSpecMetadata jobSpecConfig jobMetadata"),
)
_TICKS = _keys("", purgeAfterDays=_keys("skipped success failure started"))

DAGSTER: Mapping[str, Any] = _keys(
    "generatePostgresqlPasswordSecret imagePullSecrets additionalInstanceConfig",
    **{"global": _keys("postgresqlSecretName dagsterHome serviceAccountName")},
    postgresql=_keys(
        "enabled image postgresqlHost postgresqlUsername postgresqlPassword postgresqlDatabase postgresqlParams "
        "postgresqlScheme",
        service=_keys("port"),
    ),
    telemetry=_keys("enabled"),
    **{
        "dagster-user-deployments": _keys(
            "enabled enableSubchart imagePullSecrets",
            serviceAccount=_keys("create name annotations"),
            deployments=_SERVER,
        )
    },
    runLauncher=_keys("type", config=_keys("", k8sRunLauncher=_K8S_LAUNCHER)),
    dagsterWebserver=_keys(
        f"{_POD} replicaCount nameOverride pathPrefix workspace enableReadOnly dbStatementTimeout dbPoolRecycle "
        "logLevel deploymentLabels initContainerResources",
        image=_IMAGE,
        service=_keys("type port annotations"),
    ),
    dagsterDaemon=_keys(
        f"{_POD} enabled heartbeatTolerance deploymentLabels initContainerResources",
        image=_IMAGE,
        runCoordinator=_keys("enabled type config"),
        runRetries=_keys("enabled maxRetries"),
        runMonitoring=_keys(
            "enabled startTimeoutSeconds cancelTimeoutSeconds pollIntervalSeconds maxResumeRunAttempts "
            "freeSlotsAfterRunEndSeconds"
        ),
        sensors=_keys("useThreads numWorkers numSubmitWorkers"),
        schedules=_keys("useThreads numWorkers numSubmitWorkers"),
    ),
    computeLogManager=_keys("type config"),
    pythonLogs=_keys("pythonLogLevel managedPythonLoggers dagsterHandlerConfig"),
    retention=_keys("enabled", schedule=_keys("purgeAfterDays"), sensor=_TICKS, autoMaterialize=_TICKS),
)

_DASK_POD = (
    "name replicas env extraArgs resources tolerations affinity nodeSelector securityContext serviceAccountName "
    "metrics livenessProbe readinessProbe"
)
DASK: Mapping[str, Any] = _keys(
    "additional_worker_groups",
    scheduler=_keys(
        f"{_DASK_POD} enabled serviceType loadBalancerIP servicePort serviceAnnotations",
        image=_keys("repository tag pullPolicy pullSecrets"),
    ),
    worker=_keys(
        f"{_DASK_POD} strategy custom_scheduler_url default_resources annotations port portDashboard "
        "threads_per_worker",
        image=_keys("repository tag pullPolicy pullSecrets dask_worker"),
        mounts=_keys("volumes volumeMounts"),
    ),
    webUI=_keys("name servicePort ingress"),
    jupyter=_keys("enabled rbac"),
)


def unknown_keys(values: Any, keys: Keys, path: str = "") -> Iterator[str]:  # noqa: ANN401 - whatever YAML holds
    """Where the values name what their chart does not know."""
    if keys is None:
        return
    for one in values if isinstance(values, list) else [values]:
        for name, value in one.items():
            if name in keys:
                yield from unknown_keys(value, keys[name], f"{path}.{name}")
            else:
                yield f"{path}.{name}"
