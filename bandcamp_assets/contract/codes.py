"""The codes and limits that a sale must keep to.

Labels for the codes are made in dbt (`item_types` seed, `dim_country`), not here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
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

ID_TOLERANCE_SECONDS = 1e-4
"""How far the time inside `_id` (5 decimals) may be from `utc_date` (full float)."""

MAX_AMOUNT = 1e13
"""Amounts from here on are no price in any currency and do not fit a float to the cent."""


@cache
def currencies() -> tuple[str, ...]:
    """The active currency codes of ISO 4217, in alphabetical order. Source: pycountry."""
    return tuple(sorted(currency.alpha_3 for currency in pycountry.currencies))
