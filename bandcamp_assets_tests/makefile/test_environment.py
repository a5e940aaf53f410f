"""An environment that was left half made is whole after the next make."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bandcamp_assets_tests.makefile.checkout import Checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "checkout").prepare()


def assert_heals(checkout: Checkout) -> None:
    healed = checkout.make("run", "SOURCE=sample")

    assert healed.returncode == 0, healed.stderr
    assert checkout.said() == ["run", "--source=sample"]
    assert not (checkout.environment / ".half").exists()
    assert (checkout.environment / "bin" / "uv").read_text().startswith("#!")


@pytest.mark.parametrize("stop", ["NO_PIP", "KILLED_IN_PIP", "KILLED_IN_UV"])
def test_what_a_stopped_make_left_is_begun_again(checkout: Checkout, stop: str):
    stopped = checkout.make("run", "SOURCE=sample", **{stop: "1"})

    assert stopped.returncode != 0
    assert_heals(checkout)


def _empty(environment: Path) -> None:
    environment.mkdir()


def _without_pip(environment: Path) -> None:
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").symlink_to("/usr/bin/false")


def _of_a_python_that_is_gone(environment: Path) -> None:
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").symlink_to("/nowhere/python3")
    for name in (".uv", ".ready"):
        (environment / name).touch()


@pytest.mark.parametrize("leave", [_empty, _without_pip, _of_a_python_that_is_gone])
def test_what_another_way_left_half_made_is_begun_again(checkout: Checkout, leave: Callable[[Path], None]):
    leave(checkout.environment)

    assert_heals(checkout)


def test_a_whole_environment_is_left_alone(checkout: Checkout):
    checkout.make("run")
    (checkout.environment / "own").touch()
    made_at = (checkout.environment / ".ready").stat().st_mtime_ns

    assert checkout.make("run").returncode == 0

    assert (checkout.environment / ".ready").stat().st_mtime_ns == made_at
    assert (checkout.environment / "own").exists()


def test_a_new_lock_changes_the_environment_in_place(checkout: Checkout):
    checkout.make("run")
    (checkout.environment / "own").touch()
    (checkout.root / "requirements.lock").touch()

    again = checkout.make("run")

    assert again.returncode == 0
    assert "Installing" in again.stdout
    assert (checkout.environment / "own").exists()
