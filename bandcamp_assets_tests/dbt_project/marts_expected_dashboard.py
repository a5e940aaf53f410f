"""The marts that the dashboard reads, worked out from single sales."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from bandcamp_assets_tests.dbt_project.marts_expected_artists import seller_sales
from bandcamp_assets_tests.dbt_project.marts_expected_business import first_dollars
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import Row, different, groups, some, usd
from bandcamp_assets_tests.dbt_project.marts_expected_prices import price_band
from bandcamp_assets_tests.dbt_project.marts_expected_seeds import is_waived

PERIODS: dict[str, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
    "year": lambda day: day.replace(month=1, day=1),
}


def dashboard_sales(sales: Sequence[Row], most_cells: int = 200_000) -> list[Row]:
    """The finest period that takes no more rows than that; years if none does."""
    found: list[Row] = []
    for grain in PERIODS:
        found = _cells(sales, grain)
        if len(found) <= most_cells:
            break
    return found


def _cells(sales: Sequence[Row], grain: str) -> list[Row]:
    def cell(row: Row) -> tuple[Any, ...]:
        filters = (row[name] for name in ("country", "item_type_label", "item_format", "currency"))
        return (PERIODS[grain](row["sale_date"]), *filters, price_band(row))

    names = ("period_start", "country", "item_type_label", "item_format", "currency", "price_band")
    return [
        {
            "grain": grain,
            **dict(zip(names, key, strict=True)),
            **some(rows, "sales", "items", "revenue_usd", "overpaid_usd", "overpaid_sales"),
            "bandcamp_friday_revenue_usd": usd(row for row in rows if is_waived(row)),
            "bandcamp_friday_sales": sum(is_waived(row) for row in rows),
            "uncharged_usd": usd(rows) - first_dollars(row for row in rows if not is_waived(row)),
        }
        for key, rows in groups(sales, cell).items()
    ]


def dashboard_artists(sales: Sequence[Row]) -> list[Row]:
    named = [row for row in sales if row["artist_name"] is not None]
    listed = _highest(named, 50)
    for column in ("country", "item_type_label", "currency"):
        for rows in groups(named, lambda row, column=column: row[column]).values():
            listed |= _highest(rows, 10)
    names = ("artist_name", "country", "item_type_label", "currency")
    cells = groups(
        [row for row in named if row["artist_name"] in listed], lambda row: tuple(row[name] for name in names)
    )
    return [
        dict(zip(names, key, strict=True)) | some(rows, "sales", "revenue_usd", "overpaid_usd")
        for key, rows in cells.items()
    ]


def _highest(rows: Sequence[Row], places: int) -> set[str]:
    """The artists with the highest revenue, ties by name."""
    artists = groups(rows, lambda row: row["artist_name"])
    return set(sorted(artists, key=lambda name: (-usd(artists[name]), name))[:places])


_OF_A_NAME = ("sales", "revenue_usd", "overpaid_usd")


def dashboard_names(sales: Sequence[Row]) -> list[Row]:
    artists = groups([row for row in sales if row["artist_name"] is not None], lambda row: row["artist_name"])
    labels = [row for row in seller_sales(sales) if row["seller_kind"] == "label"]
    found = {
        "artist": [
            {
                "seller_name": name,
                "artists": 1,
                "distinct_items": different(rows, "url"),
                **some(rows, *_OF_A_NAME),
            }
            for name, rows in artists.items()
        ],
        "label": [
            {"seller_name": row["seller_host"]}
            | {name: row[name] for name in ("artists", "distinct_items", *_OF_A_NAME)}
            for row in labels
        ],
    }
    return [
        {"seller_role": role, **row, "revenue_rank": place + 1}
        for role, rows in found.items()
        for place, row in enumerate(sorted(rows, key=lambda row: (-row["revenue_usd"], row["seller_name"])))
    ]
