"""The example files and the README say what the configuration says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml

from bandcamp_assets_tests.infra.configuration import FOLDER, Configuration, parse
from bandcamp_assets_tests.infra.terraform import Terraform

KUBERNETES = FOLDER.parent / "kubernetes"
TFVARS = FOLDER / "terraform.tfvars.example"
# An example's value is commented out as "# name = value", a text about it is "# Words".
_COMMENTED_OUT = re.compile(r"^# ?(?=\w+ += |  |\})", re.MULTILINE)


def test_the_variables_example_gives_what_must_be_given(infra: Configuration) -> None:
    given = parse(TFVARS.read_text(encoding="utf-8"))

    required = {name for name, body in infra.variables.items() if "default" not in body}
    assert required <= set(given)
    assert set(given) <= set(infra.variables)


def test_the_variables_example_shows_every_variable(infra: Configuration) -> None:
    shown = parse(_COMMENTED_OUT.sub("", TFVARS.read_text(encoding="utf-8")))

    assert set(shown) == set(infra.variables)


def test_the_example_of_a_cluster_names_the_account_that_its_runs_have() -> None:
    shown = parse(_COMMENTED_OUT.sub("", TFVARS.read_text(encoding="utf-8")))["gke_workload"]

    values = yaml.safe_load((KUBERNETES / "dagster-values.yaml").read_text())
    namespace = next(yaml.safe_load_all((KUBERNETES / "namespace.yaml").read_text()))
    assert shown["service_account"] == values["dagster-user-deployments"]["serviceAccount"]["name"]
    assert shown["namespace"] == namespace["metadata"]["name"]


def test_the_backend_example_keeps_state_in_a_bucket() -> None:
    [block] = parse((FOLDER / "backend.tf.example").read_text(encoding="utf-8"))["terraform"]

    assert set(block["backend"][0]) == {"gcs"}
    assert set(block["backend"][0]["gcs"]) == {"bucket", "prefix"}


def test_state_and_ones_own_values_are_never_committed() -> None:
    ignored = (FOLDER / ".gitignore").read_text(encoding="utf-8").splitlines()

    assert {"*.tfstate", "*.tfstate.*", "*.tfvars", ".terraform/", "backend.tf", "*_override.tf"} <= set(ignored)
    # The versions and hashes of providers belong in version control.
    assert not [pattern for pattern in ignored if "lock.hcl" in pattern]


def test_the_readme_names_every_file_and_every_role(infra: Configuration) -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")

    for name in [*infra.files, *(path.name for path in FOLDER.glob("*.example"))]:
        assert f"`{name}`" in readme, name
    for role in {body["role"] for body in infra.resources.values() if body.get("role", "").startswith("roles/")}:
        assert f"`{role}`" in readme, role


def test_the_variables_example_is_refused_until_it_holds_ones_own_address(
    terraform: Terraform, tmp_path: Path
) -> None:
    for path in FOLDER.glob("variables*.tf"):
        shutil.copy(path, tmp_path)
    shutil.copy(TFVARS, tmp_path / "terraform.tfvars")

    refused = terraform.run("plan", "-input=false", "-no-color", folder=tmp_path)
    mended = TFVARS.read_text(encoding="utf-8").replace("example.com", "lab.test")
    (tmp_path / "terraform.tfvars").write_text(mended, encoding="utf-8")
    accepted = terraform.run("plan", "-input=false", "-no-color", folder=tmp_path)

    assert refused.returncode == 1
    assert "Put your own in terraform.tfvars" in " ".join(refused.stderr.replace("│", "").split())
    assert accepted.returncode == 0, accepted.stderr
