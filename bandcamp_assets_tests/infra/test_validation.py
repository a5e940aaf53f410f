"""Wrong values of variables are refused before anything is built.

The patterns are tried in Python everywhere, whole conditions by Terraform where it is installed.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from bandcamp_assets_tests.infra.configuration import FOLDER, Configuration
from bandcamp_assets_tests.infra.terraform import Terraform

NEEDED = {"project_id": "my-project", "location": "EU"}
KEY = "projects/keys/locations/{}/keyRings/data/cryptoKeys/bandcamp"
GKE = {"namespace": "bandcamp", "service_account": "platform"}
GITHUB = {"repository": "me/bandcamp", "owner_id": "1234567"}
BUDGET = {"billing_account": "012345-6789AB-CDEF01", "amount": 20}

ACCEPTED: dict[str, list[Any]] = {
    "project_id": ["my-project", "abcdef", "p2345678901234567890123456789z"],
    "location": [
        "US",
        "EU",
        "europe-west3",
        "northamerica-northeast1",
        "us-east5",
        "africa-south1",
        "europe-west12",
    ],
    "bucket_name": [None, "abc", "my-project-bandcamp", "1_2", "a" * 63],
    "dataset_id": ["bandcamp", "Bandcamp_2", "b" * 1024],
    "service_account_id": ["bandcamp-platform", "abcdef", "a" * 30],
    "labels": [{}, {"environment": "production"}, {"team": ""}, {"a-b_1": "2-c_"}],
    "impersonators": [
        [],
        ["user:me@lab.test", "group:data@lab.test"],
        ["serviceAccount:a@b.lab.test"],
        ["user:a@myexample.com"],
    ],
    "gke_workload": [None, GKE, GKE | {"cluster_project": "clusters-1"}, GKE | {"service_account": "a.b-c"}],
    "github_workload": [None, GITHUB, GITHUB | {"ref": "refs/tags/v1.0"}, GITHUB | {"repository": "a-b/c.d_e"}],
    "force_destroy": [True, False],
    "noncurrent_version_days": [1, 30, 9999],
    "soft_delete_days": [0, 7, 90],
    "incomplete_upload_days": [1, 7],
    "raw_prefix": ["raw/", "landing/raw/", "raw=1/"],
    "raw_cold_after_days": [None, 1, 365],
    "raw_cold_storage_class": ["NEARLINE", "COLDLINE", "ARCHIVE"],
    "object_retention_enabled": [True, False],
    "kms_key_name": [None, KEY.format("europe")],
    "max_time_travel_hours": [48, 72, 168],
    "default_table_expiration_days": [None, 1, 99999],
    "default_partition_expiration_days": [None, 1, 3650],
    "budget": [
        None,
        BUDGET,
        {"billing_account": BUDGET["billing_account"]},
        BUDGET | {"thresholds": [0.8, 1.5]},
        BUDGET | {"emails": ["me@example.com"]},
    ],
    "query_quota_gib_per_day": [None, 1, 100, 204800],
}

REFUSED: dict[str, list[Any]] = {
    "project_id": ["", "short", "My-Project", "1project", "my-project-", "my_project", "a" * 31, "123456789012"],
    "location": ["", "eu", "ASIA", "EUR4", "Europe-West3", "europe-west3-a", "europe", "global"],
    "bucket_name": ["ab", "Bucket", "-bucket", "bucket-", "my.bucket", "a" * 64, "goog-sales", "my-google-sales"],
    "dataset_id": ["", "band-camp", "_hidden", "1st", "band camp", "b" * 1025],
    "service_account_id": ["", "short", "Platform-1", "1platform", "platform-", "a" * 31],
    "labels": [{"Team": "a"}, {"1a": "a"}, {"a": "B"}, {"a": "b c"}, {"a": "x" * 64}, {"k" * 64: "v"}],
    "impersonators": [
        ["allUsers"],
        ["allAuthenticatedUsers"],
        ["domain:example.com"],
        ["me@example.com"],
        ["user:me"],
        ["user:me@example.com"],
        ["group:data@our.example.org"],
    ],
    "gke_workload": [GKE | {"namespace": "A"}, GKE | {"service_account": "a]b"}, GKE | {"cluster_project": "x"}],
    "github_workload": [
        GITHUB | {"repository": "bandcamp"},
        GITHUB | {"repository": "me/x' || true || '"},
        GITHUB | {"owner_id": "me"},
        GITHUB | {"ref": "main"},
        GITHUB | {"ref": "refs/heads/*"},
        GITHUB | {"ref": "refs/pull/1/merge"},
    ],
    "noncurrent_version_days": [0, -1, 1.5, 10000],
    "soft_delete_days": [-1, 1, 6, 7.5, 91],
    "incomplete_upload_days": [0, -1, 0.5],
    "raw_prefix": ["", "/", "raw", "/raw/", "raw*/"],
    "raw_cold_after_days": [0, -1, 1.5],
    "raw_cold_storage_class": ["STANDARD", "nearline", ""],
    "kms_key_name": ["bandcamp", KEY.format("us"), KEY.format("europe-west3"), f"{KEY.format('europe')}/1/2"],
    "max_time_travel_hours": [0, 24, 49, 192],
    "default_table_expiration_days": [0, -1, 0.5],
    "default_partition_expiration_days": [0, -1, 0.5],
    "budget": [
        BUDGET | {"billing_account": "012345"},
        BUDGET | {"amount": 0},
        BUDGET | {"amount": 9.5},
        BUDGET | {"thresholds": []},
        BUDGET | {"thresholds": [0]},
        BUDGET | {"emails": ["me"]},
        BUDGET | {"emails": [f"{i}@example.com" for i in range(6)]},
    ],
    "query_quota_gib_per_day": [0, -1, 0.5, 204801],
}

PATTERN = re.compile(
    r'(?P<negated>!)?can\(regex\("(?P<pattern>(?:\\.|[^"\\])*)", (?P<subject>[^()]+|tostring\([^()]+\))\)'
)
"""A use of `regex` in a condition."""


def _patterns(infra: Configuration, variable: str) -> list[tuple[str, str, bool]]:
    """Pattern, subject, and whether it must match, of a variable's conditions."""
    conditions = [validation["condition"] for validation in infra.variables[variable].get("validation", [])]
    return [
        (found["pattern"].replace("\\\\", "\\"), found["subject"], not found["negated"])
        for condition in conditions
        for found in PATTERN.finditer(condition)
    ]


