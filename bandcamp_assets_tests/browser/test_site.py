"""The public site as a visitor gets it from GitHub Pages: over HTTP, below the name of the repository."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urljoin, urlparse

import duckdb
import pytest
import requests
import yaml
from playwright.sync_api import Browser

from bandcamp_assets.dbt.project import locate_project
from bandcamp_assets_tests.browser.reader import Reader
from bandcamp_assets_tests.homes import SampleHome
from bandcamp_assets_tests.patience import PATIENCE_MILLISECONDS, PATIENCE_SECONDS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sample")]

PAGES = ("", "dashboard/index.html", "dashboard/dbt_docs/index.html")


@dataclass(frozen=True)
class Site:
    """A served site, and what its server was asked for."""

    folder: Path
    address: str


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Log nothing."""


@pytest.fixture(scope="module")
def site(sample_home: SampleHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    top = tmp_path_factory.mktemp("served")
    folder = top / "some-repository"
    done = sample_home.home.bandcamp("site", str(folder))
    assert done.returncode == 0, done.stderr
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=top)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield Site(folder, f"http://127.0.0.1:{server.server_port}/some-repository/")
        server.shutdown()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Reader]:
    context = browser.new_context(viewport={"width": 1320, "height": 900})
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    yield Reader(context.new_page())
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_asks_nobody_else_and_has_no_broken_link(name: str, site: Site, visitor: Reader) -> None:
    statuses: dict[str, int] = {}
    visitor.page.on("response", lambda response: statuses.update({response.url: response.status}))

    visitor.page.goto(site.address + name, wait_until="networkidle")

    links = visitor.page.eval_on_selector_all(
        "a[href], link[href], img[src]", "all => all.map(a => a.href || a.src)"
    )
    own = {link.partition("#")[0] for link in links if str(link).startswith(site.address)}
    foreign = [url for url in visitor.requests if not url.startswith((site.address, "data:", "blob:"))]
    assert foreign == []
    assert [url for url, status in statuses.items() if status >= 400] == []
    assert [url for url in own if requests.head(url, timeout=PATIENCE_SECONDS).status_code != 200] == []
    assert [text for text in visitor.complaints if "Content Security Policy" in text] == []


def test_the_first_page_leads_to_everything_and_says_that_this_is_a_sample(site: Site, visitor: Reader) -> None:
    visitor.page.goto(site.address)

    assert "Generated sample" in visitor.page.locator(".label").inner_text()
    linked = {
        urlparse(urljoin(site.address, link)).path.partition("/some-repository/")[2]
        for link in visitor.page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
    }
    files = {str(path.relative_to(site.folder)) for path in site.folder.rglob("*") if path.is_file()}
    assert files - linked == {"index.html", ".nojekyll"}
    visitor.page.get_by_role("link", name="Dashboard", exact=True).click()
    visitor.page.wait_for_selector("html[data-ready=yes]")


def test_the_documentation_still_shows_its_icons_and_tables(site: Site, visitor: Reader) -> None:
    visitor.page.goto(f"{site.address}dashboard/dbt_docs/index.html#!/model/model.bandcamp.daily_sales")

    visitor.page.get_by_role("heading", name="daily_sales").first.wait_for()
    icons = visitor.page.eval_on_selector_all("use", "all => all.map(one => one.href.baseVal)")
    assert {"#icn-doc", "#icn-dir"} <= set(icons)


def test_the_tables_can_be_read_by_their_address_as_they_are_described(site: Site) -> None:
    package = requests.get(f"{site.address}tables/datapackage.json", timeout=PATIENCE_SECONDS).json()

    (table,) = [one for one in package["resources"] if one["name"] == "daily_sales"]
    body = requests.get(urljoin(f"{site.address}tables/", table["path"]), timeout=PATIENCE_SECONDS).content
    copy = site.folder.parent / "daily_sales.parquet"
    copy.write_bytes(body)
    assert duckdb.sql(f"select count(*) from '{copy}'").fetchall() == [(table["rowCount"],)]


