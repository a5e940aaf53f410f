"""What others published of the archive beside what single sales give, by our rule and by theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from statistics import median

from bandcamp_assets_tests.dbt_project.marts_expected_incomes import richest
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import (
    Number,
    Row,
    different,
    groups,
    half_up,
    nearest_rank,
    pays_more,
    per,
    ratio,
    usd,
)
from bandcamp_assets_tests.dbt_project.marts_expected_seeds import seed

ARCHIVE = "0ec5e536c85f419b"
FRIDAY = date(2020, 10, 2)
MISSING_TO_PANDAS = {
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A"),
    *("NA", "NULL", "NaN", "None", "n/a", "nan", "null", None),
}
COUNTRIES = {
    "united_states": "United States",
    "united_kingdom": "United Kingdom",
    "germany": "Germany",
    "australia": "Australia",
    "canada": "Canada",
    "france": "France",
    "japan": "Japan",
}
"""Their names, which are those that the archive has and those of ISO 3166."""

Figures = dict[str, Number | None]


def published_comparison(sales: Sequence[Row]) -> list[Row]:
    """The mart. Each sale has under `staged` what `stg_sales` has of it."""
    archive = [row for row in sales if row["source_file"] == ARCHIVE]
    staged = [row["staged"] for row in archive]
    ours, theirs = (_ours(archive, staged), _theirs(staged)) if archive else ({}, {})
    found = []
    for row in seed("published_figures"):
        published, tolerance = Decimal(row["published_value"]), Decimal(row["tolerance"])
        value, by_rule = ours.get(row["figure"]), theirs.get(row["figure"])
        found.append(
            row
            | {
                "published_value": published,
                "our_value": value,
                "difference": None if value is None else value - published,
                "value_by_their_rule": by_rule,
                "tolerance": tolerance,
                "verdict": _verdict(published, tolerance, value, by_rule) if archive else "not applicable",
            }
        )
    return found


def _verdict(published: Decimal, tolerance: Decimal, ours: Number | None, theirs: Number | None) -> str | None:
    if ours is not None and abs(ours - published) <= tolerance:
        return "equals"
    if theirs is not None and abs(theirs - published) <= tolerance:
        return "equals by their rule"
    return "differs"


def _ours(sales: Sequence[Row], staged: Sequence[Row]) -> Figures:
    revenue = usd(sales)
    free = [row for row in sales if row["item_price"] == 0]
    more = [row for row in sales if pays_more(row)]
    overpaid = sum((max(row["amount_overpaid_usd"] or Decimal(), Decimal()) for row in sales), Decimal("0.00"))
    paid = [row["amount_paid_usd"] for row in sales if row["amount_paid_usd"] is not None]
    kinds = {kind: [row for row in sales if row["item_type"] == kind] for kind in "atpb"}
    slugs = {slug: [row for row in sales if row["slug_type"] == slug] for slug in "ap"}
    by_artist = groups([row for row in sales if row["artist_name"] is not None], lambda row: row["artist_name"])
    earned = sorted(map(usd, by_artist.values()), reverse=True)
    items = groups([row for row in sales if row["url"] is not None], lambda row: row["url"])
    return {
        "sales": len(sales),
        "distinct_times": different(sales, "transaction_date"),
        "distinct_urls": len(items),
        "distinct_artists": len(by_artist),
        "distinct_albums": different(sales, "album_title"),
        "distinct_descriptions": different(staged, "item_description"),
        "distinct_pictures": different(staged, "art_id"),
        "countries": different(sales, "country"),
        "currencies": different(sales, "currency"),
        "us_dollar_sales": sum(row["currency"] == "USD" for row in sales),
        "most_sold_item_sales": max(map(len, items.values()), default=None),
        "various_artists_sales": sum(row["artist_name"] == "Various Artists" for row in sales),
        "digital_album_sales": len(kinds["a"]),
        "digital_track_sales": len(kinds["t"]),
        "physical_sales": len(kinds["p"]),
        "discography_sales": len(kinds["b"]),
        "album_slug_sales": len(slugs["a"]),
        "merch_slug_sales": len(slugs["p"]),
        "named_tip_sales": sum(row["amount_over_fmt"] is not None for row in staged),
        "several_items_sales": sum(row["quantity"] > 1 for row in sales),
        "further_items": sum(row["quantity"] - 1 for row in sales),
        "least_paid_usd": min(paid, default=None),
        "paid_usd_quarter": nearest_rank(paid, 25),
        "paid_usd_median": nearest_rank(paid, 50),
        "paid_usd_three_quarters": nearest_rank(paid, 75),
        "most_paid_usd": max(paid, default=None),
        "revenue_usd": revenue,
        "average_price_usd": per(usd(sales, "item_price_usd"), len(sales)),
        "average_paid_usd": per(revenue, len(sales)),
        "net_overpaid_usd": usd(sales, "amount_overpaid_usd"),
        "album_slug_revenue_usd": usd(slugs["a"]),
        "merch_slug_revenue_usd": usd(slugs["p"]),
        "discography_revenue_usd": usd(kinds["b"]),
        **_of_countries(sales, "country"),
        **_of_days(sales),
        "physical_sales_share": ratio(len(kinds["p"]), len(sales)),
        "physical_revenue_share": ratio(usd(kinds["p"]), revenue),
        "sales_under_2_usd_share": ratio(sum(amount < 2 for amount in paid), len(sales)),
        "top_1_percent_artists_share": ratio(sum(earned[: richest(len(earned), 1)]), sum(earned)),
        "top_5_percent_artists_share": ratio(sum(earned[: richest(len(earned), 5)]), sum(earned)),
        "overpaid_sales_share": ratio(len(more), len(sales)),
        "overpaid_usd": overpaid,
        "overpaid_revenue_share": ratio(overpaid, revenue),
        "free_sales_share": ratio(len(free), len(sales)),
        "free_revenue_usd": usd(free),
    }


def _of_countries(sales: Sequence[Row], column: str) -> Figures:
    found: Figures = {}
    for name, country in COUNTRIES.items():
        rows = [row for row in sales if row[column] == country]
        found |= {f"{name}_sales": len(rows), f"{name}_revenue_usd": usd(rows)}
    return found


def _of_days(sales: Sequence[Row]) -> Figures:
    months = {month: [row for row in sales if row["sale_date"].month == month] for month in (9, 10)}
    on_friday = [row for row in sales if row["sale_date"] == FRIDAY]
    other_days = usd(sales) - usd(on_friday)
    return {
        "sales_in_september": len(months[9]),
        "sales_in_october": len(months[10]),
        "revenue_usd_in_september": usd(months[9]),
        "revenue_usd_in_october": usd(months[10]),
        "sales_on_bandcamp_friday": len(on_friday),
        "revenue_usd_on_bandcamp_friday": usd(on_friday),
        "revenue_usd_on_another_day": per(other_days, different(sales, "sale_date") - 1),
    }


def _theirs(staged: Sequence[Row]) -> Figures:
    """The figures that others counted otherwise. Who used pandas lost the sales of some artists."""
    kept = [row for row in staged if row["delivered_artist_name"] not in MISSING_TO_PANDAS]
    shipped = [row for row in kept if row["item_type"] == "p"]
    paid = [row["amount_paid_usd"] for row in kept if row["amount_paid_usd"] is not None]
    items = groups([row for row in staged if row["delivered_url"] is not None], lambda row: row["delivered_url"])
    return {
        "distinct_times": different(staged, "utc_date"),
        "distinct_urls": len(items),
        "distinct_artists": _names(staged, "delivered_artist_name"),
        "distinct_albums": _names(staged, "delivered_album_title"),
        "distinct_descriptions": _names(staged, "delivered_item_description"),
        "countries": different(staged, "delivered_country"),
        "most_sold_item_sales": max(map(len, items.values()), default=None),
        "various_artists_sales": sum(row["delivered_artist_name"] == "Various Artists" for row in staged),
        **_of_countries(staged, "delivered_country"),
        **_of_days(kept),
        "physical_sales_share": ratio(len(shipped), len(kept)),
        "physical_revenue_share": ratio(usd(shipped), usd(kept)),
        "sales_under_2_usd_share": ratio(sum(amount < 2 for amount in paid), len(kept)),
        **_of_artists(kept),
        **_of_median_prices(kept),
    }


def _names(staged: Iterable[Row], column: str) -> int:
    return len({row[column] for row in staged} - MISSING_TO_PANDAS)


def _of_artists(kept: Sequence[Row]) -> Figures:
    """Shares of what artists get, of the number of artists rounded down, but of one at least."""
    by_artist = groups(
        [row for row in kept if row["amount_paid_usd"] is not None], lambda row: row["delivered_artist_name"]
    )
    earned = sorted((got for rows in by_artist.values() if (got := sum(map(_got, rows))) > 0), reverse=True)
    return {
        f"top_{percent}_percent_artists_share": ratio(
            sum(earned[: max(1, percent * len(earned) // 100)]), sum(earned)
        )
        for percent in (1, 5)
    }


def _got(row: Row) -> Decimal:
    rate = Decimal(0) if row["sale_date"] == FRIDAY else Decimal("0.10" if row["item_type"] == "p" else "0.15")
    paid: Decimal = row["amount_paid_usd"]
    return paid - half_up(paid * rate, 2)


def _of_median_prices(kept: Sequence[Row]) -> Figures:
    """What is above the median price of all sales with the same description."""
    described = [
        row
        for row in kept
        if row["delivered_item_description"] not in MISSING_TO_PANDAS and row["amount_paid_usd"] is not None
    ]
    prices = {
        name: median(map(_price_usd, rows))
        for name, rows in groups(described, lambda row: row["delivered_item_description"]).items()
    }
    above = [row["amount_paid_usd"] - prices[row["delivered_item_description"]] for row in described]
    free = [row for row in described if prices[row["delivered_item_description"]] == 0]
    overpaid = half_up(sum((amount for amount in above if amount > 0), Decimal()), 2)
    return {
        "overpaid_sales_share": ratio(sum(amount > Decimal("0.01") for amount in above), len(described)),
        "overpaid_usd": overpaid,
        "overpaid_revenue_share": ratio(overpaid, usd(described)),
        "free_sales_share": ratio(len(free), len(described)),
        "free_revenue_usd": usd(free),
    }


def _price_usd(row: Row) -> Decimal:
    price: Decimal = row["item_price"]
    paid = Fraction(row["amount_paid"])
    return half_up(Fraction(price) * Fraction(row["amount_paid_usd"]) / paid, 2) if paid else price