def _matches(infra: Configuration, variable: str, value: str) -> bool:
    patterns = _patterns(infra, variable)
    assert patterns, f"no condition of {variable} has a pattern"
    return all((re.search(pattern, value) is not None) is must_match for pattern, _, must_match in patterns)


# Variables whose text is judged by patterns alone (the length of a dataset's name aside).
JUDGED_BY_PATTERNS = ["project_id", "bucket_name", "dataset_id", "service_account_id", "raw_prefix"]


@pytest.mark.parametrize("variable", JUDGED_BY_PATTERNS)
def test_patterns_let_good_values_pass(infra: Configuration, variable: str) -> None:
    for value in ACCEPTED[variable]:
        assert value is None or _matches(infra, variable, value), value


@pytest.mark.parametrize("variable", JUDGED_BY_PATTERNS)
def test_patterns_stop_bad_values(infra: Configuration, variable: str) -> None:
    for value in REFUSED[variable]:
        assert not _matches(infra, variable, value) or len(value) > 1024, value


def test_patterns_of_members_stop_the_public(infra: Configuration) -> None:
    for members in ACCEPTED["impersonators"]:
        assert all(_matches(infra, "impersonators", member) for member in members)
    for members in REFUSED["impersonators"]:
        assert not all(_matches(infra, "impersonators", member) for member in members)


def test_patterns_of_a_github_workload_let_no_quote_through(infra: Configuration) -> None:
    patterns = _patterns(infra, "github_workload")

    assert len(patterns) == 3
    for pattern, subject, _ in patterns:
        attribute = subject.rsplit(".", 1)[1]
        assert re.search(pattern, (GITHUB | {"ref": "refs/heads/main"})[attribute])
        assert not re.search(pattern, "a/b' || true || '")


def test_every_pattern_is_whole_and_one_that_terraform_can_run(infra: Configuration) -> None:
    # Terraform's regular expressions (RE2) know no look-around, no back-references, and repeat
    # at most 1000 times.
    seen = 0
    for variable in infra.variables:
        for pattern, _, must_match in _patterns(infra, variable):
            seen += 1
            assert not re.search(r"\(\?[=!<]|\\[1-9]", pattern), pattern
            assert all(int(count) <= 1000 for count in re.findall(r"(?<=[{,])\d+(?=[,}])", pattern)), pattern
            assert not must_match or (pattern.startswith("^") and pattern.endswith(("$", "/$"))), pattern
    uses = sum(text.count("regex(") for name, text in infra.files.items() if name.startswith("variables"))
    assert seen == uses > 20


def test_every_variable_has_values_to_try(infra: Configuration) -> None:
    assert set(ACCEPTED) == set(infra.variables)
    assert set(REFUSED) == {name for name, body in infra.variables.items() if "validation" in body}


def test_every_refusal_says_what_to_give(infra: Configuration) -> None:
    for name, body in infra.variables.items():
        for validation in body.get("validation", []):
            assert len(validation["error_message"]) > 20, name
            assert validation["error_message"].endswith((".", ".)")), name


def test_terraform_judges_the_same(terraform: Terraform, tmp_path: Path) -> None:
    for path in FOLDER.glob("variables*.tf"):
        shutil.copy(path, tmp_path)
    runs = [_run(f"accepts_{n}", values, []) for n, values in enumerate(_each(ACCEPTED))]
    runs += [_run(f"refuses_{n}", values, list(values)) for n, values in enumerate(_each(REFUSED))]
    runs.append(_run("key_of_a_region", {"location": "us-east5", "kms_key_name": KEY.format("us-east5")}, []))
    (tmp_path / "validation.tftest.hcl").write_text("\n".join(runs), encoding="utf-8")

    initialized = terraform.run("init", "-input=false", "-no-color", folder=tmp_path)
    judged = terraform.run("test", "-no-color", folder=tmp_path)

    assert initialized.returncode == 0, initialized.stderr
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert f"{len(runs)} passed, 0 failed" in judged.stdout


def _each(table: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [{variable: value} for variable, values in table.items() for value in values]


def _run(name: str, values: dict[str, Any], refused: list[str]) -> str:
    """A `run` block of `terraform test` that plans with these values."""
    given = "\n".join(f"    {key} = {json.dumps(value)}" for key, value in (NEEDED | values).items())
    failures = ", ".join(f"var.{variable}" for variable in refused)
    return (
        f'run "{name}" {{\n  command = plan\n  variables {{\n{given}\n  }}\n  expect_failures = [{failures}]\n}}\n'
    )
