"""The wheel is complete, and the same sources make the same bytes."""

from __future__ import annotations

import re
import subprocess
import tarfile
import time
import zipfile
from email.parser import Parser
from pathlib import Path

from bandcamp_assets_tests.installation.built import ROOT, Built, build


def tracked(folder: str) -> set[str]:
    """The files of a folder that are in the repository or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", folder]
    names = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()
    return {name for name in names if (ROOT / name).is_file()}


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_the_package_with_the_dbt_project_inside_and_nothing_else(built_package: Built) -> None:
    expected = tracked("bandcamp_assets") | {f"bandcamp_assets/{name}" for name in tracked("dbt_project")}

    assert names_in(built_package.wheel) == expected


def test_the_same_sources_make_the_same_bytes(built_package: Built, tmp_path: Path) -> None:
    time.sleep(2)  # the times in a zip have steps of two seconds

    again = build(tmp_path)

    assert again.wheel.read_bytes() == built_package.wheel.read_bytes()
    assert again.sdist.read_bytes() == built_package.sdist.read_bytes()


def test_the_sdist_makes_the_same_wheel(built_package: Built, tmp_path: Path) -> None:
    with tarfile.open(built_package.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()

    again = build(tmp_path / "dist", source=source)

    assert again.wheel.read_bytes() == built_package.wheel.read_bytes()


def test_its_metadata_name_licence_readme_command_and_extras(built_package: Built) -> None:
    with zipfile.ZipFile(built_package.wheel) as archive:
        files = {name.partition(".dist-info/")[2]: name for name in archive.namelist() if ".dist-info/" in name}
        metadata = Parser().parsestr(archive.read(files["METADATA"]).decode())
        commands = archive.read(files["entry_points.txt"]).decode()

    assert "licenses/LICENSE" in files
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert {"gcp", "production", "cluster", "kubernetes"} <= set(metadata.get_all("Provides-Extra") or [])
    assert {"bandcamp", "bandcamp-assets"} == set(
        re.findall(r"^(\S+) = bandcamp_assets\.cli:run_command$", commands, re.M)
    )
