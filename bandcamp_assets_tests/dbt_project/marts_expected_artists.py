"""The marts of artists and sellers, worked out from single sales."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from bandcamp_assets_tests.dbt_project.marts_expected_market import ranked
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import (
    Row,
    different,
    figures,
    first_dollars,
    groups,
    per,
    ratio,
    some,
    usd,
)
from bandcamp_assets_tests.dbt_project.marts_expected_seeds import is_waived, known_to_be_waived

LABEL_ARTISTS = 3
TAIL = {
    "1": 1,
    "2": 2,
    "3 to 5": 3,
    "6 to 10": 6,
    "11 to 25": 11,
    "26 to 100": 26,
    "101 to 1000": 101,
    "over 1000": 1001,
}


def host(row: Row) -> str | None:
    """The host that an item is sold at."""
    return urlsplit(row["url"]).hostname if row["url"] else None


def artist_sales(sales: Sequence[Row]) -> list[Row]:
    rows = [
        {
            "artist_name": name,
            **figures(rows),
            "overpaid_sales_share": ratio(figures(rows)["overpaid_sales"], len(rows)),
            "distinct_items": different(rows, "url"),
            "countries": different(rows, "country"),
            "first_sale_date": min(row["transaction_date"] for row in rows).date(),
            "last_sale_date": max(row["transaction_date"] for row in rows).date(),
        }
        for name, rows in groups(sales, lambda row: row["artist_name"]).items()
    ]
    return ranked(rows, by="artist_name")


def seller_sales(sales: Sequence[Row]) -> list[Row]:
    return ranked([_seller(name, rows) for name, rows in groups(sales, host).items()], by="seller_host")


def _seller(name: str | None, rows: Sequence[Row]) -> Row:
    artists = different(rows, "artist_name")
    waived = [row for row in rows if is_waived(row)]
    digital = [row for row in rows if not row["is_physical"]]
    unknown = [row for row in digital if known_to_be_waived(row) is None]
    return {
        "seller_host": name,
        "has_own_domain": name is not None and name.split(".")[-2:] != ["bandcamp", "com"],
        "seller_kind": "unknown" if name is None else "label" if artists >= LABEL_ARTISTS else "artist",
        "artists": artists,
        "distinct_items": different(rows, "url"),
        **some(rows, "sales", "items", "revenue_usd", "overpaid_usd", "physical_sales", "physical_revenue_usd"),
        "digital_friday_revenue_usd": usd(row for row in waived if not row["is_physical"]),
        "physical_friday_revenue_usd": usd(row for row in waived if row["is_physical"]),
        "digital_unknown_friday_revenue_usd": usd(unknown),
        "digital_first_dollars_usd": first_dollars(digital),
        "digital_friday_first_dollars_usd": first_dollars(row for row in digital if is_waived(row)),
        "digital_unknown_friday_first_dollars_usd": first_dollars(unknown),
    }


def seller_kind_sales(sales: Sequence[Row]) -> list[Row]:
    hosts = groups(sales, host)
    kinds = groups(seller_sales(sales), lambda row: (row["seller_kind"], row["has_own_domain"]))
    found = []
    for (kind, has_own_domain), sellers in kinds.items():
        rows = [row for seller in sellers for row in hosts[seller["seller_host"]]]
        found.append(
            {
                "seller_kind": kind,
                "has_own_domain": has_own_domain,
                "sellers": len(sellers),
                **some(rows, "sales", "items", "revenue_usd", "overpaid_usd", "physical_revenue_usd"),
                "revenue_usd_per_seller": per(usd(rows), len(sellers)),
                "revenue_share": ratio(usd(rows), usd(sales)),
            }
        )
    return found


def item_tail(sales: Sequence[Row]) -> list[Row]:
    items = groups(sales, lambda row: row["url"] and (row["url"], row["item_type_label"], row["item_format"]))
    bands = groups(items.values(), lambda rows: max(begins for begins in TAIL.values() if begins <= len(rows)))
    return [
        {
            "sales_band": name,
            "from_sales": begins,
            "distinct_items": len(bands[begins]),
            "sales": sum(map(len, bands[begins])),
            "revenue_usd": sum(map(usd, bands[begins])),
            "distinct_items_share": ratio(len(bands[begins]), len(items)),
            "sales_share": ratio(sum(map(len, bands[begins])), len(sales)),
            "revenue_share": ratio(sum(map(usd, bands[begins])), usd(sales)),
        }
        for name, begins in TAIL.items()
        if begins in bands
    ]
