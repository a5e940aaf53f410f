"""What `.github/SECURITY.md` promises names tests and commands that exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

TESTS = Path(__file__).parents[1]
MAKEFILE = (TESTS.parent / "Makefile").read_text()
PROMISES = (TESTS.parent / ".github" / "SECURITY.md").read_text()


def test_every_promise_names_tests_that_exist():
    rows = [line for line in PROMISES.splitlines() if line.startswith("|")][2:]

    assert rows
    for row in rows:
        named = re.findall(r"`(\w+/test_\w+\.py)(?:::(test_\w+))?`", row.split("|")[2])
        assert named, row
        for file, test in named:
            defined = rf"^def {test}\(" if test else "^def test_"
            assert re.search(defined, (TESTS / file).read_text(), re.MULTILINE), (file, test)


def test_every_file_and_command_that_is_named_exists():
    commands = set(re.findall(r"`make (\w+)`", PROMISES))

    assert {"scan", "sbom"} <= commands
    for command in commands:
        assert re.search(rf"^{command}:", MAKEFILE, re.MULTILINE), command
    for file in re.findall(r"`(bandcamp_assets_tests/[\w/]+\.py)`", PROMISES):
        assert (TESTS.parent / file).is_file(), file


def test_the_linter_looks_for_unsafe_python_in_all_of_the_package():
    lint = tomllib.loads((TESTS.parent / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    eased = {folder for folder, rules in lint["per-file-ignores"].items() if any(rule[0] == "S" for rule in rules)}

    assert "S" in lint["select"]
    assert [rule for rule in lint["ignore"] if rule.startswith("S")] == []
    assert eased == {"bandcamp_assets_tests/**"}


def test_the_bill_of_materials_is_made_so_that_the_same_lock_gives_the_same_bytes():
    recipe = re.search(r"^sbom:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert recipe

    assert re.search(r"'cyclonedx-bom==[\d.]+'", recipe.group(1))
    assert "--output-reproducible" in recipe.group(1)
    assert "cyclonedx-py requirements requirements.lock" in recipe.group(1)
    assert "--output-file $(VENV)/sbom.json" in recipe.group(1)


def test_every_tool_that_is_fetched_to_look_has_one_version():
    tools = re.findall(r"uv tool run (.*)", MAKEFILE)

    assert tools
    for tool in tools:
        assert re.match(r"--from '[\w-]+==[\d.]+' ", tool), tool


def test_every_exception_of_the_scanner_has_its_reason():
    infra = TESTS.parent / "infra"
    in_files = [
        line for path in infra.rglob("*.tf") for line in path.read_text().splitlines() if "checkov:" in line
    ]
    listed = (infra / "kubernetes" / ".checkov.yml").read_text()

    assert in_files
    assert all(re.search(r"checkov:skip=CKV\w+:.{20,}", line) for line in in_files)
    # A comment, then the checks that it is about.
    assert re.fullmatch(r"# .+\nskip-check:\n(?:(?:  # .+\n)+(?:  - CKV\w+\n)+)+", listed)