def test_an_assistant_is_told_of_every_table_and_column(site: Site) -> None:
    package = requests.get(f"{site.address}tables/datapackage.json", timeout=PATIENCE_SECONDS).json()

    skill = requests.get(f"{site.address}SKILL.md", timeout=PATIENCE_SECONDS).content.decode()

    _, front, text = skill.split("---\n", 2)
    assert yaml.safe_load(front)["name"] == "bandcamp-sales"
    assert "that the sales are generated" in text
    for table in package["resources"]:
        section = text.partition(f"\n### {table['name']}\n")[2].partition("\n### ")[0]
        assert table["description"] in section
        for column in table["schema"]["fields"]:
            assert f"- `{column['name']}` ({column['type']}" in section
            assert " ".join(column["description"].split()) in section


def test_the_contract_has_every_column_with_its_type_and_key(site: Site) -> None:
    package = json.loads((site.folder / "tables" / "datapackage.json").read_text())
    contract = yaml.safe_load((site.folder / "tables" / "datacontract.odcs.yaml").read_text())

    types = {"datetime": "timestamp"}
    tables = {one["name"]: one for one in contract["schema"]}
    assert list(tables) == [one["name"] for one in package["resources"]]
    for table in package["resources"]:
        columns = tables[table["name"]]["properties"]
        assert {one["name"]: one["logicalType"] for one in columns} == {
            one["name"]: types.get(one["type"], one["type"]) for one in table["schema"]["fields"]
        }
        key = {one["primaryKeyPosition"]: one["name"] for one in columns if one.get("primaryKey")}
        assert [key[place] for place in sorted(key)] == table["schema"].get("primaryKey", [])


@pytest.mark.long
def test_the_contract_is_valid_by_its_standard(site: Site) -> None:
    # In an environment of its own, as its packages conflict with the lock.
    tool = Path(sys.executable).with_name("uv"), "tool", "run", "--from", "datacontract-cli==1.2.8"
    contract = site.folder / "tables" / "datacontract.odcs.yaml"

    done = subprocess.run(
        [*tool, "datacontract", "lint", "--all-errors", contract], capture_output=True, text=True, check=False
    )

    if "error sending request" in done.stderr.lower() and not os.environ.get("CI"):
        pytest.skip("the index of packages does not answer")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Data contract is valid" in done.stdout


def test_no_page_names_a_folder_of_this_machine(site: Site, sample_home: SampleHome) -> None:
    pages = "".join(path.read_text() for path in site.folder.rglob("*.html"))

    assert str(sample_home.home.root) not in pages
    assert str(locate_project().parent) not in pages
    assert "/dbt/builds/" not in pages


def test_real_sales_are_not_called_a_sample(site: Site) -> None:
    from bandcamp_assets.report.site.page import render_first_page

    package = json.loads((site.folder / "tables" / "datapackage.json").read_text())
    del package["licenses"]
    package["description"] = "Sales as delivered <b>."

    page = render_first_page(package, site.folder)

    assert "Generated sample." not in page
    assert "Sales as delivered &lt;b&gt;." in page


def test_a_site_replaces_a_site_and_nothing_else(site: Site, sample_home: SampleHome, tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"a picture")

    again = sample_home.home.bandcamp("site", str(site.folder))
    refused = sample_home.home.bandcamp("site", str(tmp_path))

    assert again.returncode == 0, again.stderr
    assert refused.returncode == 1
    assert "would replace files that are not a site" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_home_without_tables_says_what_to_run(tmp_path: Path) -> None:
    from bandcamp_assets_tests.homes import TestHome

    refused = TestHome(tmp_path / "home").bandcamp("site", str(tmp_path / "site"))

    assert refused.returncode == 1
    assert "run `bandcamp run` first" in refused.stderr
    assert list(tmp_path.iterdir()) == []
