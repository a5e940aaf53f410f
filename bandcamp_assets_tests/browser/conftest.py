"""The Dagster UI as a real process on a home with two days of sales, and a real browser to look at it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bandcamp_assets_tests.browser.reader import Reader
from bandcamp_assets_tests.homes import BANDCAMP, SampleHome, TestHome
from bandcamp_assets_tests.patience import PATIENCE_MILLISECONDS, PATIENCE_SECONDS
from bandcamp_assets_tests.raw_files import raw_row, write_csv
from bandcamp_assets_tests.report.dashboard.pages import Dashboard

CHROMIUM = Path("/usr/bin/chromium")
EVIL = "evil.example"
"""A name of somebody else's that leads to this machine."""

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {EVIL} 127.0.0.1",
]
HOSTILE = "<img src=x onerror=\"alert('run')\"><script>alert('run')</script> ![x](javascript:alert(1))"
HOSTILE_FILE = "<img src=x onerror=alert('file')>![x](javascript:alert(2)) [red] sales.csv"


@dataclass(frozen=True)
class Ui:
    """A running UI and the home that it shows."""

    home: TestHome
    address: str
    process: psutil.Process
    log: Path
    source: Path

    def query(self, graphql: str) -> dict:
        """Ask the UI's own interface."""
        answer = requests.post(f"{self.address}/graphql", json={"query": graphql}, timeout=PATIENCE_SECONDS)
        return answer.json()["data"]


@pytest.fixture(scope="session")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    folder = tmp_path_factory.mktemp("ui")
    home = TestHome(folder / "home")
    texts = dict.fromkeys(("artist_name", "item_description", "album_title", "country"), HOSTILE)
    rows = [raw_row(day * 86_400 + n, **texts) for day in range(2) for n in range(30)]
    file = write_csv(folder / HOSTILE_FILE, [*rows, raw_row(99, **{**texts, "item_type": "x"})])
    home.run("--source", str(file))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (folder / "ui.log").open("w") as log:
        process = subprocess.Popen(
            [BANDCAMP, "ui", "--port", str(port)],
            env=home.environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            started = Ui(home, f"http://127.0.0.1:{port}", psutil.Process(process.pid), folder / "ui.log", file)
            _wait_until_loaded(started, process)
            yield started
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _wait_until_loaded(ui: Ui, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, ui.log.read_text()
        try:
            if ui.query("{ assetNodes { id } }")["assetNodes"]:
                return
        except (requests.RequestException, ValueError):
            pass
        time.sleep(0.5)
    pytest.fail(ui.log.read_text())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: install the package chromium")
        pytest.skip("Chromium is not installed (Debian: package chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page; scripts from the data that would run, or ask something, fail the test."""
    page = browser.new_page(viewport={"width": 2400, "height": 1500})
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    yield page
    page.close()
    assert asked == []


@pytest.fixture(scope="module")
def dashboard(sample_home: SampleHome) -> Dashboard:
    """The dashboard of the sample, which nobody changes."""
    return Dashboard(sample_home.home)


@pytest.fixture
def reader(browser: Browser) -> Iterator[Reader]:
    """Someone west of Greenwich without a network; what the page complains of or asks for fails the test."""
    context = browser.new_context(
        viewport={"width": 1320, "height": 900},
        offline=True,
        timezone_id="America/Los_Angeles",
        accept_downloads=True,
    )
    reader = Reader(context.new_page())
    yield reader
    context.close()
    assert reader.complaints == []
    assert [url for url in reader.requests if not url.startswith(("file:", "blob:"))] == []


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: a folder that CI keeps, never the repository."""
    folder = Path(os.environ.get("CI_ARTIFACTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
