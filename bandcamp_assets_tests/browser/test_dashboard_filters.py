"""What a reader of the dashboard chooses, by list, mouse or keyboard, leaves the figures of the warehouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from bandcamp_assets_tests.browser.figures import figures, shown, usd
from bandcamp_assets_tests.browser.reader import Reader
from bandcamp_assets_tests.report.dashboard.pages import Dashboard

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sample")]

BAND = "item_price > 0 and item_price_usd >= 7 and item_price_usd < 10"

FILTERS = {
    "country": ("Germany", "country = 'Germany'"),
    "item_type_label": ("digital track", "item_type_label = 'digital track'"),
    "item_format": ("vinyl", "item_format = 'vinyl'"),
    "currency": ("GBP", "currency = 'GBP'"),
    "price_band": ("7.00 to 9.99", BAND),
    "from": ("2020-09-30", "sale_date >= date '2020-09-30'"),
    "to": ("2020-09-12", "sale_date <= date '2020-09-12'"),
}

SECOND = {
    "country": ("Japan", "country = 'Japan'"),
    "item_type_label": ("merch", "item_type_label = 'merch'"),
    "item_format": ("CD", "item_format = 'CD'"),
    "currency": ("EUR", "currency = 'EUR'"),
    "price_band": ("free", "item_price = 0"),
}


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_gives_the_figures_of_the_warehouse(dashboard: Dashboard, reader: Reader, name: str):
    value, where = FILTERS[name]
    reader.open(dashboard.page)

    reader.choose(name, value)

    assert shown(reader) == figures(dashboard, where)
    reader.after(lambda: reader.page.get_by_role("button", name="Reset filters").click())
    assert shown(reader) == figures(dashboard)


def test_filters_together_leave_what_all_of_them_leave(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    for name in ("country", "item_type_label", "currency"):
        reader.choose(name, FILTERS[name][0] if name != "currency" else "EUR")

    where = "country = 'Germany' and item_type_label = 'digital track' and currency = 'EUR'"
    assert shown(reader) == figures(dashboard, where)
    kinds = dashboard.query(
        "select item_type_label, sum(amount_paid_usd) from fct_sales"
        " where country = 'Germany' and currency = 'EUR' group by 1 order by 2 desc"
    )
    assert [(row[0], row[2]) for row in reader.table("kinds")] == [(kind, usd(paid)) for kind, paid in kinds]


def test_a_click_on_a_country_of_the_map_filters_all_and_a_second_one_takes_it_back(
    dashboard: Dashboard, reader: Reader
):
    reader.open(dashboard.page)
    germany = reader.page.locator("#map path[aria-label^='Germany:']")

    reader.after(lambda: germany.click(force=True))

    assert shown(reader) == figures(dashboard, "country = 'Germany'")
    expect(reader.page.locator("#filter-country .value")).to_have_text("Germany")
    reader.after(lambda: reader.page.locator("#map path[aria-label^='Germany:']").click(force=True))
    assert shown(reader) == figures(dashboard)


def test_a_click_on_a_day_shows_that_day_alone(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    reader.after(lambda: reader.page.locator("#days path[aria-label*='2020-09-12']").last.click(force=True))

    assert shown(reader) == figures(dashboard, "sale_date = date '2020-09-12'")


def test_without_a_mouse_a_row_of_a_table_filters(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)
    reader.page.locator("#countries .rows summary").focus()
    reader.page.keyboard.press("Enter")
    button = reader.page.locator("#countries .table button", has_text="Japan")
    button.focus()

    reader.after(lambda: reader.page.keyboard.press("Enter"))

    japan = figures(dashboard, "country = 'Japan'")
    assert shown(reader) == japan
    announced = reader.page.locator("#announcement").text_content()
    assert announced == f"{japan['sales']} sales, {japan['revenue']}"


@pytest.mark.parametrize("name", [name for name in FILTERS if name not in ("from", "to")])
def test_several_values_of_a_filter_leave_what_any_of_them_leaves(dashboard: Dashboard, reader: Reader, name: str):
    one, where = FILTERS[name]
    other, also = SECOND[name]
    reader.open(dashboard.page)

    reader.choose(name, one)
    reader.choose(name, other)

    assert shown(reader) == figures(dashboard, f"({where}) or ({also})")
    chips = reader.page.locator(".chip").all_inner_texts()
    assert [chip.partition(": ")[2] for chip in chips] == [f"{one} ✕", f"{other} ✕"]
    reader.after(lambda: reader.page.locator(".chip").first.click())
    assert shown(reader) == figures(dashboard, also)


def test_filters_with_several_values_each_leave_what_all_of_them_leave(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)
    chosen = ("country", "item_type_label", "price_band")

    for name in chosen:
        reader.choose(name, FILTERS[name][0])
        reader.choose(name, SECOND[name][0])

    where = " and ".join(f"(({FILTERS[name][1]}) or ({SECOND[name][1]}))" for name in chosen)
    assert shown(reader) == figures(dashboard, where)
    days = dashboard.query(
        f"select sale_date, sum(amount_paid_usd) from fct_sales where {where} group by 1 order by 1"
    )
    rows = [(row[0], row[2]) for row in reader.table("days") if row[1] != "0"]
    assert rows == [(str(day), usd(paid)) for day, paid in days]


def test_a_list_is_searched_and_closed_by_the_keyboard(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)
    reader.page.locator("#filter-country summary").focus()
    reader.page.keyboard.press("Enter")
    expect(reader.page.get_by_role("searchbox", name="Search: Country")).to_be_focused()

    reader.page.keyboard.type("germ")

    options = reader.page.locator("#filter-country .options label:visible")
    ((sales,),) = dashboard.query("select count(*) from fct_sales where country = 'Germany'")
    assert options.all_inner_texts() == [f"Germany\n{sales:,}"]
    reader.page.keyboard.press("Tab")
    reader.after(lambda: reader.page.keyboard.press("Space"))
    assert shown(reader) == figures(dashboard, "country = 'Germany'")
    reader.page.keyboard.press("Escape")
    expect(reader.page.locator("#filter-country .list")).to_be_hidden()
    expect(reader.page.locator("#filter-country summary")).to_be_focused()


def test_a_drag_over_bars_shows_these_days(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)
    first, last = (
        reader.page.locator(f"#days path[aria-label*='{day}']").last for day in ("2020-09-12", "2020-09-15")
    )
    first.scroll_into_view_if_needed()
    boxes = [one.bounding_box() for one in (first, last)]
    assert boxes[0]
    assert boxes[1]

    reader.page.mouse.move(boxes[0]["x"] + 3, boxes[0]["y"] + 5)
    reader.page.mouse.down()
    reader.page.mouse.move(boxes[1]["x"] + 3, boxes[1]["y"] + 5, steps=4)
    reader.after(reader.page.mouse.up)

    assert shown(reader) == figures(dashboard, "sale_date between date '2020-09-12' and date '2020-09-15'")
    reader.expect_address("#from=2020-09-12&to=2020-09-15")


def test_a_click_with_shift_adds_a_country(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page, "#country=Japan")

    germany = reader.page.locator("#map path[aria-label^='Germany:']")
    reader.after(lambda: germany.click(force=True, modifiers=["Shift"]))

    assert shown(reader) == figures(dashboard, "country in ('Germany', 'Japan')")


@pytest.mark.parametrize(
    "view", ["#from=2020-09-12", "#format=vinyl", "#country=Japan&kind=merch", "#country=Japan&country=Germany"]
)
def test_a_ranking_of_artists_that_would_not_be_exact_is_not_shown(
    dashboard: Dashboard, reader: Reader, view: str
):
    reader.open(dashboard.page, view)

    expect(reader.page.locator("#artists .chart")).to_be_hidden()
    expect(reader.page.locator("#artists .rows")).to_be_hidden()
    expect(reader.page.locator("#artists-note")).to_contain_text("it is not known")


def test_a_choice_without_any_sale_says_so(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    reader.choose("from", "2020-10-02")
    reader.choose("to", "2020-09-12")

    expect(reader.page.locator("#nothing")).to_be_visible()
    assert reader.figure("sales") == "0"
    assert "NaN" not in reader.page.locator("main").inner_text()


def test_top_artists_are_those_of_the_warehouse_also_under_one_filter(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    for country, where in ((None, "true"), ("Germany", "country = 'Germany'")):
        if country:
            reader.choose("country", country)
        top = dashboard.query(
            f"select artist_name, sum(amount_paid_usd) as paid from fct_sales where artist_name is not null"
            f" and {where} group by 1 order by paid desc, artist_name limit 10"
        )
        assert [row[2] for row in reader.table("artists")[:10]] == [usd(paid) for _, paid in top]


def test_bars_stand_in_the_order_of_their_length_also_after_a_filter(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    reader.choose("country", "Japan")

    for card in ("artists", "kinds", "formats"):
        bars = reader.page.locator(f"#{card} path[aria-roledescription='bar']")
        boxes = sorted(
            ((box["y"], box["width"]) for bar in bars.all() if (box := bar.bounding_box())), key=lambda box: box[0]
        )
        widths = [width for _, width in boxes]
        assert len(widths) > 1
        assert widths == sorted(widths, reverse=True)


def test_while_there_are_filters_each_card_that_they_do_not_change_says_so(dashboard: Dashboard, reader: Reader):
    of_all = {"hours", "fridays", "medians", "free", "concentration", "gini", "sellers"}
    reader.open(dashboard.page)
    said = reader.page.locator(".unfiltered:visible")
    assert said.count() == 0

    reader.choose("country", "Japan")

    assert set(said.evaluate_all("all => all.map((one) => one.closest('.card').id)")) == of_all
