"""Any path works as the path of a home, or is refused by one message before anything is created."""

from __future__ import annotations

import os
import string
from pathlib import Path

import pytest

from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.home_path import locate_home
from bandcamp_assets.system.instance.local import open_instance, write_instance_settings
from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.raw_files import raw_row, write_csv

MISREAD = "*?[\\#"
PUNCTUATION = "".join(char for char in string.punctuation if char not in MISREAD + "/")
ODD = f"-{PUNCTUATION} 100% ~ {{{{ x }}}} $HOME %(x)s @runs@ ünï 🎵 "
"""All other printable characters of ASCII, variables of templates, and characters beyond ASCII."""


@pytest.mark.parametrize(
    "name",
    [
        *(f"music{char}2020" for char in MISREAD),
        "music [2020]",
        "what? music",
        "per%20cent",
        "ducklake:x",
        "line\nbreak",
        "tab\there",
        "\x1b[31mred",
        os.fsdecode(b"not-utf8-\xff"),
        "é" * 128,
        "/".join(["long"] * 100),
    ],
)
@pytest.mark.parametrize("above", [False, True])
def test_a_path_that_would_be_misread_is_refused_before_anything_is_created(
    tmp_path: Path, name: str, above: bool
):
    path = tmp_path / name / "home" if above else tmp_path / name

    with pytest.raises(PlatformError) as refused:
        Settings.from_env({"BANDCAMP_HOME": str(path)})

    assert refused.value.where == "environment variable BANDCAMP_HOME"
    assert list(tmp_path.iterdir()) == []


def test_a_link_with_a_plain_name_is_a_workaround(tmp_path: Path):
    (tmp_path / "music [2020]").mkdir()
    (tmp_path / "music").symlink_to("music [2020]")

    assert locate_home(str(tmp_path / "music")) == tmp_path / "music"


def test_the_parent_of_a_link_is_resolved_as_by_the_system(tmp_path: Path):
    (tmp_path / "real" / "below").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "below")

    assert locate_home(str(tmp_path / "link" / ".." / "home")) == (tmp_path / "real" / "home").resolve()


def test_relative_paths_start_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    assert locate_home("home") == tmp_path / "home"


@pytest.mark.parametrize("name", [ODD, "🎵", "a: b", "'", '"', "'\"{}", "@runs@", " "])
def test_dagster_finds_its_settings_in_a_home_of_any_name(tmp_path: Path, name: str):
    home = Home(locate_home(str(tmp_path / name)))
    home.prepare()
    write_instance_settings(home)

    with open_instance(home) as instance:
        assert not instance.telemetry_enabled
        assert instance.get_concurrency_config().pool_config.default_pool_limit == 1

    assert (home.dagster / "history" / "runs" / "index.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.long
def test_a_whole_run_in_a_home_with_an_odd_name_below_odd_folders(tmp_path: Path):
    place = tmp_path / "currency=EUR" / "country_code=fr"
    home = TestHome(place / ODD)
    place.mkdir(parents=True)

    home.run("--source", str(write_csv(tmp_path / "sales.csv", [raw_row(n) for n in range(5)])))

    currencies = home.deployment.warehouse.query("select distinct currency from bandcamp.fct_sales")
    assert home.fact()[0] == 5
    assert home.ledger().holds
    assert "EUR" not in currencies["currency"]
    assert [path.name for path in place.iterdir()] == [ODD]
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".csv"] == ["currency=EUR"]
