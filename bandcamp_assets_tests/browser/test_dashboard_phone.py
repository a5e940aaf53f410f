"""The dashboard on a phone: short, with a bar of one line, and nothing hidden without a hint."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from bandcamp_assets_tests.browser.figures import figures, shown
from bandcamp_assets_tests.browser.reader import Reader
from bandcamp_assets_tests.report.dashboard.pages import Dashboard

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sample")]

HALF = 4_400
"""Half of what the page measured on a phone when all cards stood open."""


@pytest.fixture
def phone(browser: Browser) -> Iterator[Reader]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, offline=True
    )
    reader = Reader(context.new_page())
    yield reader
    context.close()
    assert reader.complaints == []


def test_the_page_is_half_as_long_and_not_wider_than_the_phone(dashboard: Dashboard, phone: Reader):
    phone.open(dashboard.page)

    assert phone.page.evaluate("document.documentElement.scrollHeight") < HALF
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_filters_are_one_line_that_stays_and_opens(dashboard: Dashboard, phone: Reader):
    phone.open(dashboard.page)
    phone.page.locator("#business").scroll_into_view_if_needed()

    bar = phone.page.locator("#filters")
    box = bar.bounding_box()
    assert box
    assert box["y"] == 0
    assert box["height"] < 60
    phone.page.locator("#toggle").tap()
    phone.choose("country", "Germany")

    assert shown(phone) == figures(dashboard, "country = 'Germany'")
    expect(phone.page.locator("#toggle")).to_have_text("Filters (1)")


def test_a_folded_card_opens_with_its_chart_also_from_a_finding(dashboard: Dashboard, phone: Reader):
    phone.open(dashboard.page)
    bars = "path[aria-roledescription='bar']"
    assert phone.page.locator(f"#countries {bars}").count() == 0

    phone.page.get_by_role("button", name="Show Top countries").tap()

    expect(phone.page.locator(f"#countries {bars}").first).to_be_visible()
    phone.page.get_by_role("link", name="times an ordinary Friday").tap()
    expect(phone.page.locator(f"#fridays {bars}").first).to_be_in_viewport()


def test_a_table_wider_than_the_phone_says_so_and_keeps_its_first_column(dashboard: Dashboard, phone: Reader):
    phone.open(dashboard.page)
    phone.page.get_by_role("button", name="Show Paid above the price").tap()

    table = phone.page.locator("#medians .table")

    expect(table).to_have_class("table wide")
    table.evaluate("(one) => { one.scrollLeft = 200; }")
    expect(table.locator("tbody td").first).to_be_in_viewport()
