"""Colours, units, labels and tooltips of the dashboard mean the same everywhere, and say it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import expect

from bandcamp_assets_tests.browser.figures import usd
from bandcamp_assets_tests.browser.reader import Reader
from bandcamp_assets_tests.report.dashboard.pages import Dashboard

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sample")]

COLOUR_OF = "(name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()"


def test_a_kind_of_item_has_one_colour_in_charts_and_tables(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)
    colour = reader.page.evaluate(f"({COLOUR_OF})('kind1')")

    bar = reader.page.locator("#kinds path[aria-roledescription='bar'][aria-label*='digital album']")

    assert bar.get_attribute("fill") == colour
    for card in ("medians", "free"):
        assert "kind1" in reader.page.locator(f"#{card} tr", has_text="digital album").locator(
            ".key"
        ).get_attribute("class")


def test_axes_and_labels_say_their_unit_and_follow_what_bars_show(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    assert reader.page.locator("#days text", has_text="$").count() > 2
    assert all("$" in text for text in reader.page.locator("#kinds text", has_text="·").all_text_contents())
    reader.after(lambda: reader.page.get_by_label("sales", exact=True).check())

    assert reader.page.locator("#days text", has_text="$").count() == 0
    assert reader.page.locator("#kinds text", has_text="$").count() == 0


def test_map_and_heatmap_say_what_their_colours_stand_for(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    for card in ("map", "hours"):
        low, high = reader.page.locator(f"#{card} .scale").inner_text().split()
        assert low[0] == high[0] == "$"
        assert low != high


def test_a_tooltip_says_what_when_how_much_how_many_and_which_share(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)
    ((paid, sales, part),) = dashboard.query(
        "select revenue_usd, sales, revenue_usd / (select sum(revenue_usd) from daily_sales) from daily_sales"
        " where sale_date = date '2020-10-02'"
    )

    reader.page.locator("#days path[aria-label*='2020-10-02']").first.hover(force=True)

    tooltip = reader.page.locator(".tooltip")
    expect(tooltip).to_be_visible()
    text = tooltip.inner_text()
    assert text.startswith("2 October 2020 (UTC)")
    assert f"{usd(paid)}, {part:.1%} of what is paid" in text
    assert f"{sales:,} sales" in text
    assert "while Bandcamp waived its share" in text


@pytest.mark.parametrize("width", [390, 1100, 1320])
def test_a_long_figure_fits_its_card(dashboard: Dashboard, reader: Reader, tmp_path: Path, width: int):
    sales = dashboard.data().marts["dashboard_sales"]
    much = sales.with_columns(pl.col("revenue_usd").cast(pl.Decimal(24, 2)) * 50_000)
    reader.page.set_viewport_size({"width": width, "height": 900})

    reader.open(dashboard.render(tmp_path / "much.html", {"dashboard_sales": much}))

    figure = reader.page.locator("#figure-revenue")
    assert len(figure.inner_text()) == len("$9,000,000,000.00")
    assert figure.evaluate("(one) => one.scrollWidth <= one.clientWidth")
