"""A view of the dashboard is sent on: as an address, on paper, or as a picture of one chart."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, expect

from bandcamp_assets_tests.browser.figures import figures, shown
from bandcamp_assets_tests.browser.reader import Reader
from bandcamp_assets_tests.patience import PATIENCE_MILLISECONDS
from bandcamp_assets_tests.report.dashboard.pages import Dashboard

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sample")]

VIEW = "#from=2020-09-12&country=Germany&country=Japan&kind=digital+album"
WHERE = "sale_date >= date '2020-09-12' and country in ('Germany', 'Japan') and item_type_label = 'digital album'"


def test_a_choice_is_in_the_address_and_a_reload_restores_it(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)
    reader.choose("country", "Germany")
    reader.after(lambda: reader.page.get_by_label("sales", exact=True).check())

    reader.expect_address("#country=Germany&bars=sales")
    reader.page.reload()
    reader.page.wait_for_selector("html[data-ready=yes]")

    assert shown(reader) == figures(dashboard, "country = 'Germany'")
    expect(reader.page.get_by_label("sales", exact=True)).to_be_checked()


def test_an_address_opens_its_view_with_several_values_of_a_filter(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page, VIEW)

    assert shown(reader) == figures(dashboard, WHERE)
    reader.expect_address(VIEW)


def test_an_address_that_is_pasted_into_an_open_page_changes_its_view(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    reader.after(lambda: reader.page.evaluate(f"location.hash = '{VIEW}'"))

    assert shown(reader) == figures(dashboard, WHERE)


def test_assumptions_are_in_the_address(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page, "#digital=0&physical=0")

    assert reader.page.locator("#business-bandcamp").inner_text() == "$0.00"
    reader.page.fill("#assume-fee", "4")
    reader.expect_address("#digital=0&physical=0&fee=4")


def test_what_an_address_names_and_the_sales_do_not_have_is_said(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page, "#country=Atlantis&country=Japan&price=%3Cimg+src%3Dx%3E")

    assert shown(reader) == figures(dashboard, "country = 'Japan'")
    expect(reader.page.locator("#unknown")).to_contain_text("country Atlantis, price <img src=x>")
    assert reader.page.locator("main img").count() == 0


def test_a_finding_leads_to_its_chart_and_the_address_keeps_the_view(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page, VIEW)

    reader.page.get_by_role("link", name="left to sellers").click()

    reader.expect_address(VIEW)


def test_the_link_is_copied(dashboard: Dashboard, reader: Reader):
    reader.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader.open(dashboard.page, VIEW)

    reader.page.get_by_role("button", name="Copy link").click()

    expect(reader.page.locator("#copied")).to_have_text("Copied")
    assert reader.page.evaluate("navigator.clipboard.readText()") == dashboard.page.as_uri() + VIEW


@pytest.mark.parametrize(("paper", "width"), [("A4", 703), ("Letter", 725)])
def test_paper_names_its_filters_and_is_as_wide_as_its_charts(
    dashboard: Dashboard, browser: Browser, artifacts: Path, paper: str, width: int
):
    context = browser.new_context(viewport={"width": width, "height": 1000}, color_scheme="dark")
    page = context.new_page()
    page.goto(dashboard.page.as_uri() + VIEW)
    page.wait_for_selector("html[data-ready=yes]", timeout=PATIENCE_MILLISECONDS)

    page.pdf(path=artifacts / f"dashboard-{paper}.pdf", format=paper, print_background=True)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")

    said = page.locator("#printed").inner_text()
    assert said == "Filters: from 2020-09-12; country Germany or Japan; kind digital album. Bars show US dollars."
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (
        page.evaluate("""[...document.querySelectorAll(".card .table, .card .chart")]
        .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.closest(".card").id)""")
        == []
    )
    assert (
        page.evaluate("""[...document.querySelectorAll(".card .chart:not([hidden]) text")].filter((text) =>
        text.getBoundingClientRect().right > text.closest("svg").getBoundingClientRect().right + 1)
        .map((text) => text.textContent)""")
        == []
    )
    assert page.locator("#days text").first.get_attribute("fill") == "#1d2429"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.wait_for_function("document.querySelector('#days text').getAttribute('fill') === '#e8eaec'")
    context.close()


def test_a_chart_is_saved_as_a_picture_with_its_title_filters_and_source(
    dashboard: Dashboard, reader: Reader, tmp_path: Path
):
    reader.open(dashboard.page, "#country=Japan")

    for kind in ("SVG", "PNG"):
        with reader.page.expect_download() as download:
            reader.page.get_by_role("button", name=f"Sales over time as {kind}").click()
        assert download.value.suggested_filename == f"days.{kind.lower()}"
        download.value.save_as(tmp_path / f"days.{kind}")

    assert (tmp_path / "days.PNG").read_bytes().startswith(b"\x89PNG")
    drawn = ElementTree.fromstring((tmp_path / "days.SVG").read_text())  # noqa: S314 - made by our own page
    texts = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[:2] == ["Sales over time", "Filters: country Japan."]
    assert any("from synthetic sample sales" in (text or "") for text in texts)


def test_the_picture_of_a_chart_that_no_filter_changes_names_no_filter(
    dashboard: Dashboard, reader: Reader, tmp_path: Path
):
    reader.open(dashboard.page, "#country=Japan")

    with reader.page.expect_download() as download:
        reader.page.get_by_role("button", name="The week by hour (UTC) as SVG").click()
    download.value.save_as(tmp_path / "hours.svg")

    drawn = (tmp_path / "hours.svg").read_text()
    assert "All sales." in drawn
    assert "Japan" not in drawn
