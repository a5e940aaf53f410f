"""Who else on the machine can read a home: nobody, where the platform made it; else whom its owner allows."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bandcamp_assets.system.home import Home
from bandcamp_assets.system.instance.local import only_run


@pytest.fixture(autouse=True)
def _everyone_may_read_what_is_made() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


def test_a_new_home_is_for_its_owner_alone(tmp_path: Path):
    home = Home(tmp_path / "home")

    home.prepare()

    assert mode(home.root) == 0o700


def test_a_home_that_the_first_run_locks_before_it_is_prepared_is_for_its_owner_alone(tmp_path: Path):
    home = Home(tmp_path / "home")

    with only_run(home, on_wait=lambda: None):
        assert mode(home.root) == 0o700


def test_the_folders_above_a_new_home_are_as_the_system_makes_them(tmp_path: Path):
    Home(tmp_path / "above" / "home").prepare()

    assert mode(tmp_path / "above") == 0o777


def test_a_home_that_its_owner_shares_stays_shared(tmp_path: Path):
    home = Home(tmp_path / "home")
    home.root.mkdir()
    home.root.chmod(0o750)

    home.prepare()

    assert mode(home.root) == 0o750
