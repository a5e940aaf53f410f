"""What a person sees and does in the Dagster UI: lineage, one day by clicking, a range, metadata, checks."""

from __future__ import annotations

import re
import time
from pathlib import Path
from urllib.parse import urlsplit

import dagster as dg
import pytest
import yaml
from playwright.sync_api import Page, expect

from bandcamp_assets.definitions import load_definitions
from bandcamp_assets.system.instance.code_location import place_runs
from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets_tests.browser.conftest import HOSTILE, HOSTILE_FILE, Ui
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.security.listening import listening, outside

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("ui")]

DAY = "2020-09-10"


def finished_run(ui: Ui, known: set[str]) -> dg.DagsterRun:
    """Wait for the one run that is not known yet to end; else fail with what is known of it and the UI's log."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with open_instance(ui.home.deployment.settings.home) as instance:
        while True:
            new = [run for run in instance.get_runs() if run.run_id not in known]
            if new and all(run.is_finished for run in new):
                (run,) = new
                return run
            if time.monotonic() > deadline:
                states = [(run.run_id, run.status.value) for run in new]
                backfills = [(one.backfill_id, one.status.value) for one in instance.get_backfills()]
                pytest.fail(f"no run ended: runs {states}, backfills {backfills}\n{ui.log.read_text()[-4_000:]}")
            time.sleep(0.5)


def known_runs(ui: Ui) -> set[str]:
    with open_instance(ui.home.deployment.settings.home) as instance:
        return {run.run_id for run in instance.get_runs()}


def choose_days(page: Page, days: str) -> None:
    """In the dialog that launches runs: name the days, launch."""
    box = page.get_by_role("dialog").last.locator("input[type=text]").first
    box.fill(days)
    box.press("Enter")
    expect(box).to_have_value(days)
    launch = page.get_by_role("button", name=re.compile(r"^Launch"))
    launch.last.click()
    expect(launch).to_have_count(0)  # the dialog has closed, so the run was accepted


def test_it_and_its_children_listen_on_this_machine_only(ui: Ui):
    found = listening(ui.process)
    children = {" ".join(child.cmdline()) for child in ui.process.children(recursive=True)}

    assert ("127.0.0.1", urlsplit(ui.address).port) in found
    assert outside(found) == set()
    assert any("code-server" in child for child in children)
    assert any("daemon" in child for child in children)


def test_the_front_page_shows_the_runs_of_the_command_as_jobs_of_the_code_location(
    ui: Ui, page: Page, artifacts: Path
):
    page.goto(f"{ui.address}/overview")

    for name in ("bandcamp", "land", "build"):
        expect(page.get_by_text(name, exact=True).first).to_be_visible()
    page.screenshot(path=artifacts / "00-front-page.png")


def test_the_run_that_landed_a_file_says_so_in_its_configuration(ui: Ui):
    (landed,) = ui.query(
        '{ runsOrError(filter: {pipelineName: "land"}) { ... on Runs { results { runConfigYaml } } } }'
    )["runsOrError"]["results"]

    assert yaml.safe_load(landed["runConfigYaml"])["ops"]["raw_sales"]["config"] == {"source": str(ui.source)}


def test_the_lineage_shows_every_asset(ui: Ui, page: Page, artifacts: Path):
    graph = load_definitions(ui.home.deployment).resolve_asset_graph()
    keys = graph.executable_asset_keys
    groups = {graph.get(key).group_name for key in keys}

    # High enough for the whole list: the page draws only those of its rows that can be seen.
    page.set_viewport_size({"width": 2400, "height": 4800})
    page.goto(f"{ui.address}/asset-groups")
    page.get_by_text("landing", exact=True).first.wait_for()
    page.locator("svg foreignObject").first.wait_for()  # the page takes no keys until it has laid out the graph
    page.keyboard.press("Alt+KeyE")
    # The graph cuts long names short; the list beside it does not.
    for group in sorted(groups, reverse=True):
        row = page.locator("[class*=AssetSidebarNode_itemContainer]").filter(
            has=page.get_by_title(group, exact=True)
        )
        row.locator("button").first.click()

    for key in keys:
        expect(page.get_by_title(key.path[-1], exact=True).first).to_be_visible()
    page.screenshot(path=artifacts / "01-lineage.png")


def test_one_day_is_materialized_by_clicking(ui: Ui, page: Page, artifacts: Path):
    before, known = ui.home.files("lake/cleaned_sales"), known_runs(ui)
    other = ui.home.root / "lake" / "cleaned_sales" / "sale_date=2020-09-09" / "sales.parquet"
    written_at = other.stat().st_mtime_ns

    page.goto(f"{ui.address}/assets/cleaned_sales")
    page.get_by_role("button", name="Materialize").first.click()
    choose_days(page, DAY)
    run = finished_run(ui, known)

    assert run.status == dg.DagsterRunStatus.SUCCESS
    assert run.tags["dagster/partition"] == DAY
    assert ui.home.files("lake/cleaned_sales") == before
    assert other.stat().st_mtime_ns == written_at
    page.goto(f"{ui.address}/runs/{run.run_id}")
    expect(page.get_by_text("Success", exact=True).first).to_be_visible()
    page.screenshot(path=artifacts / "02-run-of-one-day.png")


@pytest.mark.long
def test_everything_for_two_days_is_one_run(ui: Ui, page: Page, artifacts: Path):
    known, tables = known_runs(ui), ui.home.tables()

    page.goto(f"{ui.address}/locations/bandcamp/jobs/everything")
    page.get_by_role("button", name=re.compile("Materialize all")).first.click()
    choose_days(page, "[2020-09-09...2020-09-10]")
    page.screenshot(path=artifacts / "03-two-days-launched.png")
    run = finished_run(ui, known)

    assert run.status == dg.DagsterRunStatus.SUCCESS
    assert run.tags["dagster/asset_partition_range_start"] == "2020-09-09"
    assert run.tags["dagster/asset_partition_range_end"] == "2020-09-10"
    assert ui.home.tables() == tables
    assert ui.home.ledger().holds


def test_a_failed_run_says_first_what_happened_where_and_what_to_do(ui: Ui, page: Page, artifacts: Path):
    missing = {"ops": {"raw_sales": {"config": {"source": "/nowhere/missing.csv"}}}}
    with open_instance(ui.home.deployment.settings.home) as instance:
        job = load_definitions(ui.home.deployment).resolve_job_def("land")
        place_runs(instance, job.name)
        failed = job.execute_in_process(
            instance=instance,
            run_config=missing,
            asset_selection=[dg.AssetKey("raw_sales")],
            raise_on_error=False,
        )

    page.goto(f"{ui.address}/runs/{failed.run_id}")
    page.get_by_text("View full message").first.click()

    first = page.get_by_role("dialog").locator("h3").first
    what_where_remedy = r"^Failed: [^\n]+\n  where: [^\n]*/nowhere/missing\.csv\n  what to do: [^\n]+$"
    expect(first).to_be_visible()
    assert re.match(what_where_remedy, (first.text_content() or "").strip())
    page.screenshot(path=artifacts / "10-failed-run.png")


@pytest.mark.long
def test_a_column_is_followed_from_the_page_to_the_raw_file(ui: Ui, page: Page, artifacts: Path):
    page.goto(f"{ui.address}/assets/sales_dashboard")

    _follow(page, "daily_sales.revenue_usd", "daily_sales")
    _follow(page, "revenue_usd", "sales_by_hour")
    _follow(page, "revenue_usd", "fct_sales")
    for asset in ("stg_sales", "sales", "sales_objects", "cleaned_sales", "staged_sales", "raw_sales"):
        _follow(page, "amount_paid_usd", asset)

    expect(page.get_by_text("manifest", exact=True).first).to_be_attached()
    page.screenshot(path=artifacts / "11-followed-to-the-raw-file.png")


def _follow(page: Page, column: str, asset: str) -> None:
    """Click, in the row of a column, on the asset that it is made from."""
    row = page.locator("tr").filter(has=page.get_by_text(column, exact=True)).first
    row.get_by_role("link", name=asset, exact=True).first.click()
    page.wait_for_url(re.compile(rf"/assets/{asset}\b"))


@pytest.mark.parametrize(
    ("asset", "shown"),
    [
        ("fct_sales", ["Columns", "paid_to_price_ratio", "DuckDB", "fct_sales.sql"]),
        ("rejected_sales", ["by_reason", "unknown_item_type", "staging.py"]),
        ("ledger", ["holds", "raw_rows", "staged_rows", "599.4"]),
        ("raw_sales", ["manifest", "sales.csv", "sha256"]),
    ],
)
def test_an_asset_shows_its_metadata(ui: Ui, page: Page, artifacts: Path, asset: str, shown: list[str]):
    page.goto(f"{ui.address}/assets/{asset}")

    for text in shown:
        expect(page.get_by_text(text).first).to_be_attached()
    page.screenshot(path=artifacts / f"04-{asset}.png", full_page=True)


def test_daily_sales_shows_its_plot(ui: Ui, page: Page, artifacts: Path):
    page.goto(f"{ui.address}/assets/daily_sales")

    plot = page.locator("img[alt='US dollars paid per day (UTC)']")
    if plot.count() == 0:
        page.get_by_role("button", name="Show Markdown").or_(page.get_by_text("[Show Markdown]")).first.click()
    expect(plot.first).to_be_visible()
    assert plot.first.evaluate("image => image.naturalWidth") > 100
    page.screenshot(path=artifacts / "05-plot.png")


def test_the_checks_are_there_and_passed(ui: Ui, page: Page, artifacts: Path):
    page.goto(f"{ui.address}/assets/fct_sales?view=checks")

    expect(page.get_by_text("the_fact_holds_the_sales").first).to_be_visible()
    expect(page.get_by_text("Succeeded").first).to_be_visible()
    expect(page.get_by_text("Failed", exact=True)).to_have_count(0)
    page.screenshot(path=artifacts / "06-checks.png")


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (f"cleaned_sales?partition={DAY}&view=partitions", HOSTILE),
        ("rejected_sales", HOSTILE.replace('"', '""').split("(")[0]),
        ("raw_sales", HOSTILE_FILE),
    ],
)
def test_a_hostile_name_is_shown_as_text(ui: Ui, page: Page, artifacts: Path, place: str, shown: str):
    page.goto(f"{ui.address}/assets/{place}")

    expect(page.get_by_text(shown).first).to_be_attached()
    assert page.locator("img[src='x'], a[href^='javascript:']").count() == 0
    page.screenshot(path=artifacts / f"07-hostile-name-{place.split('?')[0]}.png")


def test_the_documentation_holds_no_name_from_outside(ui: Ui):
    page = ui.home.deployment.settings.home.docs_page.read_text()

    assert "fct_sales" in page
    assert [text for text in ("alert('run')", "alert('file')") if text in page] == []


def test_the_dashboards_asset_shows_a_picture_of_it_and_where_it_is(ui: Ui, page: Page, artifacts: Path):
    page.goto(f"{ui.address}/assets/sales_dashboard")

    expect(page.get_by_text(ui.home.deployment.settings.home.dashboard_page.as_uri()).first).to_be_visible()
    expect(page.get_by_text("http://127.0.0.1:3001/").first).to_be_visible()
    page.get_by_text("[Show Markdown]").first.click()
    picture = page.locator('img[alt="The dashboard\'s charts"]')
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 500
    page.screenshot(path=artifacts / "09-dashboard-asset.png")
