"""The codes and limits that a sale must keep to.

Labels for the codes are made in dbt (`item_types` seed, `dim_country`), not here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

import pycountry

ITEM_TYPES = ("a", "t", "p", "b")
"""Digital album, digital track, physical item, bundle (a whole discography)."""

SLUG_TYPES = ("a", "t", "p")
"""What the URL names: album, track, merch. Bundles have none."""

LAUNCH = datetime(2008, 9, 16, tzinfo=UTC)
"""Bandcamp's launch. Nothing can have been sold on it before."""

FIRST_DAY = date(2020, 9, 9)
"""The first day (UTC) of the archive, and so of every daily partition."""

CLOCK_TOLERANCE = timedelta(days=1)
"""How far ahead of its file's arrival a sale may be dated (clock skew)."""

ID_TOLERANCE_SECONDS = 1e-5
"""How far the time inside `_id` may be from `utc_date`: the last of its 5 decimals."""

MAX_AMOUNT = Decimal(10**10)
"""Amounts from here on, and amounts in US dollars worked out from them, were never paid by anyone.

Ten billion Indonesian rupiah are 600,000 USD; the most that was paid for one sale of the archive is 1,286 USD. A
hundred million sales of just below it add up to 10^18, and the marts' totals of decimal(24, 2) hold ten thousand
times that. Their largest product, the number of earners times the revenue of all in cents, is 10^28, which
BigQuery's NUMERIC holds; in millionths, as shares are worked out, it is 10^34, which DuckDB's HUGEINT holds.
"""

MAX_COUNT = 1_000_000
"""Items beyond the first in one payment, at most: 64-bit sums hold nine thousand billion such payments."""

MAX_WHOLE_NUMBER = 2**63 - 1
"""Numbers of pictures and releases are never added up: they only have to fit their columns."""

WHOLE_CURRENCIES = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"),
    *("PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
)
"""Currencies without a smaller unit, by ISO 4217. Those of three decimals are kept to two, as all money is."""

FLOAT_NOISE = 2.0**-23
"""By what part of itself a number may be off that went through a 32-bit float, as `item_price` did."""


@cache
def currencies() -> tuple[str, ...]:
    """The active currency codes of ISO 4217, in alphabetical order. Source: pycountry."""
    return tuple(sorted(currency.alpha_3 for currency in pycountry.currencies))
