"""What others published beside ours, worked out by hand: only the archive counts; tolerances have edges."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.googlesql_dbt import GoogleSqlDbt
from bandcamp_assets_tests.dbt_project.marts_expected_data import picked, warehouse
from bandcamp_assets_tests.dbt_project.marts_expected_published import ARCHIVE
from bandcamp_assets_tests.dbt_project.marts_expected_seeds import seed
from bandcamp_assets_tests.dbt_project.sales import frame, sale

SALES = {
    # Country, time, paid in US dollars, file; 200.00 USD in the archive.
    "france": ("fr", "2020-10-02T00:00:00", "66.98", ARCHIVE),
    "britain": ("gb", "2020-10-02T23:59:59", "29.02", ARCHIVE),
    "germany": ("de", "2020-09-10T12:00:00", "17.00", ARCHIVE),
    "NA": ("us", "2020-09-30T23:59:59", "87.00", ARCHIVE),
    "another file": ("de", "2020-09-11T12:00:00", "1000.00", "file-1"),
}


def sales(*names: str) -> pl.DataFrame:
    """Some of the sales, at the asking price and by an artist each."""
    rows = []
    for name in names:
        country, time, usd, file = SALES[name]
        amounts = {"item_price": usd, "amount_paid": usd, "amount_paid_usd": usd}
        rows.append(
            sale(
                name,
                time,
                country_code=country,
                artist_name=name,
                source_file=file,
                item_description="LP",
                **amounts,
            )
        )
    return frame(rows)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Dbt:
    return warehouse(tmp_path_factory.mktemp("archive"), manifest, sales(*SALES), "published_comparison")


@pytest.fixture(scope="module")
def without_archive(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Dbt:
    given = sales("another file")
    return warehouse(tmp_path_factory.mktemp("without_archive"), manifest, given, "published_comparison")


def test_nothing_is_compared_without_the_archives_file(without_archive: Dbt) -> None:
    made = picked(without_archive, "published_comparison", "figure, our_value, difference, verdict")

    figures = sorted(row["figure"] for row in seed("published_figures"))
    assert made == [(figure, None, None, "not applicable") for figure in figures]


@pytest.mark.parametrize(
    ("figure", "ours", "theirs", "verdict"),
    [
        ("sales", "4", None, "differs"),
        ("revenue_usd", "200", None, "differs"),
        # By the code of the country; the texts all say the United States.
        ("united_states_revenue_usd", "87", "200", "differs"),
        ("germany_sales", "1", "0", "differs"),
        # The artist called NA is one of ours.
        ("distinct_artists", "4", "3", "differs"),
        ("sales_in_september", "2", "1", "differs"),
        ("sales_in_october", "2", "2", "differs"),
        ("revenue_usd_on_bandcamp_friday", "96", "96", "differs"),
        ("revenue_usd_on_another_day", "52", "17", "differs"),
        # 66.98 of 113.00 - 2.55 USD, and 87.00 of 200.00.
        ("top_5_percent_artists_share", "0.435", "0.606428", "differs"),
        # One of four, and one of three.
        ("sales_under_2_usd_share", "0", "0", "differs"),
        ("paid_usd_median", "29.02", None, "differs"),
        # All have one description, and 29.02 USD is the median of the three prices that are left.
        ("overpaid_usd", "0", "37.96", "differs"),
    ],
)
def test_only_the_archives_sales_are_compared(
    archive: Dbt, figure: str, ours: str, theirs: str | None, verdict: str
) -> None:
    made = picked(
        archive, "published_comparison", "our_value, value_by_their_rule, verdict", f"figure = '{figure}'"
    )

    assert made == [(Decimal(ours), None if theirs is None else Decimal(theirs), verdict)]


def test_every_figure_has_a_public_source_a_place_in_it_and_a_rule() -> None:
    figures = seed("published_figures")

    assert len(figures) > 60
    assert [row["figure"] for row in figures if not row["source"].startswith("https://")] == []
    assert [row["figure"] for row in figures if not (row["place"] and row["meaning"] and row["rule"])] == []


def test_the_ten_sales_are_those_that_pandas_leaves_out() -> None:
    figures = {row["figure"]: Decimal(row["published_value"]) for row in seed("published_figures")}

    assert figures["sales"] - figures["sales_in_september"] - figures["sales_in_october"] == 10
    left = figures["revenue_usd_in_september"] + figures["revenue_usd_in_october"]
    assert figures["revenue_usd"] - left == Decimal("93.15")


@pytest.mark.long
def test_googles_engine_makes_the_same_rows(archive: Dbt, without_archive: Dbt, googlesql: GoogleSqlDbt) -> None:
    assert googlesql.differences(archive) + googlesql.differences(without_archive) == []
