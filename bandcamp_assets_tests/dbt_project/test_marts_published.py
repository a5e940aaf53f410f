"""What others published beside ours, worked out by hand: only the archive counts; tolerances have edges."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.marts_expected_data import picked, warehouse
from bandcamp_assets_tests.dbt_project.marts_expected_published import ARCHIVE
from bandcamp_assets_tests.dbt_project.marts_expected_seeds import seed
from bandcamp_assets_tests.dbt_project.sales import frame, sale

SALES = {
    # Country, time, paid in US dollars, file; 200.00 USD in the archive.
    "france": ("fr", "2020-10-02T00:00:00", "66.98", ARCHIVE),
    "britain": ("gb", "2020-10-02T23:59:59", "29.02", ARCHIVE),
    "germany": ("de", "2020-09-10T12:00:00", "17.00", ARCHIVE),
    "america": ("us", "2020-09-30T23:59:59", "87.00", ARCHIVE),
    "another file": ("de", "2020-09-11T12:00:00", "1000.00", "file-1"),
}
FIGURES = ("our_value", "difference", "verdict")


def sales(*names: str) -> pl.DataFrame:
    """Some of the sales, at the asking price and by an artist each."""
    rows = []
    for name in names:
        country, time, usd, file = SALES[name]
        amounts = {"item_price": usd, "amount_paid": usd, "amount_paid_usd": usd}
        rows.append(sale(name, time, country_code=country, artist_name=name, source_file=file, **amounts))
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
    ("figure", "ours", "difference", "verdict"),
    [
        # Published 0.44, 0.14 and 0.08, each half of the last digit more or less.
        ("united_states_revenue_share", "0.435", "-0.005", "agrees"),
        ("united_kingdom_revenue_share", "0.1451", "0.0051", "differs"),
        ("germany_revenue_share", "0.085", "0.005", "agrees"),
        ("sales", "4", "-999996", "differs"),
        ("revenue_usd", "200", "-8931022.05", "differs"),
        ("sales_in_september", "2", "-849550", "differs"),
        ("sales_in_october", "2", "-150436", "differs"),
        ("sales_on_bandcamp_friday", "2", "-107491", "differs"),
        ("revenue_usd_on_bandcamp_friday", "96", "-1364124.64", "differs"),
        ("revenue_usd_on_another_day", "52", "-328948", "differs"),
        ("distinct_artists", "4", "-159742", "differs"),
        ("top_1_percent_artists_share", "0.435", "0.005", "agrees"),
        ("top_5_percent_artists_share", "0.435", "-0.235", "differs"),
        ("sales_under_2_usd_share", "0", "-0.25", "differs"),
    ],
)
def test_only_the_archives_sales_are_compared(
    archive: Dbt, figure: str, ours: str, difference: str, verdict: str
) -> None:
    made = picked(archive, "published_comparison", ", ".join(FIGURES), f"figure = '{figure}'")

    assert made == [(Decimal(ours), Decimal(difference), verdict)]
