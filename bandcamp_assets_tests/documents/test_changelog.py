"""The changelog begins with the version of the package, and names its commands."""

from __future__ import annotations

import re
import tomllib

from bandcamp_assets.cli.main import commands
from bandcamp_assets_tests.documents.document import CHANGELOG, ROOT, code_names


def test_it_begins_with_the_version_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert re.findall(r"^## \[([\d.]+)\]", CHANGELOG.text, re.MULTILINE)[0] == project["version"]


def test_every_command_is_named() -> None:
    listed = CHANGELOG.found(r"^- The command `bandcamp` with ([^\n]*)$").group(1)

    assert set(code_names(listed)) == set(commands.commands)
