"""The example files and the README say what the configuration says."""

from __future__ import annotations

import re

from bandcamp_assets_tests.infra.configuration import FOLDER, Configuration, parse

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
