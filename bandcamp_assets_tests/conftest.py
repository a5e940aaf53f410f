"""What all tests share: no setting of the machine reaches them, and who runs which of them when."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from dagster._core.storage.defs_state.base import _current_storage
from hypothesis import settings

from bandcamp_assets.system.memory import collect_seldom
from bandcamp_assets_tests import long_stories, real_data
from bandcamp_assets_tests.homes import BuiltHome, SampleHome, TestHome, empty
from bandcamp_assets_tests.long_stories import is_long
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.raw_files import two_days_of_sales, write_csv

LONGEST = (
    "storage/google_cloud/test_end_to_end.py",
    "dbt_project/test_parity.py",
    "dbt_project/test_bigquery_jobs.py",
    "dbt_project/test_sql_style.py",
    "dbt_project/test_unit_tests.py",
    "defs/automation/test_inbox_to_marts.py",
    "browser/test_dashboard.py",
    "resilience/",
    "defs/automation/test_daemon.py",
    "cli/test_run.py",
    "browser/test_dagster_ui.py",
    "defs/automation/test_feed_week.py",
    "dbt_project/test_bigquery_assets.py",
    "soak/",
    "defs/automation/",
    "production/test_topology.py",
    "dbt_project/test_days.py",
    "dbt/",
    "alerts/test_sensor.py",
    "cluster/",
    "hostile/",
)
"""Files, or folders, that take longest. They begin, so that no worker ends alone with one of them."""

SAMPLE_ROWS = 20_000


def pytest_configure(config: pytest.Config) -> None:
    """Know the mark of pytest-xdist also where it is switched off; no test has a time limit for each example.

    Garbage is collected as seldom as by the command. What lacked the real data is told at the end.
    """
    for plugin in (real_data, long_stories):
        config.pluginmanager.register(plugin, plugin.__name__)
    config.addinivalue_line("markers", "xdist_group(name): tests that one worker runs, one after the other")
    settings.register_profile("suite", deadline=None)
    settings.load_profile("suite")
    collect_seldom()


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files begin, after the groups that do not consist of long stories alone.

    A file that is in no group of several is one of its own.
    """
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(_file_of(item)))
    quick = {_group_of(item) for item in items if not is_long(item)}
    items.sort(key=lambda item: (_group_of(item) not in quick, _place_in_line(item)))


def _group_of(item: pytest.Item) -> str:
    group = item.get_closest_marker("xdist_group")
    return str(group.args[0] if group.args else group.kwargs["name"]) if group else ""


def _place_in_line(item: pytest.Item) -> int:
    found = [place for place, name in enumerate(LONGEST) if _file_of(item).startswith(name)]
    return found[0] if found else len(LONGEST)


def _file_of(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).as_posix()


@pytest.fixture
def _folder_stays() -> Iterator[None]:
    """The next test of this worker begins in the same working folder. Whoever left it elsewhere fails."""
    before = Path.cwd()
    yield
    after = Path.cwd()
    os.chdir(before)
    assert after == before


@pytest.fixture(autouse=True)
def _no_settings_from_outside(_folder_stays: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("BANDCAMP_") or name == "DAGSTER_HOME"]:
        monkeypatch.delenv(name)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Forget the instance of the test before: Dagster keeps it for loading definitions, even when it is gone."""
    _current_storage.set(None)


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> SampleHome:
    """The home of all tests in the group `sample`, so that a worker makes it once."""
    home = TestHome(tmp_path_factory.mktemp("sample") / "home")
    return SampleHome(home, SAMPLE_ROWS, home.run("--rows", str(SAMPLE_ROWS)))


@pytest.fixture(scope="session")
def _home_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home") / "home"


@pytest.fixture
def home(_home_root: Path) -> Iterator[TestHome]:
    """A home without data. It is the same folder in every test, so that dbt's project is parsed only once.

    No test may leave a process that writes into the home of the next one.
    """
    home = empty(_home_root)
    yield home
    assert psutil.wait_procs(home.processes(), timeout=PATIENCE_SECONDS)[1] == []


@pytest.fixture(scope="session")
def built(_home_root: Path, tmp_path_factory: pytest.TempPathFactory) -> BuiltHome:
    """Two days of sales, taken in by one run: made once in a worker for all tests that begin with such a home."""
    folder = tmp_path_factory.mktemp("built")
    home, source = empty(_home_root), write_csv(folder / "sales.csv", two_days_of_sales())
    printed = home.run("--source", str(source))
    home.save(folder / "home")
    return BuiltHome(source, printed, folder / "home")


@pytest.fixture
def two_days(built: BuiltHome, home: TestHome) -> TestHome:
    """The home as it was after that run, for the test to do with as it likes."""
    home.restore(built.saved)
    return home
