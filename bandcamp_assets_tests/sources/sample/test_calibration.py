"""The sample looks like the published archive: each published figure, with a tolerance.

The figures are of 1,000,000 real sales; counts and money are scaled to the size of the sample. Shares must be
within 10 % of the published figure, unless a test gives a reason.
"""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from bandcamp_assets.contract.countries import country_texts
from bandcamp_assets.sources.sample.market import CURRENCIES, countries
from bandcamp_assets_tests.sources.sample.conftest import Sample, fields_of

pytestmark = pytest.mark.xdist_group("samples")

ARCHIVE_ROWS = 1_000_000
FRIDAY = date(2020, 10, 2)


@pytest.fixture(scope="module")
def sales(large_sample: Sample) -> pl.DataFrame:
    """The valid sales of 200,000 rows, with the columns that the figures need."""
    texts = pl.DataFrame([fields_of(record) for record in large_sample.split[0]])
    number = pl.col("utc_date", "item_price", "amount_paid", "amount_paid_usd").replace("", None).cast(pl.Float64)
    return texts.with_columns(number).with_columns(
        day=pl.from_epoch((pl.col("utc_date") * 1e6).cast(pl.Int64), "us").dt.date(),
        over=pl.col("amount_paid") - pl.col("item_price") > 0.005,
        over_usd=(1 - pl.col("item_price") / pl.col("amount_paid")) * pl.col("amount_paid_usd"),
    )


def _usd(sales: pl.DataFrame) -> float:
    return float(sales["amount_paid_usd"].sum())


def _share(part: pl.DataFrame, sales: pl.DataFrame) -> float:
    return part.height / sales.height


def _revenue_share(part: pl.DataFrame, sales: pl.DataFrame) -> float:
    return _usd(part) / _usd(sales)


def _per_million(value: float, sales: pl.DataFrame) -> float:
    return value / sales.height * ARCHIVE_ROWS


def test_revenue(sales: pl.DataFrame) -> None:
    assert _per_million(_usd(sales), sales) == pytest.approx(8_931_222, rel=0.1)


def test_physical_items(sales: pl.DataFrame) -> None:
    physical = sales.filter(pl.col("item_type") == "p")

    assert _share(physical, sales) == pytest.approx(0.23, rel=0.1)
    assert _revenue_share(physical, sales) == pytest.approx(0.51, rel=0.1)


@pytest.mark.parametrize(("code", "share"), [("us", 0.44), ("gb", 0.14), ("de", 0.08)])
def test_revenue_of_the_largest_countries(sales: pl.DataFrame, code: str, share: float) -> None:
    assert _revenue_share(sales.filter(pl.col("country_code") == code), sales) == pytest.approx(share, rel=0.1)


def test_overpayment(sales: pl.DataFrame) -> None:
    over = sales.filter("over")

    assert _share(over, sales) == pytest.approx(0.36, rel=0.1)
    assert float(over["over_usd"].sum()) / _usd(sales) == pytest.approx(0.14, rel=0.1)


def test_overpayment_is_shown_for_some_sales_only(sales: pl.DataFrame) -> None:
    shown = pl.col("amount_over_fmt") != ""

    assert sales.filter(shown & ~pl.col("over")).is_empty()
    assert 0.2 < _share(sales.filter(shown), sales.filter("over")) < 0.6


def test_name_your_price(sales: pl.DataFrame) -> None:
    free = sales.filter(pl.col("item_price") == 0)

    assert _share(free, sales) == pytest.approx(0.115, rel=0.1)
    assert _per_million(_usd(free), sales) == pytest.approx(400_000, rel=0.1)
    assert free.filter(pl.col("amount_paid") == 0).height > 0
    assert free.filter(pl.col("amount_paid") > 0).height > 0


def test_a_quarter_of_orders_is_under_two_dollars(sales: pl.DataFrame) -> None:
    assert _share(sales.filter(pl.col("amount_paid_usd") < 2), sales) == pytest.approx(0.25, rel=0.1)


