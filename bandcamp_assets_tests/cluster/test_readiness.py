"""A cluster that cannot do the work is refused before work begins, with one clear error."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import bandcamp_assets
from bandcamp_assets.cli.doctor import examine
from bandcamp_assets.cluster import clean_days, cleaning, open_workers, software, verify_workers, workers
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets_tests.cluster.lakes import Lake, sales
from bandcamp_assets_tests.cluster.processes import Cluster, cluster
from bandcamp_assets_tests.homes import TestHome


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 3.0)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Lake.land(tmp_path / "home").home


@pytest.fixture(scope="module")
def other_version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package with other rules."""
    root = tmp_path_factory.mktemp("other")
    shutil.copytree(bandcamp_assets.__path__[0], root / "bandcamp_assets")
    rules = root / "bandcamp_assets" / "contract" / "version.py"
    rules.write_text(rules.read_text().replace("\nRULES = ", "\nRULES = 999 + "))
    return root


@pytest.fixture
def something_else() -> Iterator[str]:
    """The address of a server that is not a scheduler."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            try:
                while True:
                    connection, _ = server.accept()
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 20)
                    connection.close()
            except OSError:
                return

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1:8786",
        "http://127.0.0.1:8786",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:0",
        "tcp://127.0.0.1:many",
        "tcp://:8786",
        "tcp://user@127.0.0.1:8786",
        "tls://127.0.0.1:8786/path",
    ],
)
def test_what_is_not_an_address_of_a_scheduler_is_refused(address: str) -> None:
    with pytest.raises(PlatformError, match="BANDCAMP_DASK_SCHEDULER"):
        Settings.from_env({"BANDCAMP_DASK_SCHEDULER": address})


@pytest.mark.parametrize("address", ["", "tcp://127.0.0.1:8786", "tls://scheduler.dask.svc:8786", "tcp://[::1]:1"])
def test_an_address_of_a_scheduler_is_accepted_unchanged(address: str) -> None:
    assert Settings.from_env({"BANDCAMP_DASK_SCHEDULER": address}).dask_scheduler == address


def test_without_the_setting_dask_is_not_even_imported(home: Home) -> None:
    code = (
        "import sys, bandcamp_assets.deployment.deployment;"
        "from bandcamp_assets.defs.assets import cleaning, staging;"
        " sys.exit('distributed' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    with open_workers("", home) as at_work:
        assert at_work is None


def test_a_missing_package_is_named_with_its_extra(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(PlatformError, match="extra `cluster`"):
        verify_workers("tcp://127.0.0.1:8786", home)


@pytest.mark.usefixtures("impatient")
def test_a_scheduler_that_does_not_answer_is_one_clear_error(home: Home) -> None:
    with pytest.raises(PlatformError, match="No Dask scheduler answers"):
        verify_workers(f"tcp://127.0.0.1:{free_port()}", home)


@pytest.mark.usefixtures("impatient")
def test_a_server_that_is_not_a_scheduler_is_one_clear_error(home: Home, something_else: str) -> None:
    with pytest.raises(PlatformError, match="No Dask scheduler answers"):
        verify_workers(something_else, home)


def test_a_cluster_without_workers_is_one_clear_error(home: Home, tmp_path: Path) -> None:
    with (
        cluster(tmp_path / "dask", workers=0) as started,
        pytest.raises(PlatformError, match="has had no workers for 1 seconds"),
    ):
        verify_workers(started.address, home, patience_seconds=1)


def test_a_worker_of_another_version_is_refused(home: Home, tmp_path: Path, other_version: Path) -> None:
    with cluster(tmp_path / "dask", workers=0) as started:
        started.start_worker(PYTHONPATH=str(other_version))
        with pytest.raises(PlatformError, match=r"A worker has another version: contract .* code "):
            verify_workers(started.address, home)


def test_a_worker_of_another_version_that_joins_late_does_no_work(tmp_path: Path, other_version: Path) -> None:
    lake = Lake.land(tmp_path / "home", sales(2, 20))
    staged = lake.stage(None)
    with (
        cluster(tmp_path / "dask", workers=1) as started,
        open_workers(started.address, lake.home) as at_work,
    ):
        started.workers[0].kill()
        started.start_worker(PYTHONPATH=str(other_version))

        with pytest.raises(PlatformError, match="A worker that joined late has another version"):
            lake.clean(staged, at_work)

    assert lake.files("cleaned_sales") == {}


@pytest.mark.long
def test_a_worker_without_the_package_is_refused(home: Home, tmp_path: Path) -> None:
    # The worker has the environment of the tests, so hide the package that is installed there.
    empty = tmp_path / "empty" / "bandcamp_assets"
    empty.mkdir(parents=True)
    (empty / "__init__.py").write_text("raise ModuleNotFoundError('as if it were not installed')")
    with cluster(tmp_path / "dask", workers=0) as started:
        started.start_worker(PYTHONPATH=str(empty.parent))
        with pytest.raises(PlatformError, match="A worker cannot load this platform"):
            verify_workers(started.address, home)


def test_a_worker_that_sees_another_folder_is_refused(
    tmp_path: Path, two_workers: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The working directory: the same path, another folder in each process.
    monkeypatch.chdir(tmp_path)
    home = Home(Path("/proc/self/cwd/home"))
    home.prepare()

    with pytest.raises(PlatformError, match="A worker does not see the same home"):
        verify_workers(two_workers.address, home)


@pytest.mark.long
def test_the_doctor_checks_the_cluster(
    home: TestHome, two_workers: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    right = {"BANDCAMP_HOME": str(home.root), "BANDCAMP_DASK_SCHEDULER": two_workers.address}
    wrong = right | {"BANDCAMP_DASK_SCHEDULER": f"tcp://127.0.0.1:{free_port()}"}

    assert [examine(right), examine(wrong)] == [0, 1]

    printed = capsys.readouterr().out
    assert f"✓ cluster      {two_workers.address}, workers that see the home: 2" in printed
    assert "✗ cluster      No Dask scheduler answers" in printed


def test_days_are_cleaned_in_this_process_if_no_cluster_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake.land(tmp_path / "home", sales(2, 20))
    staged = lake.stage(None)
    monkeypatch.delattr(cleaning, "clean_apart")

    with open_workers("", lake.home) as at_work:
        cleaned = list(clean_days(lake.days(staged, lake.home.scratch), at_work))

    assert len(cleaned) == 2


def test_the_compared_packages_exist() -> None:
    root = Path(bandcamp_assets.__path__[0])

    assert [name for name in software._WORK if not list((root / name).rglob("*.py"))] == []
