"""The codes and limits of a valid sale.

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
"""What the URL names: album, track, merch. Bundles have no slug type."""

LAUNCH = datetime(2008, 9, 16, tzinfo=UTC)
"""Bandcamp's launch. Nothing can have been sold before."""

FIRST_DAY = date(2020, 9, 9)
"""The first day (UTC) of the archive, and so of every daily partition."""

CLOCK_TOLERANCE = timedelta(days=1)
"""How far ahead of its file's arrival a sale may be dated (clock skew)."""

ID_TOLERANCE_SECONDS = 1e-5
"""How far the time in `_id` may be from `utc_date`: one unit of its 5th decimal."""

MAX_AMOUNT = Decimal(10**10)
"""Amounts must be smaller than this, and so must the amounts in US dollars that are computed from them.

Nobody pays so much: ten billion Indonesian rupiah are 600,000 USD, and the largest sale of the archive is 1,286
USD. A hundred million sales just below this limit add up to 10^18. The marts' totals, decimal(24, 2), hold ten
thousand times that. The largest product in the marts is the number of earners times the total revenue in cents,
10^28, which fits BigQuery's NUMERIC. Shares are computed in millionths, which makes it 10^34. That fits DuckDB's
HUGEINT.
"""

MAX_COUNT = 1_000_000
"""Most items beyond the first in one payment. A 64-bit sum holds nine thousand billion such payments."""

MAX_WHOLE_NUMBER = 2**63 - 1
"""Largest number of a picture, or of releases. These are never added up, so they only have to fit a column."""

WHOLE_CURRENCIES = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"),
    *("PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
)
"""Currencies without a smaller unit, by ISO 4217. Those with three decimals are kept to two, like all money."""

MISSING_NUMBERS = ("na", "n/a", "#n/a", "<na>", "null", "none", "nan", "\\n", "-")
"""How programs write a missing number, in small letters. An artist or a title of such a name is a text."""

FLOAT_NOISE = 2.0**-23
"""Relative error of a number that was stored as a 32-bit float, as `item_price` was."""


@cache
def currencies() -> tuple[str, ...]:
    """The active currency codes of ISO 4217, in alphabetical order. Source: pycountry."""
    return tuple(sorted(currency.alpha_3 for currency in pycountry.currencies))
