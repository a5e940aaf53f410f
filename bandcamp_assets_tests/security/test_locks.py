"""The locks pin every package to one version and to the hashes of its files, and name no server to ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "infra/production/requirements.lock")

EXACT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[a-z0-9,-]+\])?==[A-Za-z0-9.!+]+( ; [^#]+)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
ADDRESS = re.compile(r"://|--(extra-)?index-url|--find-links|--trusted-host|^-[if]\b| @ ", re.MULTILINE)


@dataclass(frozen=True)
class Requirement:
    """One requirement of a lock: what is wanted, and the options behind it."""

    wanted: str
    options: tuple[str, ...]


def requirements(text: str) -> list[Requirement]:
    """The requirements of a lock, without its comments."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        wanted, *options = re.split(r"\s+(?=--)", line)
        found.append(Requirement(wanted, tuple(options)))
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_one_version_with_the_hashes_of_its_files(lock: str):
    found = requirements((REPOSITORY / lock).read_text())

    assert found
    assert [each.wanted for each in found if not EXACT.fullmatch(each.wanted)] == []
    assert [each.wanted for each in found if not each.options] == []
    assert [option for each in found for option in each.options if not HASH.fullmatch(option)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_a_server(lock: str):
    assert ADDRESS.findall((REPOSITORY / lock).read_text()) == []


def test_no_lock_is_forgotten():
    found = {str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / "infra").rglob("*.lock")}

    assert found | {"requirements.lock"} == set(LOCKS)


@pytest.mark.parametrize(
    "line",
    [
        "agate>=1.9",
        "agate",
        "agate==1.*",
        "agate @ https://example.com/agate.whl",
        "--index-url https://example.com",
    ],
)
def test_a_loose_requirement_would_be_seen(line: str):
    (found,) = requirements(line)

    assert not EXACT.fullmatch(found.wanted)
