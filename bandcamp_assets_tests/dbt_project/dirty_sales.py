"""A few hundred made-up sales with everything in them on which two warehouses could disagree."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice

import polars as pl

from bandcamp_assets_tests.dbt_project.sales import frame, sale

CHANGED_DAY = "2020-10-02"
EMPTIED_DAY = "2020-10-04"
FIRST_DAY, LAST_DAY = "2020-09-30", "2020-10-06"
DAYS = ("2020-09-30", "2020-10-01", CHANGED_DAY, EMPTIED_DAY, LAST_DAY)  # nothing on the third and the fifth

CURRENCIES = (
    *("USD", "GBP", "EUR", "AUD", "JPY", "SEK", "CAD", "CZK", "NZD"),
    *("DKK", "CHF", "ILS", "HUF", "PLN", "NOK", "MXN", "HKD", "SGD"),
)
TEXTS = (
    "None",
    "NA",
    "null",
    "  spaces \t\n",
    "\u00a0\u3000no-break and ideographic\u2003",
    "\u000b\u000c\u0085\u2028ends of lines\u2029\u1680",
    "Bjo\u0308rk",
    "Bj\u00f6rk",
    "\u200bzero width\u200e",
    'it\'s "quoted" `twice`',
    "back\\slash \\n \\u0041 \\",
    "'; drop table sales; --",
    "{{ jinja }} {% raw %} %s $1 ?",
    "/* comment */ -- comment",
    "שלום мир 日本語 🎸👩‍🎤",
    "A\u030a\u0323 \u1e9b\u0323 ﬁ",
    "\ue000private \U0010ffff",
    "",
    " \t ",
    None,
)
COUNTRIES = (
    ("gb", "Finland"),
    ("hy", " Czech Republic "),
    (None, "C2"),
    ("c2", None),
    ("xk", "XK"),
    ("na", "Namibia"),
    ("", "RUSSIAN FEDERATION"),
    (None, "Türkiye"),
    ("US", "united states"),
    (None, None),
)
ITEMS = (
    ("a", "a"),
    ("t", "t"),
    ("p", "a"),
    ("p", "p"),
    ("p", "t"),
    ("b", None),
    ("a", "z"),
    ("p", ""),
)
AMOUNTS = (  # price, paid, paid in US dollars
    ("10.00", "10.00", "11.80"),
    ("0.50", "1.00", "0.25"),
    ("1.00", "9.00", "1.30"),
    ("7.77", "3.33", "2.22"),
    ("0.00", "5.00", "5.90"),
    ("10.00", "0.00", "0.00"),
    ("0.00", "0.00", None),
    ("10.00", "20.00", None),
    ("0.05", "0.05", None),
    ("3.00", "7.00", "0.00"),
    ("1500.00", "2000.00", "18.87"),
    ("0.01", "9999999999.99", "9999999999.99"),
    ("9999999999.99", "0.01", "9999999999.99"),
    ("1000000000.50", "2.00", "1.01"),
    ("9999999999.99", "9999999999.99", "0.01"),
    ("100.00", "0.01", "1000000.00"),
    ("100.00", "0.01", "999999.99"),
)
TIMES = (
    "00:00:00",
    "06:59:59.99999",
    "07:00:00",
    "12:34:56.78901",
    "23:59:59.99999",
)


def dirty_sales() -> pl.DataFrame:
    """Every kind of amount on each day, in currencies, texts, countries and items that take turns."""
    return frame([*_sales(), *_ties(), *_lonely_currencies()])


def changed_sales(sales: pl.DataFrame) -> pl.DataFrame:
    """The same with one day's amounts, artists and some rows changed, and another day without any sale."""
    changed = pl.col("sale_date") == pl.lit(CHANGED_DAY).str.to_date()
    emptied = pl.col("sale_date") == pl.lit(EMPTIED_DAY).str.to_date()
    return (
        sales.filter(~emptied & ~(changed & pl.col("currency").is_in(["SEK", "HUF"])))
        .with_columns(
            pl.when(changed).then(pl.col("amount_paid_usd") / 2).otherwise(pl.col("amount_paid_usd")),
            pl.when(changed).then(pl.lit("Changed")).otherwise(pl.col("artist_name")).alias("artist_name"),
        )
        .with_columns(pl.col("amount_paid_usd").cast(pl.Decimal(18, 2)))
    )


def _sales() -> Iterator[dict[str, object]]:
    texts, titles = cycle(TEXTS), islice(cycle(TEXTS), 7, None)
    countries, items, currencies, times = cycle(COUNTRIES), cycle(ITEMS), cycle(CURRENCIES), cycle(TIMES)
    for day in DAYS:
        for turn in range(4):
            for number, (price, paid, usd) in enumerate(AMOUNTS):
                country_code, country = next(countries)
                item_type, slug_type = next(items)
                currency = next(currencies)
                name = f"{day} {turn} {number}"
                yield sale(
                    name,
                    f"{day}T{next(times)}",
                    item_price=price,
                    amount_paid=paid,
                    amount_paid_usd=usd,
                    currency=currency,
                    artist_name=next(texts),
                    album_title=next(titles),
                    item_description=next(texts),
                    country_code=country_code,
                    country=country,
                    item_type=item_type,
                    slug_type=slug_type,
                    quantity=1 + number % 4,
                    url=(f"//a.bandcamp.com/{name}", f" https://example.com/{name}", None)[number % 3],
                )


def _ties() -> Iterator[dict[str, object]]:
    """An even number of ratios, so that the median is the lower of two; and two days equally near to a third."""
    for day, usd in (
        ("2020-10-01", "1.30"),
        ("2020-10-01", "1.10"),
        ("2020-10-01", "1.20"),
        ("2020-10-01", "1.40"),
    ):
        yield sale(f"tie {day} {usd}", f"{day}T10:00:00", currency="BRL", amount_paid="1.00", amount_paid_usd=usd)
    yield sale("near before", "2020-09-30T10:00:00", currency="INR", amount_paid="100.00", amount_paid_usd="1.23")
    yield sale("near after", "2020-10-02T10:00:00", currency="INR", amount_paid="100.00", amount_paid_usd="1.29")
    yield sale("between", "2020-10-01T11:00:00", currency="INR", amount_paid="77.00", amount_paid_usd=None)


def _lonely_currencies() -> Iterator[dict[str, object]]:
    """A currency without any rate, and one whose only rate lies days away."""
    yield sale("no rate", "2020-10-02T10:00:00", currency="ISK", amount_paid_usd=None)
    yield sale("far from a rate", "2020-10-06T10:00:00", currency="BRL", amount_paid="0.00", amount_paid_usd=None)