def test_few_artists_take_most(sales: pl.DataFrame) -> None:
    by_artist = sales.group_by("artist_name").agg(pl.col("amount_paid_usd").sum())["amount_paid_usd"]
    falling = by_artist.sort(descending=True)

    top_1_percent, top_5_percent = (float(falling.head(falling.len() // part).sum()) for part in (100, 20))
    assert top_1_percent / _usd(sales) == pytest.approx(0.43, rel=0.1)
    assert top_5_percent / _usd(sales) == pytest.approx(0.67, rel=0.1)
    assert _per_million(falling.len(), sales) == pytest.approx(159_746, rel=0.1)


def test_addresses(sales: pl.DataFrame) -> None:
    assert _per_million(sales["url"].n_unique(), sales) == pytest.approx(374_473, rel=0.1)
    assert sales["url"].str.contains(r"^(//|https://)").all()
    assert 0.005 < _share(sales.filter(pl.col("url").str.starts_with("https://")), sales) < 0.04


def test_bandcamp_friday(sales: pl.DataFrame) -> None:
    friday = sales.filter(pl.col("day") == FRIDAY)

    assert _per_million(friday.height, sales) == pytest.approx(107_493, rel=0.1)
    assert _per_million(_usd(friday), sales) == pytest.approx(1_364_221, rel=0.1)


def test_september(sales: pl.DataFrame) -> None:
    september = sales.filter(pl.col("day") < date(2020, 10, 1))

    assert _per_million(september.height, sales) == pytest.approx(849_552, rel=0.01)


def test_bundles(sales: pl.DataFrame) -> None:
    bundles = sales.filter(pl.col("item_type") == "b")

    assert _share(bundles, sales) == pytest.approx(0.0116, rel=0.1)
    assert bundles.filter((pl.col("slug_type") == "") & (pl.col("releases") != "")).height == bundles.height
    assert sales.filter((pl.col("item_type") != "b") & (pl.col("releases") != "")).is_empty()


def test_several_tracks_in_one_payment(sales: pl.DataFrame) -> None:
    several = sales.filter(pl.col("addl_count") != "")

    assert _share(several, sales) == pytest.approx(0.02, rel=0.15)  # "about 2 %" is a rounded figure
    assert set(several["item_slug"]) == {"/album/"}
    assert set(several["addl_count"].cast(pl.Float64)) <= set(range(1, 23))


def test_eighteen_currencies(sales: pl.DataFrame) -> None:
    assert set(sales["currency"]) == {currency.code for currency in CURRENCIES}
    assert len(CURRENCIES) == 18


def test_dollars_follow_from_the_currency_up_to_a_little_drift(sales: pl.DataFrame) -> None:
    usual = {currency.code: currency.usd_per_unit / 1_000_000 for currency in CURRENCIES}
    # A cent of rounding hides the rate of small amounts.
    rates = sales.filter(pl.col("amount_paid_usd") >= 5).select(
        ratio=pl.col("amount_paid_usd")
        / pl.col("amount_paid")
        / pl.col("currency").replace_strict(usual, return_dtype=pl.Float64)
    )["ratio"]

    assert 0.99 < rates.quantile(0, "nearest") < 1.0  # type: ignore[operator]
    assert 1.0 < rates.quantile(1, "nearest") < 1.01  # type: ignore[operator]


def test_countries_are_as_many_as_published_and_all_known() -> None:
    # A sample of 200,000 rows does not contain every small country, so the list is checked instead. The five bare
    # codes that are planted are added to it.
    known = dict(country_texts())

    assert len(countries()) + 5 == 186
    assert [one for one in countries() if known[one.name.lower()] != one.code.upper()] == []


def test_rows_are_in_the_order_of_time(large_sample: Sample, sales: pl.DataFrame) -> None:
    assert sales["utc_date"].is_sorted()
    assert sales["day"].n_unique() == 24
    assert fields_of(large_sample.records[0])["utc_date"] == "1599688803.5175"
    assert fields_of(large_sample.records[-1])["utc_date"].startswith("1601683199.")


def test_evenings_are_busier_than_mornings(sales: pl.DataFrame) -> None:
    hour = (pl.col("utc_date") // 3600 % 24).cast(pl.Int64)
    by_hour = dict(sales.group_by(hour.alias("hour")).len().rows())

    assert by_hour[18] > 1.5 * by_hour[5]


def test_a_tenth_of_lines_is_quoted(large_sample: Sample) -> None:
    quoted = sum(b'"' in record.raw for record in large_sample.records)

    assert quoted / large_sample.expected.rows == pytest.approx(0.12, rel=0.15)  # 12.3 % of 600 real rows


def test_a_row_takes_about_three_hundred_bytes(large_sample: Sample) -> None:
    assert large_sample.path.stat().st_size / large_sample.expected.rows == pytest.approx(295, rel=0.1)
