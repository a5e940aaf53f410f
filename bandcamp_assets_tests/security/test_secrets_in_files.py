"""No file of the repository holds a secret.

What looks like one and is none stands in `HARMLESS`, with its reason. Values that production needs are files
outside the repository (infra/production/README.md).
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings

REPOSITORY = Path(__file__).parents[2]

NOT_SCANNED = re.compile(
    r"\.(lock|png)$"  # hashes of packages, and pictures
    r"|\.min\.js$|/static/vendor/"  # published code of others
)

HARMLESS = (
    (r"bandcamp_assets_tests/.*: (planted[\w%-]*|hidden( words)?|s3cret|secret|guess)", "made up by a test"),
    (r"bandcamp_assets_tests/.*: (one-secret|a-token-that-nobody-may-see)", "made up by a test"),
    (
        r"bandcamp_assets_tests/(alerts/test_message|security/test_planted_secrets)\.py: BEGIN (RSA )?PRIVATE KEY",
        "the mark without a key",
    ),
    (r"bandcamp_assets/alerts/masking\.py: password", "the form of an address, in a comment"),
    (r"bandcamp_assets/(alerts/settings|deployment/openlineage)\.py: \w+( [\w,.:]+)+", "describes a setting"),
    (r".*: 0ec5e536c85f419b[0-9a-f]*", "SHA-256 of the published archive, whole and cut"),
    (r"infra/kubernetes/dagster-values\.yaml: dagster-postgresql", "the name of a secret that the cluster holds"),
)
"""Whole `path: value` as a pattern, and why it may stand there."""


@pytest.fixture(scope="module")
def found() -> list[str]:
    """What looks like a secret in all files that git tracks, as `path: value`."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    tracked = [name for name in listed.stdout.split("\0") if name and not NOT_SCANNED.search(name)]
    assert len(tracked) > 100
    return [f"{name}: {value}" for name in tracked for value in secrets_in(REPOSITORY / name)]


def secrets_in(path: Path) -> Iterator[str]:
    """What looks like a secret in one file. A file that was deleted, but not yet in git, holds none."""
    with default_settings():
        yield from (secret.secret_value or secret.type for secret in scan_file(str(path)))


def harmless(found: Iterable[str]) -> set[str]:
    """Those that a pattern explains."""
    return {each for each in found for pattern, _ in HARMLESS if re.fullmatch(pattern, each)}


@pytest.mark.long
def test_no_tracked_file_holds_a_secret(found: list[str]):
    assert sorted(set(found) - harmless(found)) == []


@pytest.mark.long
def test_each_exception_is_still_needed(found: list[str]):
    unused = [pattern for pattern, _ in HARMLESS if not any(re.fullmatch(pattern, each) for each in found)]

    assert unused == []


@pytest.mark.parametrize(
    "parts",
    [
        ("AKIA", "Z7QK4WPLMX3TN2VB"),
        ("-----BEGIN ", "RSA PRIVATE KEY-----"),
        ("password = ", "'tr0mbone-lagoon-93'"),
        ("https://hooks.slack.com/serv", "ices/T0Q1W2E3R/B0A9S8D7F/", "q1W2e3R4t5", "Y6u7I8o9P0aSdF"),
        ("url = postgresql://dagster:", "tr0mbone-lagoon-93@db.internal/dagster"),
    ],
)
def test_a_secret_would_be_found(tmp_path: Path, parts: tuple[str, ...]):
    # In parts here, so that this file holds none of them.
    file = tmp_path / "settings.py"
    file.write_text("".join(parts) + "\n")

    assert list(secrets_in(file)) != []
