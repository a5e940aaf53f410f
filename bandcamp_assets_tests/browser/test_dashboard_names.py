"""An artist or label is looked up by name, and rankings of names are those of the warehouse or are not there."""

from __future__ import annotations

import json
import shlex
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote_plus

import polars as pl
import pytest
from playwright.sync_api import expect

from bandcamp_assets_tests.browser.figures import usd
from bandcamp_assets_tests.browser.reader import Reader
from bandcamp_assets_tests.browser.test_dashboard import HOSTILE
from bandcamp_assets_tests.report.dashboard.pages import Dashboard

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sample")]

OF_ARTIST = "artist_name"
OF_LABEL = "lower(split_part(url, '/', 3))"


def found(reader: Reader) -> list[str]:
    """The names that are listed, in their order."""
    return reader.page.locator("#find-list bdi").all_inner_texts()


def look_up(reader: Reader, text: str, name: str) -> str:
    """Type a text, press the name, and read what is shown."""
    reader.page.fill("#find-text", text)
    reader.page.locator("#find-list button", has=reader.page.get_by_text(name, exact=True)).first.click()
    expect(reader.page.locator("#find-shown h4 bdi")).to_have_text(name, use_inner_text=True)
    return reader.page.locator("#find-shown").inner_text()


def in_warehouse(dashboard: Dashboard, column: str, name: str) -> tuple[int, int, Decimal, Decimal]:
    (row,) = dashboard.query(
        "select count(*), count(distinct url), sum(amount_paid_usd), sum(amount_overpaid_usd)"
        f" from fct_sales where {column} = '{name.replace(chr(39), chr(39) * 2)}'"
    )
    return row


@pytest.mark.parametrize(
    "place", ["1", "(select max(revenue_rank) from dashboard_names where seller_role = '{}')"]
)
@pytest.mark.parametrize(("role", "column"), [("artist", OF_ARTIST), ("label", OF_LABEL)])
def test_the_first_and_the_last_of_all_are_found_with_the_figures_of_the_warehouse(
    dashboard: Dashboard, reader: Reader, role: str, column: str, place: str
):
    ((name, rank),) = dashboard.query(
        "select seller_name, revenue_rank from dashboard_names"
        f" where seller_role = '{role}' and revenue_rank = {place.format(role)}"
    )
    ((of,),) = dashboard.query(
        "select count(distinct artist_name) from fct_sales"
        if role == "artist"
        else "select count(*) from seller_sales where seller_kind = 'label'"
    )
    sales, items, paid, overpaid = in_warehouse(dashboard, column, name)
    reader.open(dashboard.page)

    text = look_up(reader, name, name)

    assert f"{role} {rank:,} of {of:,} by US dollars" in text
    figures = reader.page.locator("#find-shown b").all_inner_texts()
    assert figures == [usd(paid), f"{sales:,}", usd(round(paid / sales, 2)), usd(overpaid)]
    assert f"of {items:,} different items" in text


def test_a_ranked_artist_is_shown_with_countries_and_kinds(dashboard: Dashboard, reader: Reader):
    ((name,),) = dashboard.query("select artist_name from artist_sales where revenue_rank = 1")
    ((country, part),) = dashboard.query(
        "select country, sum(amount_paid_usd) / sum(sum(amount_paid_usd)) over () from fct_sales"
        f" where artist_name = '{name}' group by country order by 2 desc limit 1"
    )
    reader.open(dashboard.page)

    text = look_up(reader, name, name)

    assert f"{country} {100 * part:.0f}%" in text.partition("Paid from ")[2]


@pytest.mark.parametrize(("role", "column"), [("artist", OF_ARTIST), ("label", OF_LABEL)])
def test_the_query_that_is_shown_has_the_rest_and_names_no_name(
    dashboard: Dashboard, reader: Reader, role: str, column: str
):
    ((name,),) = dashboard.query(
        f"select seller_name from dashboard_names where seller_role = '{role}' and revenue_rank = 2"
    )
    reader.open(dashboard.page)
    look_up(reader, name, name)

    command = shlex.split(reader.page.locator("#find-shown code").inner_text())

    assert name not in command[-1]
    done = dashboard.home.bandcamp(*command[1:], "--format", "json", "--limit", "0")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert sum(row["sales"] for row in rows) == in_warehouse(dashboard, column, name)[0]


