"""The marts of artists and sellers, worked out by hand: labels, own domains and the tail."""

from __future__ import annotations

from decimal import Decimal

import pytest
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.googlesql_dbt import GoogleSqlDbt
from bandcamp_assets_tests.dbt_project.marts_expected_data import picked, warehouse
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import Row, decimals
from bandcamp_assets_tests.dbt_project.sales import frame, sale

TIME = "2020-09-10T12:00:00"
FRIDAY = "2020-10-02T07:00:00"
RECORD = {"item_type": "p", "item_description": "CD"}

TAIL = (1, 2, 3, 5, 6, 10, 11, 25, 26, 100, 101, 1000, 1001)
"""How often each item of its own sells."""


def paid(name: str, usd: str, url: str | None, artist: str | None, time: str = TIME, **values: object) -> Row:
    """A sale in US dollars at the asking price."""
    amounts = {"item_price": usd, "amount_paid": usd, "amount_paid_usd": usd}
    return sale(name, time, url=url, artist_name=artist, **amounts, **values)


SELLERS = [
    paid("label1", "3.00", "https://Music.Example.com/album/1", "Ann"),
    paid("label2", "3.00", "https://music.example.com/album/2", "Bob"),
    paid("label3", "3.00", "//MUSIC.EXAMPLE.COM/album/3", "Cat"),
    paid("label4", "3.00", "https://music.example.com/album/2", "Bob"),
    paid("two1", "1.00", "//two.bandcamp.com/album/1", "Ann", FRIDAY),
    paid("two2", "2.00", "//two.bandcamp.com/album/1", "Dan", FRIDAY, **RECORD),
    paid("two3", "4.00", "//two.bandcamp.com/album/1", None),
    paid("resembling", "7.00", "https://notbandcamp.com/album/1", "Eve"),
    paid("itself", "0.50", "https://bandcamp.com/album/1", "Fay"),
    paid("nowhere", "9.00", None, "Gil"),
]


@pytest.fixture(scope="module")
def sellers(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Dbt:
    return warehouse(tmp_path_factory.mktemp("sellers"), manifest, frame(SELLERS), "seller_kind_sales")


@pytest.fixture(scope="module")
def tail(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Dbt:
    sales = [
        *(
            paid(f"{times} {n}", "1.00", f"//tail.bandcamp.com/{times}", "Ann")
            for times in TAIL
            for n in range(times)
        ),
        paid("album", "1.00", "//tail.bandcamp.com/both", "Ann"),
        paid("record of the album", "1.00", "//tail.bandcamp.com/both", "Ann", **RECORD),
    ]
    return warehouse(tmp_path_factory.mktemp("tail"), manifest, frame(sales), "item_tail")


def test_three_artists_make_a_label_and_only_other_domains_are_own(sellers: Dbt) -> None:
    columns = "revenue_rank, seller_host, has_own_domain, seller_kind, artists, distinct_items, sales, revenue_usd"

    made = picked(sellers, "seller_sales", columns)

    assert [row[:5] for row in made] == [
        (1, "music.example.com", True, "label", 3),
        (2, None, False, "unknown", 1),
        (3, "notbandcamp.com", True, "artist", 1),
        (4, "two.bandcamp.com", False, "artist", 2),
        (5, "bandcamp.com", False, "artist", 1),
    ]
    assert [row[5:] for row in made] == [
        (3, 4, Decimal("12.00")),
        (0, 1, Decimal("9.00")),
        (1, 1, Decimal("7.00")),
        (1, 3, Decimal("7.00")),
        (1, 1, Decimal("0.50")),
    ]


def test_what_a_host_takes_on_a_bandcamp_friday_is_told_apart(sellers: Dbt) -> None:
    columns = "physical_sales, physical_revenue_usd, digital_friday_revenue_usd, physical_friday_revenue_usd"

    made = picked(sellers, "seller_sales", columns, "seller_host = 'two.bandcamp.com'")

    assert made == [(1, *decimals("2.00", "1.00", "2.00"))]


def test_kinds_of_sellers_share_the_revenue(sellers: Dbt) -> None:
    columns = "seller_kind, has_own_domain, sales, revenue_usd, revenue_usd_per_seller, revenue_share"

    made = picked(sellers, "seller_kind_sales", columns)

    # 35.50 USD in all; 7.50 by two hosts of bandcamp.com.
    assert made == [
        ("artist", False, 4, *decimals("7.50", "3.75", "0.211268")),
        ("artist", True, 1, *decimals("7.00", "7.00", "0.197183")),
        ("label", True, 4, *decimals("12.00", "12.00", "0.338028")),
        ("unknown", False, 1, Decimal("9.00"), None, Decimal("0.253521")),
    ]


def test_items_lie_in_the_band_of_their_sales_up_to_its_edges(tail: Dbt) -> None:
    columns = "from_sales, sales_band, distinct_items, sales, revenue_usd, distinct_items_share, sales_share"

    made = picked(tail, "item_tail", columns)

    # 15 items and 2,293 sales, an album and its record among them.
    assert made == [
        (1, "1", 3, 3, *decimals("3", "0.2", "0.001308")),
        (2, "2", 1, 2, *decimals("2", "0.066667", "0.000872")),
        (3, "3 to 5", 2, 8, *decimals("8", "0.133333", "0.003489")),
        (6, "6 to 10", 2, 16, *decimals("16", "0.133333", "0.006978")),
        (11, "11 to 25", 2, 36, *decimals("36", "0.133333", "0.015700")),
        (26, "26 to 100", 2, 126, *decimals("126", "0.133333", "0.054950")),
        (101, "101 to 1000", 2, 1101, *decimals("1101", "0.133333", "0.480157")),
        (1001, "over 1000", 1, 1001, *decimals("1001", "0.066667", "0.436546")),
    ]


@pytest.mark.long
def test_googles_engine_makes_the_same_rows(sellers: Dbt, tail: Dbt, googlesql: GoogleSqlDbt) -> None:
    assert googlesql.differences(sellers) + googlesql.differences(tail) == []
