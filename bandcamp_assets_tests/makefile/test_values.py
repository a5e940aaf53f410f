"""What is typed behind a name reaches the program as it stands, and nothing in it is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bandcamp_assets_tests.makefile.checkout import Checkout

HOSTILE = [
    "Bob's sales.csv",
    'quo"tes.csv',
    "back`touch pwned`ticks.csv",
    "$(touch pwned).csv",
    "$(shell touch pwned).csv",
    "${HOME}.csv",
    "cost $5.csv",
    "a; touch pwned; b.csv",
    "a & touch pwned & b.csv",
    "#hash %cent [brackets] {braces} *star* ?.csv",
    "back\\slash.csv",
    "-dash.csv",
    "two  blanks .csv",
    "line\nbreak.csv",
    "ünï cödé 🎵.csv",
]

ARGUMENT = {"SOURCE": ("run", "--source="), "ROWS": ("run", "--rows="), "PORT": ("ui", "--port=")}
SOAK = {"MINUTES": "--minutes=", "SEED": "--seed=", "ONLY": "--only="}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    made = Checkout(tmp_path_factory.mktemp("made") / "checkout").prepare()
    assert made.make("run").returncode == 0
    return made


def last(checkout: Checkout, *arguments: str, **environment: str) -> list[str]:
    before = len(checkout.said())
    done = checkout.make(*arguments, **environment)
    assert done.returncode == 0, done.stderr
    assert not list(checkout.root.rglob("pwned"))
    return checkout.said()[before:]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("name", ARGUMENT)
def test_a_value_is_one_argument_as_it_was_typed(checkout: Checkout, name: str, value: str):
    command, option = ARGUMENT[name]

    assert last(checkout, command, f"{name}={value}") == [command, option + value]


@pytest.mark.parametrize("value", HOSTILE)
def test_dollars_may_be_doubled_as_ever_in_make(checkout: Checkout, value: str):
    assert last(checkout, "run", "SOURCE=" + value.replace("$", "$$")) == ["run", f"--source={value}"]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_from_the_environment_is_taken_as_it_stands_too(checkout: Checkout, value: str):
    assert last(checkout, "run", SOURCE=value) == ["run", f"--source={value}"]


@pytest.mark.parametrize("name", SOAK)
@pytest.mark.parametrize("value", ["it's", "$(shell touch pwned)", "`touch pwned`", "a b"])
def test_values_of_the_soak_are_arguments_as_they_were_typed(checkout: Checkout, name: str, value: str):
    assert last(checkout, "soak", f"{name}={value}")[-1] == SOAK[name] + value


@pytest.mark.parametrize("value", ["$(shell touch pwned)", "`touch pwned`", "1; touch pwned"])
@pytest.mark.parametrize("name", ["FRESH", "LONG", "WORKERS", "RESOLUTION", "ARGS"])
@pytest.mark.parametrize("command", ["run", "soak", "bench"])
def test_other_values_run_nothing(checkout: Checkout, command: str, name: str, value: str):
    last(checkout, command, f"{name}={value}")


def test_nothing_typed_is_no_argument(checkout: Checkout):
    assert last(checkout, "run") == ["run"]
    assert last(checkout, "run", "FRESH=1") == ["run", "--fresh"]
    assert last(checkout, "dashboard") == ["dashboard"]


def test_several_numbers_of_rows_are_several_arguments_of_the_bench(checkout: Checkout):
    assert last(checkout, "bench", "ROWS=1000 2000")[-3:] == ["--rows", "1000", "2000"]


@pytest.mark.parametrize("folder", ["it's $HOME `x` & co", "music [2020]", "currency=EUR #1 %20", "🎵"])
def test_a_checkout_may_lie_anywhere(tmp_path: Path, folder: str):
    checkout = Checkout(tmp_path / folder).prepare()

    assert last(checkout, "run", "SOURCE=x.csv") == ["run", "--source=x.csv"]


def test_the_tests_begin_with_style_and_types_and_tell_the_long_stories_only_when_asked(checkout: Checkout):
    usual, long = checkout.make("--dry-run", "test").stdout, checkout.make("--dry-run", "test", "LONG=1").stdout

    for printed in (usual, long):
        tools = re.findall(
            r"^\.venv/bin/(ruff check|ruff format --check|mypy|python .* pytest)\b", printed, re.MULTILINE
        )
        assert [tool.split()[-1] for tool in tools] == ["check", "--check", "mypy", "pytest"]
    assert "-m 'not long'" in usual
    assert "not long" not in long
