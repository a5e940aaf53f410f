"""A source must be in an allowed folder; the error does not reveal which files exist elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from bandcamp_assets.sources.allowed import ensure_allowed
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.raw_files import raw_row, write_csv


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    """A folder with a file, and links that lead outside."""
    folder = tmp_path / "allowed"
    (folder / "below").mkdir(parents=True)
    (folder / "sales.csv").write_text("sales")
    (tmp_path / "allowed too").mkdir()
    (tmp_path / "secret.csv").write_text("secret")
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "up").symlink_to(tmp_path)
    (folder / "circle").symlink_to(folder / "circle")
    (tmp_path / "in").symlink_to(folder)
    return folder


@pytest.mark.parametrize(
    "name",
    ["allowed/sales.csv", "allowed/below/../sales.csv", "in/sales.csv", "allowed/gone.csv", "allowed/up/in/x"],
)
def test_a_source_in_an_allowed_folder_is_accepted(allowed: Path, tmp_path: Path, name: str):
    ensure_allowed(str(tmp_path / name), [Path("/nowhere"), allowed])


@pytest.mark.parametrize(
    "name",
    [
        "secret.csv",
        "gone.csv",
        "allowed/../secret.csv",
        "allowed/link.csv",
        "allowed/up/secret.csv",
        "allowed/circle/x",
        "allowed too/sales.csv",
        "allowed/\0",
        "x" * 5000,
        ".",
    ],
)
def test_a_source_elsewhere_is_refused_whether_it_exists_or_not(allowed: Path, tmp_path: Path, name: str):
    with pytest.raises(PlatformError) as refused:
        ensure_allowed(str(tmp_path / name), [allowed])

    said = str(refused.value).replace(str(tmp_path / name), "")
    assert said.startswith("The source is outside the folders")
    assert str(allowed) not in said
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("text", ["~nobody-here/x.csv", "~root/x.csv", "relative.csv", "/proc/self/environ", ""])
def test_other_spellings_are_paths_too(allowed: Path, text: str):
    with pytest.raises(PlatformError, match="outside the folders"):
        ensure_allowed(text, [allowed])


def test_sample_and_archive_are_not_paths_and_without_folders_any_path_is_allowed(allowed: Path):
    ensure_allowed("sample", [allowed])
    ensure_allowed("archive", [allowed])
    ensure_allowed("/etc/passwd", [])


def test_a_run_lands_nothing_from_elsewhere(home: TestHome, tmp_path: Path):
    file = write_csv(tmp_path / "sales.csv", [raw_row(1)])

    done = home.bandcamp("run", "--source", str(file), BANDCAMP_SOURCE_FOLDERS=str(tmp_path / "allowed"))

    assert done.returncode == 1
    assert "BANDCAMP_SOURCE_FOLDERS" in done.stderr
    assert "Traceback" not in done.stderr
    assert home.deployment.catalog.raw_files() == []
