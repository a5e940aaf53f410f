"""The files of the production profile, read as what they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PRODUCTION = ROOT / "infra" / "production"


def load_yaml(name: str) -> dict[str, Any]:
    """A YAML file of the profile."""
    content = yaml.safe_load((PRODUCTION / name).read_text())
    assert isinstance(content, dict)
    return content


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions: name and argument, continuation lines joined."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (PRODUCTION / "Dockerfile").read_text()).replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [(line.split(maxsplit=1)[0].upper(), line.split(maxsplit=1)[1]) for line in lines]


def locked_versions(path: Path) -> dict[str, set[str]]:
    """Names and versions in a lock; it may hold one for each of several Pythons."""
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(r"(?m)^([a-z0-9][\w.\-]*)==([^\s;\\]+)", path.read_text()):
        versions.setdefault(name, set()).add(version)
    return versions
