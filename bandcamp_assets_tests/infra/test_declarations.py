"""Every name is declared once, used, typed and explained."""

from __future__ import annotations

import re

from bandcamp_assets_tests.infra.configuration import Configuration, parse, references


def _everything(infra: Configuration) -> list[object]:
    return [parse(text) for text in infra.files.values()]


def test_every_reference_resolves_to_a_declaration(infra: Configuration) -> None:
    declared = (
        {f"var.{name}" for name in infra.variables}
        | {f"local.{name}" for name in infra.values}
        | set(infra.resources)
        | {f"data.{address}" for address in infra.data}
    )

    used = references(_everything(infra))

    assert len(used) > 40
    assert used - declared == set()


def test_a_reference_to_something_missing_is_found() -> None:
    text = (
        'output "x" {\n  value = "${var.gone}-${data.google_project.gone[0].number}-${google_gone.gone.id}"\n}\n'
    )

    assert references(parse(text)) == {"var.gone", "data.google_project.gone", "google_gone.gone"}


def test_every_variable_and_local_is_used(infra: Configuration) -> None:
    # A variable's own validation is no use of it.
    rest = [
        {kind: body for kind, body in parse(text).items() if kind != "variable"} for text in infra.files.values()
    ]

    used = references(rest)

    assert {f"var.{name}" for name in infra.variables} - used == set()
    assert {f"local.{name}" for name in infra.values} - used == set()


def test_every_variable_is_typed_and_described(infra: Configuration) -> None:
    for name, body in infra.variables.items():
        assert body.get("type"), name
        assert len(body.get("description", "")) > 20, name
        assert body["description"].endswith("."), name


def test_a_variable_that_may_not_be_null_says_so(infra: Configuration) -> None:
    for name, body in infra.variables.items():
        has_none = "default" in body and body["default"] is None
        null_means_something = has_none or name in {"raw_cold_after_days", "query_quota_gib_per_day"}
        assert body.get("nullable", True) is null_means_something, name
        if null_means_something:
            assert re.search(r"\bNull\b|\bnull\b", body["description"]), name


def test_only_the_project_and_the_location_must_be_given(infra: Configuration) -> None:
    required = {name for name, body in infra.variables.items() if "default" not in body}

    assert required == {"project_id", "location"}


def test_every_text_and_number_given_is_validated(infra: Configuration) -> None:
    unchecked = {
        name for name, body in infra.variables.items() if "validation" not in body and body["type"] != "bool"
    }

    assert unchecked == set()


def test_every_output_is_described(infra: Configuration) -> None:
    assert infra.outputs
    for name, body in infra.outputs.items():
        assert len(body.get("description", "")) > 20, name


def test_terraform_and_its_provider_are_pinned_to_one_major_version(infra: Configuration) -> None:
    assert re.fullmatch(r">= 1\.\d+\.\d+, < 2\.0\.0", infra.terraform["required_version"])
    pinned = infra.terraform["required_providers"][0]
    assert set(pinned) == {"google"}
    assert pinned["google"]["source"] == "hashicorp/google"
    assert re.fullmatch(r"~> \d+\.\d+", pinned["google"]["version"])


def test_no_provider_is_configured_or_used_that_is_not_pinned(infra: Configuration) -> None:
    assert set(infra.providers) == {"google"}
    for address in [*infra.resources, *infra.data]:
        assert address.startswith("google_"), address


def test_everything_waits_until_its_service_is_enabled(infra: Configuration) -> None:
    # Directly, or through something that waits (a grant waits for the account it is made to).
    waits = {"google_project_service.needed"}
    everything = infra.resources | {f"data.{address}": body for address, body in infra.data.items()}
    while more := {address for address, body in everything.items() if references(body) & waits} - waits:
        waits |= more

    assert set(everything) - waits == set()
