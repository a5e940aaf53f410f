"""What the page opens with is true of the sales: its sentences are those of the marts, or are not there."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import expect

from bandcamp_assets_tests.browser.figures import usd
from bandcamp_assets_tests.browser.reader import Reader
from bandcamp_assets_tests.report.dashboard.pages import Dashboard

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sample")]


def whole(share: Decimal) -> str:
    """A share in whole percent, halves up, as the page rounds."""
    return str((100 * share).quantize(Decimal(1), ROUND_HALF_UP))


def to_cents(amount: float) -> Decimal:
    """An amount in whole cents, halves up, as the page rounds."""
    return Decimal(str(amount)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def findings(reader: Reader) -> list[str]:
    """The sentences, in their order."""
    return reader.page.locator("#findings-list a").all_inner_texts()


def titles(reader: Reader) -> list[str]:
    """The findings that stand over the sections."""
    return [text for text in reader.page.locator("h2 .finding").all_inner_texts() if text]


def test_it_opens_with_what_the_marts_have_found(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    ((friday,),) = dashboard.query(
        "select revenue_ratio from bandcamp_friday_effect where baseline = 'other Fridays'"
    )
    ((added,),) = dashboard.query("select sum(amount_overpaid_usd) / sum(amount_paid_usd) from fct_sales")
    ((left,),) = dashboard.query("select sum(seller_usd) / sum(revenue_usd) from business_model")
    ((country, part),) = dashboard.query(
        "select country, revenue_usd / (select sum(revenue_usd) from country_sales) from country_sales"
        " where revenue_rank = 1"
    )
    ((top,),) = dashboard.query(
        "select top_1_percent_share from income_concentration where population = 'artists'"
    )
    shown = findings(reader)
    assert (
        shown[0]
        == f"Bandcamp Friday brought {friday.quantize(Decimal('0.1'), ROUND_HALF_UP)} times an ordinary Friday"
    )
    assert shown[1].startswith("Fans added $")
    assert shown[1].endswith(f"to asking prices: {whole(Decimal(added))} cents of every dollar")
    assert shown[2:] == [
        f"{whole(Decimal(left))} cents of each dollar are left to sellers",
        f"{whole(Decimal(part))}% of the money comes from the {country}",
        f"The top 1% of artists take {whole(top)}% of the money",
    ]
    assert set(shown) < set(titles(reader))


def test_a_finding_leads_to_its_chart(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    reader.page.get_by_role("link", name="left to sellers").click()

    expect(reader.page.locator("#business")).to_be_in_viewport()
    expect(reader.page.locator("#business")).to_be_focused()


def test_under_a_filter_only_what_the_filter_leaves_is_told(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    reader.choose("country", "Germany")

    ((sales, paid, added),) = dashboard.query(
        "select count(*), sum(amount_paid_usd), sum(amount_overpaid_usd) from fct_sales where country = 'Germany'"
    )
    ((all_,),) = dashboard.query("select sum(amount_paid_usd) from fct_sales")
    text = " ".join(findings(reader))
    assert reader.page.locator("#findings-scope").inner_text() == f"Of the {sales:,} sales that the filters leave"
    assert f"{whole(added / paid)} cents of every dollar" in text
    assert f"{100 * paid / all_:.1f}% of the money comes from Germany" in text
    assert "Bandcamp Friday" not in text
    assert "artists" not in text
    assert reader.page.locator("#compared-revenue").inner_text() == f"{paid / all_:.1%} of all sales"


def test_a_changed_assumption_is_not_told_as_published_terms(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)
    said = reader.page.locator("#findings-list li", has_text="left to sellers")
    expect(said).to_contain_text("An estimate by published terms")

    reader.page.fill("#assume-digital", "0")

    expect(said).to_contain_text("An estimate by your assumptions")


def test_without_a_bandcamp_friday_none_is_told_of(dashboard: Dashboard, reader: Reader, tmp_path: Path):
    effect = dashboard.data().marts["bandcamp_friday_effect"]

    reader.open(dashboard.render(tmp_path / "without.html", {"bandcamp_friday_effect": effect.clear()}))

    assert "Friday" not in " ".join([*findings(reader), *titles(reader)])
    assert reader.page.locator("#fridays").count() == 0


def test_one_day_alone_is_compared_with_nothing(dashboard: Dashboard, reader: Reader, tmp_path: Path):
    marts = dashboard.data().marts
    sales = marts["dashboard_sales"]
    day = sales.filter(pl.col("period_start") == sales["period_start"].min())
    effect = {"bandcamp_friday_effect": marts["bandcamp_friday_effect"].clear()}

    reader.open(dashboard.render(tmp_path / "day.html", {**effect, "dashboard_sales": day}))

    assert reader.figure("revenue") == usd(day["revenue_usd"].sum())
    assert reader.page.locator("#compared-revenue").inner_text() == ""
    assert reader.page.locator(".spark svg").count() == 0
    assert "times" not in " ".join(findings(reader))


def test_figures_are_compared_with_the_whole_week_before(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    ((last,),) = dashboard.query("select max(sale_date) from fct_sales")
    ((now, before),) = dashboard.query(
        f"select sum(revenue_usd) filter (where sale_date between date '{last}' - 7 and date '{last}' - 1),"
        f" sum(revenue_usd) filter (where sale_date between date '{last}' - 14 and date '{last}' - 8)"
        " from daily_sales"
    )
    change = 100 * (now / before - 1)
    sign = "+" if change > 0 else "\u2212"
    said = reader.page.locator("#compared-revenue").inner_text()
    assert said.startswith(f"{sign}{abs(change):.1f}% on the week before (")


@pytest.mark.parametrize(
    ("grain", "every", "compared", "peak"),
    [
        ("week", "1w", "from 2020-09-14 to 2020-09-21", "The week of 28 September 2020"),
        ("month", "1mo", "", ""),
        ("year", "1y", "", ""),
    ],
)
def test_coarser_times_are_told_by_their_names(
    dashboard: Dashboard, reader: Reader, tmp_path: Path, grain: str, every: str, compared: str, peak: str
):
    marts = dashboard.data().marts
    start = pl.col("period_start").dt.truncate(every)
    sales = marts["dashboard_sales"].with_columns(start, pl.lit(grain).alias("grain"))
    # So that the last week stands out.
    last = pl.col("revenue_usd") * pl.when(pl.col("period_start") >= pl.date(2020, 9, 28)).then(9).otherwise(1)
    marts = {**marts, "dashboard_sales": sales.with_columns(last.cast(pl.Decimal(24, 2)).alias("revenue_usd"))}

    reader.open(
        dashboard.render(
            tmp_path / "coarse.html",
            {**marts, "bandcamp_friday_effect": marts["bandcamp_friday_effect"].clear()},
        )
    )

    assert reader.page.locator("#compared-sales").inner_text().endswith(compared)
    assert bool(compared) == bool(reader.page.locator("#compared-sales").inner_text())
    assert any(
        text.startswith(peak) and f"times the average {grain}" in text for text in findings(reader)
    ) == bool(peak)
    assert "Invalid Date" not in reader.page.locator("body").inner_text()


def test_nothing_on_the_page_does_not_apply(dashboard: Dashboard, reader: Reader):
    reader.open(dashboard.page)

    assert "not applicable" not in reader.page.locator("body").inner_text().lower()


def test_the_busiest_hour_is_told_also_without_bandcamp_fridays(dashboard: Dashboard, reader: Reader):
    ((weekday, hour, paid),) = dashboard.query(
        "select weekday_name, hour_of_day, revenue_usd_per_day from hour_of_week_sales order by 3 desc limit 1"
    )
    ((day, pacific_hour, ordinary),) = dashboard.query(
        "with ordinary as (select * from pacific_hour_sales where not is_bandcamp_friday),"
        " days as (select iso_weekday, count(distinct pacific_date) as days from ordinary group by 1)"
        " select dayname(any_value(pacific_date)), pacific_hour, sum(revenue_usd) / any_value(days) from ordinary"
        " join days using (iso_weekday) group by iso_weekday, pacific_hour order by 3 desc limit 1"
    )
    reader.open(dashboard.page)

    assert reader.page.locator("#hours-note").inner_text() == (
        f"Busiest: {weekday}, {hour}:00 to {hour + 1}:00 UTC, {usd(paid)}. Without Bandcamp Fridays:"
        f" {day}, {pacific_hour}:00 to {pacific_hour + 1}:00 US Pacific time, {usd(to_cents(ordinary))}."
    )


def test_what_bandcamp_waived_is_told_under_filters_and_assumptions_and_not_without_a_friday(
    dashboard: Dashboard, reader: Reader
):
    reader.open(dashboard.page)
    said = reader.page.locator("#business-waived")

    for country in (None, "Germany"):
        if country:
            reader.choose("country", country)
        ((waived,),) = dashboard.query(
            "select sum(round(paid * rate, 2)) from (select item_type_label, sum(amount_paid_usd) as paid,"
            " case when any_value(is_physical) then 0.10 else 0.15 end as rate from fct_sales"
            f" where is_bandcamp_friday and {f'country = {country!r}' if country else 'true'} group by 1)"
        )
        assert said.inner_text() == f"${waived:,.2f}"
    reader.page.fill("#assume-digital", "0")
    reader.page.fill("#assume-physical", "0")
    expect(said).to_be_hidden()
    reader.open(dashboard.page, "#to=2020-09-12")
    reader.page.reload()
    expect(said).to_be_hidden()
