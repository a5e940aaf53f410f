"""The tutorial, followed step by step. `storage/google_cloud/test_tutorial.py` follows the part about a bucket."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from bandcamp_assets_tests.documents.tutorial import Checkout
from bandcamp_assets_tests.raw_files import two_days_of_sales, write_csv

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("tutorial")]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    made = Checkout.make(tmp_path_factory.mktemp("tutorial") / "checkout")
    assert "Every raw row is a sale" in made.follow("Tutorial")
    return made


@pytest.fixture(scope="module")
def with_mart(checkout: Checkout) -> Checkout:
    answer = checkout.follow("Add a mart")
    assert "Wednesday" in answer
    return checkout


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where somebody offers two days of sales."""
    write_csv(tmp_path / "sales.csv", two_days_of_sales())
    handler = functools.partial(SimpleHTTPRequestHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_new_mart_is_built_tested_and_published(with_mart: Checkout) -> None:
    package = json.loads((with_mart.root / ".bandcamp" / "tables" / "datapackage.json").read_text())

    tables = {one["name"]: one for one in package["resources"]}
    assert tables["weekday_sales"]["schema"]["primaryKey"] == ["iso_weekday"]
    assert tables["weekday_sales"]["rowCount"] == 7
    assert "weekday_sales" in (with_mart.root / ".bandcamp" / "dashboard" / "dbt_docs" / "index.html").read_text()


def test_a_new_column_is_there_after_the_next_run(with_mart: Checkout) -> None:
    answer = with_mart.follow("Add a column")

    assert "revenue_usd_per_day" in answer
    assert "Wednesday" in answer


def test_a_new_source_lands_like_any_other(checkout: Checkout, address: str) -> None:
    said = checkout.follow("Add a source", {"http://127.0.0.1:8000/": address})

    assert said.count("Every raw row is a sale") == 2
    assert "2020-09-10" in said


def test_a_scaffolded_schedule_is_loaded(checkout: Checkout) -> None:
    said = checkout.follow("Add a schedule, a sensor or an asset")

    assert "All definitions loaded successfully" in said
    assert "every_night" in said
