"""If emptying a home was interrupted, the next command on it finishes that. A finished home is never emptied."""

from __future__ import annotations

from pathlib import Path

from bandcamp_assets.cli.prepare import prepare_home
from bandcamp_assets.landing.arrival import land
from bandcamp_assets.landing.restoring import restore_catalog
from bandcamp_assets.sources.source import FileSource
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.manifests import write_manifests
from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.raw_files import raw_row, write_csv


def filled(root: Path) -> TestHome:
    home = TestHome(root)
    prepare_home(home.environment())
    (root / "lake" / "sales.parquet").write_bytes(b"of before")
    Catalog(root / "catalog.sqlite").raw_files()
    (root / "inbox" / "mine.csv").write_bytes(b"a person's")
    return home


def test_the_next_command_removes_what_a_killed_fresh_start_left(tmp_path: Path) -> None:
    home = filled(tmp_path / "home")
    (home.root / "emptying").touch()

    prepare_home(home.environment())

    assert not (home.root / "lake" / "sales.parquet").exists()
    assert not (home.root / "catalog.sqlite").exists()
    assert not (home.root / "emptying").exists()
    assert (home.root / "inbox" / "mine.csv").exists()


def test_a_fresh_start_leaves_no_mark(tmp_path: Path) -> None:
    home = filled(tmp_path / "home")

    prepare_home(home.environment(), fresh=True)

    assert not (home.root / "catalog.sqlite").exists()
    assert not (home.root / "emptying").exists()


def test_a_home_that_is_in_use_is_not_emptied(tmp_path: Path) -> None:
    home = filled(tmp_path / "home")

    prepare_home(home.environment())

    assert (home.root / "catalog.sqlite").exists()


def test_a_half_emptied_home_is_not_mistaken_for_one_that_lost_its_catalog(tmp_path: Path) -> None:
    home = filled(tmp_path / "home").deployment.settings.home
    write_csv(tmp_path / "sales.csv", [raw_row()])
    land(FileSource(tmp_path / "sales.csv"), home, Catalog(home.catalog))
    write_manifests(home, Catalog(home.catalog))
    home.catalog.unlink()
    home.emptying.touch()

    restored = restore_catalog(home, Catalog(home.catalog))

    assert restored is None
    assert Catalog(home.catalog).raw_files() == []


def test_the_leftovers_of_a_killed_probe_are_removed(tmp_path: Path) -> None:
    home = filled(tmp_path / "home")
    left_by_the_dead = home.root / "scratch" / "999999999-probe-00000000"
    left_by_the_dead.mkdir()

    swept = home.deployment.settings.home.sweep()

    assert swept == [left_by_the_dead]
    assert list((home.root / "scratch").iterdir()) == []
