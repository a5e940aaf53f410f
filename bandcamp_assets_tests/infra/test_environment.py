"""The environment files that Terraform prints are ones the platform understands."""

from __future__ import annotations

import re

from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets_tests.infra.configuration import Configuration

APPLIED = {
    "${var.project_id}": "my-project",
    "${var.location}": "EU",
    "${google_storage_bucket.sales.name}": "my-project-bandcamp",
    "${google_bigquery_dataset.sales.dataset_id}": "bandcamp",
    "${google_service_account.platform.email}": "bandcamp-platform@my-project.iam.gserviceaccount.com",
}
"""What each expression would be after an apply."""


IMPERSONATION = re.compile(r'\$\{length\(var\.impersonators\) == 0 \? \[\] : \["(?P<line>[^"]+)"\]\}')
"""The lines that only people who may impersonate the account need."""


def _environment(lines: list[str]) -> dict[str, str]:
    text = "\n".join(lines)
    for expression, value in APPLIED.items():
        text = text.replace(expression, value)
    return dict(line.split("=", 1) for line in text.split("\n"))


def _for_people(infra: Configuration) -> list[str]:
    found = IMPERSONATION.fullmatch(infra.values["impersonation"])
    assert found
    return [*infra.values["environment"], found["line"]]


def test_the_environment_is_that_of_the_google_cloud_deployment(infra: Configuration) -> None:
    environment = _environment(_for_people(infra))

    assert environment == {
        "BANDCAMP_DEPLOYMENT": "gcp",
        "BANDCAMP_GCP_PROJECT": "my-project",
        "BANDCAMP_GCP_BUCKET": "my-project-bandcamp",
        "BANDCAMP_GCP_DATASET": "bandcamp",
        "BANDCAMP_GCP_LOCATION": "EU",
        "BANDCAMP_GCP_IMPERSONATE": "bandcamp-platform@my-project.iam.gserviceaccount.com",
    }


def test_the_platform_accepts_both_files(infra: Configuration) -> None:
    for_workloads = Settings.from_env(_environment(infra.values["environment"]))
    for_people = Settings.from_env(_environment(_for_people(infra)))

    assert for_workloads.deployment == "gcp"
    assert for_workloads.google_cloud is not None
    assert for_workloads.google_cloud.bucket == "my-project-bandcamp"
    assert for_workloads.google_cloud.impersonate == ""
    assert for_people.google_cloud is not None
    assert for_people.google_cloud.impersonate == APPLIED["${google_service_account.platform.email}"]


def test_people_who_may_impersonate_the_account_do_and_workloads_do_not(infra: Configuration) -> None:
    for_people = infra.outputs["env_file"]["value"]
    for_workloads = infra.outputs["env_file_workload"]["value"]

    assert for_people == '${join("\\n", concat(local.environment, local.impersonation, [""]))}'
    assert for_workloads == '${join("\\n", concat(local.environment, [""]))}'
