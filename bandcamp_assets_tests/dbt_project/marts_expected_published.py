"""What others published of the archive beside what single sales give."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from bandcamp_assets_tests.dbt_project.marts_expected_incomes import richest
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import (
    Row,
    different,
    groups,
    pays_more,
    per,
    ratio,
    usd,
)
from bandcamp_assets_tests.dbt_project.marts_expected_seeds import seed

ARCHIVE = "0ec5e536c85f419b"
FRIDAY = date(2020, 10, 2)


def published_comparison(sales: Sequence[Row]) -> list[Row]:
    archive = [row for row in sales if row["source_file"] == ARCHIVE]
    ours = _measured(archive) if archive else {}
    found = []
    for row in seed("published_figures"):
        published, tolerance = Decimal(row["published_value"]), Decimal(row["tolerance"])
        value = ours.get(row["figure"])
        apart = None if value is None else value - published
        agrees = apart is not None and abs(apart) <= tolerance
        found.append(
            row
            | {
                "published_value": published,
                "our_value": value,
                "difference": apart,
                "tolerance": tolerance,
                "verdict": "not applicable" if not archive else "agrees" if agrees else "differs",
                "note": row["note"] or None,
            }
        )
    return found


def _measured(sales: Sequence[Row]) -> dict[str, Decimal | int | None]:
    revenue = usd(sales)
    on_friday = [row for row in sales if row["transaction_date"].date() == FRIDAY]
    other_days = [row for row in sales if row["transaction_date"].date() != FRIDAY]
    free = [row for row in sales if row["item_price"] == 0]
    more = [row for row in sales if pays_more(row)]
    shipped = [row for row in sales if row["is_physical"]]
    by_artist = groups([row for row in sales if row["artist_name"] is not None], lambda row: row["artist_name"])
    earned = sorted(map(usd, by_artist.values()), reverse=True)

    def share_of(country: str) -> Decimal | None:
        return ratio(usd(row for row in sales if row["country"] == country), revenue)

    def share_of_top(percent: int) -> Decimal | None:
        return ratio(sum(earned[: richest(len(earned), percent)]), sum(earned))

    return {
        "sales": len(sales),
        "distinct_times": different(sales, "transaction_date"),
        "sales_in_september": sum(row["sale_date"].month == 9 for row in sales),
        "sales_in_october": sum(row["sale_date"].month == 10 for row in sales),
        "distinct_urls": different(sales, "url"),
        "distinct_artists": len(by_artist),
        "countries": different(sales, "country"),
        "currencies": different(sales, "currency"),
        "bundle_sales": sum(row["item_type"] == "b" for row in sales),
        "revenue_usd": revenue,
        "sales_on_bandcamp_friday": len(on_friday),
        "revenue_usd_on_bandcamp_friday": usd(on_friday),
        "revenue_usd_on_another_day": per(usd(other_days), different(other_days, "sale_date")),
        "physical_sales_share": ratio(len(shipped), len(sales)),
        "physical_revenue_share": ratio(usd(shipped), revenue),
        "united_states_revenue_share": share_of("United States"),
        "united_kingdom_revenue_share": share_of("United Kingdom"),
        "germany_revenue_share": share_of("Germany"),
        "overpaid_sales_share": ratio(len(more), len(sales)),
        "overpaid_usd": usd(more, "amount_overpaid_usd"),
        "overpaid_revenue_share": ratio(usd(more, "amount_overpaid_usd"), revenue),
        "free_sales_share": ratio(len(free), len(sales)),
        "free_revenue_usd": usd(free),
        "sales_under_2_usd_share": ratio(
            sum(row["amount_paid_usd"] is not None and row["amount_paid_usd"] < 2 for row in sales), len(sales)
        ),
        "top_1_percent_artists_share": share_of_top(1),
        "top_5_percent_artists_share": share_of_top(5),
    }
