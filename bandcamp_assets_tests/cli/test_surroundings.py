"""The folder in which the command starts, and settings for other projects, change nothing."""

from __future__ import annotations

import os
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from bandcamp_assets.cli import prepare
from bandcamp_assets_tests.foreign_settings import dagster_variables, dbt_variables
from bandcamp_assets_tests.homes import BANDCAMP, TestHome
from bandcamp_assets_tests.raw_files import raw_row, write_csv

RAISES = "raise SystemExit('the module of another project was imported')\n"
MODULES = ("click", "yaml", "duckdb", "polars", "dagster", "dbt", "filelock", "rich", "sqlalchemy", "jinja2")
FILES = ("dagster.yaml", "workspace.yaml", "dbt_project.yml", "profiles.yml", "pyproject.toml", ".env")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A working folder full of files of other projects. It is in `PYTHONPATH` too."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for module in (*MODULES, "bandcamp_assets"):
        (folder / module).mkdir()
        (folder / module / "__init__.py").write_text(RAISES)
    for file in FILES:
        (folder / file).write_text("other: [project\n")
    return folder


def started(home: TestHome, *arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BANDCAMP, *arguments],
        env=home.environment(**environment),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.long
@pytest.mark.xdist_group("two days")
def test_nothing_of_another_project_changes_a_run(two_days: TestHome, tmp_path: Path, elsewhere: Path):
    home, (rows, usd) = two_days, two_days.fact()
    second = str(write_csv(tmp_path / "second.csv", [raw_row(n) for n in range(16, 20)]))
    foreign = dict.fromkeys((*dbt_variables(), *dagster_variables()), "true")
    # Without a module of the name of this package: Python would import it before our code runs.
    modules = tmp_path / "modules"
    modules.mkdir()
    for module in MODULES:
        (modules / module).symlink_to(elsewhere / module)

    foreign["PYTHONPATH"] = str(modules)

    done = started(home, "run", "--source", second, cwd=elsewhere, **foreign)

    assert done.returncode == 0, done.stderr
    assert home.fact() == (rows + 2, usd + 2 * Decimal("9.99"))
    assert home.ledger().holds
    marts = home.deployment.warehouse.query("select sum(sales), sum(revenue_usd) from bandcamp.daily_sales")
    assert marts.row(0) == home.fact()
    assert {path.name for path in elsewhere.iterdir()} == {*MODULES, *FILES, "bandcamp_assets"}


def test_a_process_beside_the_run_imports_nothing_from_the_working_folder(
    home: TestHome, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(elsewhere)
    deployment, waited = home.deployment, []
    monkeypatch.setattr(prepare, "needs_parsing", lambda _workspace: True)
    monkeypatch.setattr(
        prepare, "prepare_manifest", lambda workspace: waited.append(workspace.manifest_path.exists())
    )

    with prepare.preparing_dbt(deployment, home.environment()) as dbt_prepared:
        dbt_prepared()

    assert waited == [True]


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        pytest.param({"LC_ALL": "POSIX", "PYTHONUTF8": "0"}, marks=pytest.mark.long),
        pytest.param({"PYTHONIOENCODING": "ascii"}, marks=pytest.mark.long),
    ],
    ids=str,
)
def test_the_locale_changes_nothing(tmp_path: Path, locale: dict[str, str]):
    home = TestHome(tmp_path / "ünï cödé 🎵")

    done = started(home, "status", cwd=tmp_path, **locale)
    asked = started(home, "doctor", cwd=tmp_path, **locale)

    assert done.returncode == 1
    assert "There is nothing here yet" in done.stderr
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert "Traceback" not in asked.stderr
    assert (home.root / "dagster").parent.name == "ünï cödé 🎵"


@pytest.mark.parametrize("command", ["run", "status", "doctor", "dashboard", "prepare"])
def test_a_working_folder_that_is_gone_is_one_clear_error(tmp_path: Path, command: str):
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f'cd "{gone}" && rmdir "{gone}" && exec "{BANDCAMP}" {command}'

    done = subprocess.run(
        ["sh", "-c", script],
        env={name: value for name, value in os.environ.items() if name != "BANDCAMP_HOME"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("error: The working folder cannot be used")
    assert len(done.stderr.splitlines()) == 3


@pytest.mark.parametrize("port", ["65536", "99999", "-1", "http"])
def test_what_is_not_a_port_is_refused(tmp_path: Path, port: str):
    done = TestHome(tmp_path / "home").bandcamp("dashboard", "--port", port)

    assert done.returncode == 2
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr
