"""The dashboard in a real browser, opened from its file, without a network, west of Greenwich."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, expect

from bandcamp_assets_tests.browser.figures import figures, shown, usd
from bandcamp_assets_tests.browser.reader import Reader
from bandcamp_assets_tests.patience import PATIENCE_MILLISECONDS
from bandcamp_assets_tests.report.dashboard.pages import Dashboard

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sample")]

AXE = Path(__file__).with_name("axe.min.js")

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    '=cmd|" /C calc"!A0',
    "{{7*7}} ${1}",
    "\uff1d1+1",
)


def test_it_opens_from_a_file_without_a_network_and_asks_for_nothing(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    assert shown(reader) == figures(dashboard)
    assert reader.requests == [dashboard.page.as_uri()]


def test_it_says_which_data_which_run_and_that_every_row_is_accounted_for(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    header = reader.page.locator("header").inner_text()
    ((sales, first, last),) = dashboard.query("select count(*), min(sale_date), max(sale_date) from fct_sales")
    assert f"{sales:,} sales of {first} to {last} (UTC), from synthetic sample sales" in header
    assert "Every raw row is a sale, a duplicate or a rejected row" in reader.page.locator("footer").inner_text()
    reader.page.locator("#checks > summary").click()
    checks = reader.page.locator("#checks").inner_text()
    assert re.search(r"Made \d{4}-\d\d-\d\d \d\d:\d\d UTC by run [0-9a-f]{8}\.", checks)
    assert re.search(rf"sales that this page is made from\s+{sales:,}\s", checks)


def test_layers_that_do_not_agree_are_the_first_thing_to_read(
    dashboard: Dashboard, reader: Reader, tmp_path: Path
):
    reader.open(dashboard.render(tmp_path / "wrong.html", {}, raw_rows=1))

    expect(reader.page.locator("header [role=alert]")).to_contain_text("The layers do not agree")


def test_every_day_has_its_bar_and_bandcamp_fridays_are_marked(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    days = dashboard.query(
        "select sale_date, revenue_usd, bandcamp_friday_revenue_usd from daily_sales order by sale_date"
    )
    rows = reader.table("days")
    assert [(row[0], row[2], row[4]) for row in rows] == [
        (str(day), usd(all_), usd(part)) for day, all_, part in days
    ]
    bars = reader.page.locator("#days path[aria-roledescription='bar']")
    assert bars.count() == 2 * len(days)
    accent = reader.page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--accent').trim()")
    marked = reader.page.locator(f"#days path[aria-roledescription='bar'][fill='{accent}']")
    heights = [float(box["height"]) for mark in marked.all() if (box := mark.bounding_box())]
    assert sum(height > 2 for height in heights) == sum(part > 0 for *_, part in days) > 0


def test_concentration_and_medians_are_those_of_the_marts(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    gini = dashboard.query(
        "select population, earners, gini, top_1_percent_share from income_concentration order by 1"
    )
    assert [row[:4] for row in reader.table("gini")] == [
        [name, f"{earners:,}", f"{value:.2f}", f"{top:.1%}"] for name, earners, value, top in gini
    ]
    medians = dashboard.query(
        "select segment, overpaid_usd_median from overpayment where breakdown = 'item type' order by sales desc, 1"
    )
    assert [(row[0], row[3]) for row in reader.table("medians")] == [(kind, usd(value)) for kind, value in medians]


def test_the_business_model_is_that_of_the_mart_and_follows_the_assumptions(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    ((sellers, bandcamp, fees),) = dashboard.query(
        "select sum(seller_usd), sum(bandcamp_usd), sum(payment_fees_usd) from business_model"
    )
    part = {name: reader.page.locator(f"#business-{name}") for name in ("sellers", "bandcamp", "fees", "streams")}
    assert [part[name].inner_text() for name in ("sellers", "bandcamp", "fees")] == [
        usd(sellers),
        usd(bandcamp),
        usd(fees),
    ]
    ((each,),) = dashboard.query("select round(sum(seller_usd) / sum(sales), 2) from business_model")
    assert reader.page.locator("#business-sale").inner_text() == usd(Decimal(each).quantize(Decimal("0.01")))
    ((streams,),) = dashboard.query(
        "select round(streams_per_sale) from streaming_comparison"
        " where item_type_label = 'all' and payout_usd_per_1000_streams = 3"
    )
    assert part["streams"].inner_text() == f"{streams:,.0f}"
    reader.page.fill("#assume-digital", "0")
    reader.page.fill("#assume-physical", "0")
    expect(part["bandcamp"]).to_have_text("$0.00")


def test_each_chart_gives_its_data_as_csv(dashboard: Dashboard, reader: Reader, tmp_path: Path):
    reader.open(dashboard.page)

    with reader.page.expect_download() as download:
        reader.page.get_by_role("button", name="Top countries as CSV").click()
    download.value.save_as(tmp_path / "countries.csv")

    with (tmp_path / "countries.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    expected = dashboard.query(
        "select country, sales, revenue_usd from country_sales order by revenue_usd desc, 1"
    )
    assert rows[0] == ["country", "sales", "revenue_usd", "paid_above_price_usd"]
    assert [(name, int(sales), Decimal(paid)) for name, sales, paid, _ in rows[1:]] == expected


def test_names_that_hold_html_scripts_or_formulas_are_only_text(
    dashboard: Dashboard, reader: Reader, tmp_path: Path
):
    artists = dashboard.data().marts["dashboard_artists"]
    top = artists.group_by("artist_name").agg(pl.col("revenue_usd").sum()).sort("revenue_usd", descending=True)
    names = dict(zip(top["artist_name"].head(len(HOSTILE)), HOSTILE, strict=True))
    hostile = artists.with_columns(pl.col("artist_name").replace(names))

    reader.open(dashboard.render(tmp_path / "hostile.html", {"dashboard_artists": hostile}))

    assert [row[0] for row in reader.table("artists")[: len(HOSTILE)]] == list(HOSTILE)
    assert reader.page.locator("main img").count() == 0
    with reader.page.expect_download() as download:
        reader.page.get_by_role("button", name="Top artists as CSV").click()
    download.value.save_as(tmp_path / "artists.csv")
    with (tmp_path / "artists.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {f"'{HOSTILE[2]}", f"'{HOSTILE[4]}", HOSTILE[0]} <= {row[0] for row in csv.reader(file)}


def test_a_page_without_any_sale_says_so(dashboard: Dashboard, reader: Reader, tmp_path: Path):
    empty = {name: frame.clear() for name, frame in dashboard.data().marts.items()}

    reader.open(dashboard.render(tmp_path / "empty.html", empty))

    assert reader.figure("sales") == "0"
    expect(reader.page.locator("#nothing")).to_be_visible()
    expect(reader.page.locator("#findings")).to_be_hidden()
    assert reader.page.locator(".card").count() == 0


def test_its_policy_stops_scripts_that_are_not_its_own(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    reader.page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.intruded = true";
        document.body.append(script);
    }""")

    assert reader.page.evaluate("window.intruded") is None
    assert any("Content Security Policy" in said for said in reader.complaints)
    reader.complaints.clear()


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (390, "dark"),
        (1320, "light"),
        pytest.param(900, "light", marks=pytest.mark.long),
        pytest.param(1320, "dark", marks=pytest.mark.long),
    ],
)
def test_it_fits_the_width_and_a_scan_for_accessibility_finds_nothing(
    dashboard: Dashboard, browser: Browser, artifacts: Path, width: int, scheme: str
):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(dashboard.page.as_uri())
    page.wait_for_selector("html[data-ready=yes]", timeout=PATIENCE_MILLISECONDS)
    page.screenshot(path=artifacts / f"dashboard-{width}-{scheme}.png", full_page=True)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run().then((result) => result.violations.map((one) => `${one.impact} ${one.id}`))")

    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_the_documentation_of_the_tables_opens_without_a_network(dashboard: Dashboard, browser: Browser):
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(dashboard.home.deployment.settings.home.docs_page.as_uri() + "#!/model/model.bandcamp.overpayment")

    expect(page.get_by_text("How much do fans pay beyond the asking price").first).to_be_visible(
        timeout=PATIENCE_MILLISECONDS
    )
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    context.close()


def test_each_chart_leads_to_the_meaning_of_its_table(dashboard: Dashboard, browser: Browser):
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(dashboard.page.as_uri())
    page.wait_for_selector("html[data-ready=yes]", timeout=PATIENCE_MILLISECONDS)

    page.locator("#medians .of a").click()

    expect(page.get_by_text("How much do fans pay beyond the asking price").first).to_be_visible(
        timeout=PATIENCE_MILLISECONDS
    )
    context.close()


def test_the_documentation_opens_with_the_layers_the_questions_and_their_tables(
    dashboard: Dashboard, browser: Browser
):
    context = browser.new_context(offline=True)
    page = context.new_page()

    page.goto(dashboard.home.deployment.settings.home.docs_page.as_uri())

    expect(page.get_by_role("heading", name="From a raw file to an answer")).to_be_visible(
        timeout=PATIENCE_MILLISECONDS
    )
    page.get_by_role("link", name="bandcamp_friday_effect").last.click()
    expect(page.get_by_text("What does a Bandcamp Friday bring").first).to_be_visible()
    context.close()