def test_the_exact_name_comes_first_then_what_begins_with_it_then_the_highest(
    dashboard: Dashboard, reader: Reader, tmp_path: Path
):
    names = dashboard.data().marts["dashboard_names"]
    artists = names.filter(pl.col("seller_role") == "artist").sort("revenue_rank")["seller_name"]
    changed = dict(
        zip(artists.head(4), ["The Zzyxx", "Dj Zzyxx", "Zzyxx and Friends", "Z\u00e9\u200bzyxx"], strict=True)
    )
    changed[artists[9]] = "Zzyxx"
    changed |= {artists[10]: "Zz\U0001f600a", artists[11]: "Zz\U0001f600b"}
    renamed = names.with_columns(pl.col("seller_name").replace(changed))
    reader.open(dashboard.render(tmp_path / "names.html", {"dashboard_names": renamed}))

    reader.page.fill("#find-text", " zZYXX ")
    expect(reader.page.locator("#find-count")).to_have_text("4 found:")
    listed = found(reader)
    assert listed == ["Zzyxx", "Zzyxx and Friends", "The Zzyxx", "Dj Zzyxx"]
    for text, expected in (
        ("zezyxx", ["Z\u00e9\u200bzyxx"]),
        ("zz\U0001f600", ["Zz\U0001f600a", "Zz\U0001f600b"]),
    ):
        reader.page.fill("#find-text", text)
        expect(reader.page.locator("#find-count")).to_have_text(f"{len(expected)} found:")
        assert found(reader) == expected


def test_names_that_hold_html_are_only_text_where_they_are_found(
    dashboard: Dashboard, reader: Reader, tmp_path: Path
):
    names = dashboard.data().marts["dashboard_names"]
    top = names.filter(pl.col("seller_role") == "artist").sort("revenue_rank")["seller_name"].head(len(HOSTILE))
    renamed = names.with_columns(pl.col("seller_name").replace(dict(zip(top, HOSTILE, strict=True))))
    reader.open(dashboard.render(tmp_path / "hostile.html", {"dashboard_names": renamed}))

    for name in HOSTILE:
        text = look_up(reader, name, name)
        assert name in text

    assert reader.page.locator("main img").count() == 0


def test_who_is_shown_is_in_the_address_beside_the_filters(dashboard: Dashboard, reader: Reader):
    ((name,),) = dashboard.query("select artist_name from artist_sales where revenue_rank = 3")
    reader.open(dashboard.page, "#country=Japan")

    look_up(reader, name, name)

    reader.expect_address(f"#country=Japan&artist={quote_plus(name)}")
    reader.page.reload()
    reader.page.wait_for_selector("html[data-ready=yes]")
    expect(reader.page.locator("#find-shown h4 bdi")).to_have_text(name)
    reader.page.get_by_role("button", name="Close").click()
    expect(reader.page.locator("#find-shown")).to_be_hidden()
    reader.expect_address("#country=Japan")


def test_a_name_that_these_sales_do_not_have_is_said(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page, "#artist=%3Cimg+src%3Dx%3E")

    shown = reader.page.locator("#find-shown p")
    expect(shown).to_have_text("These sales have no artist <img src=x> to look up.")
    reader.page.fill("#find-text", "no such name at all")
    expect(reader.page.locator("#find-count")).to_have_text("No such name.")
    assert reader.page.locator("main img").count() == 0


def test_a_page_that_cannot_carry_all_names_says_where_the_others_are(
    dashboard: Dashboard, reader: Reader, tmp_path: Path
):
    names = dashboard.data().marts["dashboard_names"]
    many = pl.concat([names] * (200_000 // names.height + 1)).head(200_000)

    reader.open(dashboard.render(tmp_path / "many.html", {"dashboard_names": many}))

    expect(reader.page.locator("#find-note")).to_contain_text("that earn most")
    expect(reader.page.locator("#find-note")).to_contain_text("artist_sales, seller_sales")


def test_top_labels_are_those_of_the_warehouse_and_not_there_under_a_filter(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    top = dashboard.query(
        "select seller_host, sales, revenue_usd from seller_sales where seller_kind = 'label'"
        " order by revenue_rank limit 10"
    )
    assert [row[:3] for row in reader.table("labels")] == [
        [host, f"{sales:,}", usd(paid)] for host, sales, paid in top
    ]
    reader.choose("country", "Japan")
    expect(reader.page.locator("#labels")).to_be_hidden()
    expect(reader.page.locator("#artists-note")).to_contain_text("Labels are ranked of all sales only")
    reader.after(lambda: reader.page.get_by_role("button", name="Reset filters").click())
    expect(reader.page.locator("#labels")).to_be_visible()


def test_a_click_on_a_ranked_name_shows_who_it_is(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    for card, role in (("artists", "artist"), ("labels", "label")):
        reader.page.locator(f"#{card} path[aria-roledescription='bar']").first.click(force=True)

        expect(reader.page.locator("#find-shown small").first).to_contain_text(f"{role} 1 of")
        expect(reader.page.locator("#find-shown")).to_be_focused()
