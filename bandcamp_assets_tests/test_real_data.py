"""Tests that lack the real data are told apart from those that lack a program, and in CI they do not hide it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.real_data import real_data


def test_data_that_can_be_read_are_given(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("sales")

    assert real_data("sales.csv", tmp_path) == tmp_path / "sales.csv"


@pytest.mark.parametrize("ci", ["", "true"])
def test_without_the_folder_the_test_is_skipped_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ci: str
) -> None:
    monkeypatch.setenv("CI", ci)

    with pytest.raises(pytest.skip.Exception, match="the folder is not there"):
        real_data("sales.csv", tmp_path / "none")


@pytest.mark.parametrize(
    "there", ["no file", "a folder of that name", "a link to nowhere", "a file for the folder"]
)
def test_data_that_are_there_and_cannot_be_read_fail_in_ci_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: str
) -> None:
    folder = tmp_path / "data"
    if there == "a link to nowhere":
        folder.symlink_to(tmp_path / "none")
    elif there == "a file for the folder":
        folder.touch()
    else:
        folder.mkdir()
        if there == "a folder of that name":
            (folder / "sales.csv").mkdir()

    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=r"sales\.csv cannot be read"):
        real_data("sales.csv", folder)
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match=r"sales\.csv cannot be read"):
        real_data("sales.csv", folder)


SKIPPING = """
from pathlib import Path
import pytest
from bandcamp_assets_tests.real_data import real_data

@pytest.mark.parametrize("number", [1, 2])
def test_of_data(number):
    real_data("sales.csv", Path("none"))

@pytest.mark.skipif(True, reason="openssl is not installed")
def test_of_a_program():
    pass

def test_of_neither():
    pass
"""


def test_the_output_tells_how_many_lacked_what(tmp_path: Path) -> None:
    (tmp_path / "test_skipping.py").write_text(SKIPPING)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "bandcamp_assets_tests.real_data", "-p", "no:bqemulator", tmp_path],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )

    assert "1 passed, 3 skipped" in done.stdout
    assert "2 for want of the real data (needs ../shared/data: the folder is not there)" in done.stdout
    assert "1 for want of a program or a right (openssl is not installed)" in done.stdout


def test_the_suite_itself_tells_it(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.pluginmanager.has_plugin("bandcamp_assets_tests.real_data")
