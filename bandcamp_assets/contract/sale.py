"""The contract of one sale: every column, its type, whether it may be missing, and what it means.

This is the only place that defines them. The lake's Parquet schema, the DuckDB table, the BigQuery schema and the
columns shown in Dagster are all derived from `Sale` (see `dialects`). The columns that dbt makes of these are
documented beside its models.
"""

from __future__ import annotations

import dataframely as dy
import polars as pl

from bandcamp_assets.contract.codes import ITEM_TYPES, currencies
from bandcamp_assets.contract.key import begins_with_second

MONEY = pl.Decimal(18, 2)
"""Money, in whole cents of its currency, everywhere from the staged layer on."""


class Sale(dy.Schema):
    """One line item sold on Bandcamp, as delivered but typed. One row per `_id`."""

    _id = dy.String(
        primary_key=True,
        description="Key of the sale: its time to 5 decimals without trailing zeros, '&', "
        "and the URL as delivered.",
    )
    art_url = dy.String(nullable=True, description="Address of the cover picture.")
    item_type = dy.String(
        check=lambda col: col.is_in(ITEM_TYPES),
        description="What was sold: a digital album, t digital track, p physical item, b bundle.",
    )
    utc_date = dy.Float64(description="Time of the sale in seconds since 1970-01-01 UTC, as delivered.")
    country_code = dy.String(nullable=True, description="Buyer's country as a two-letter code in lower case.")
    track_album_slug_text = dy.String(nullable=True, description="Slug of the album that a sold track is on.")
    country = dy.String(nullable=True, description="Buyer's country as delivered: a name, sometimes a code.")
    slug_type = dy.String(
        nullable=True, description="What the URL names: a album, t track, p merch; missing for bundles."
    )
    amount_paid_fmt = dy.String(nullable=True, description="Amount paid as text with a currency sign, per item.")
    item_price = dy.Decimal(
        18,
        2,
        min=0,
        description="Asking price in `currency`, without 32-bit float noise; a total if quantity > 1.",
    )
    item_description = dy.String(nullable=True, description="Title of the item, or the format of a physical one.")
    art_id = dy.Int64(nullable=True, description="Number of the cover picture.")
    url = dy.String(nullable=True, description="Address of the item as delivered, often protocol-relative.")
    amount_paid = dy.Decimal(18, 2, min=0, description="Amount paid in `currency`; a total if quantity > 1.")
    releases = dy.Int64(nullable=True, description="Number of releases in a bundle.")
    artist_name = dy.String(nullable=True, description="Artist as delivered; 'None' and 'NA' are artists.")
    currency = dy.String(check=lambda col: col.is_in(currencies()), description="Seller's currency, ISO 4217.")
    album_title = dy.String(nullable=True, description="Album that a track or physical item belongs to.")
    amount_paid_usd = dy.Decimal(
        18, 2, nullable=True, min=0, description="Amount paid in US dollars, as delivered; may be missing."
    )
    package_image_id = dy.Int64(nullable=True, description="Number of the picture of a physical item.")
    amount_over_fmt = dy.String(nullable=True, description="Amount above the price as text; often missing.")
    item_slug = dy.String(nullable=True, description="Set to '/album/' if one payment bought several items.")
    addl_count = dy.Int64(nullable=True, min=0, description="Items beyond the first in the same payment.")
    sale_date = dy.Date(description="Day of the sale in UTC; the partition.")
    sold_at = dy.Datetime(time_unit="us", time_zone="UTC", description="Time of the sale in UTC, from `_id`.")
    source_file = dy.String(description="Id of the raw file the row came from (see `raw_sales`).")
    quantity = dy.Int64(min=1, description="Items bought: 1 + `addl_count`.")

    @dy.rule()
    def sold_on_its_date(cls) -> pl.Expr:  # noqa: N805
        """A sale is in the partition of its day."""
        return pl.col("sold_at").dt.date() == pl.col("sale_date")

    @dy.rule()
    def sold_at_second_of_key(cls) -> pl.Expr:  # noqa: N805
        """A sale is dated by the second in its key, so a key that is unique in its day is unique in the table."""
        return begins_with_second(pl.col("_id"), pl.col("sold_at"))


DERIVED_FROM = {
    "sale_date": ("_id",),
    "sold_at": ("_id",),
    "source_file": (),
    "quantity": ("addl_count",),
    # Whole currencies have no cents.
    "item_price": ("item_price", "currency"),
    "amount_paid": ("amount_paid", "currency"),
}
"""Columns that are made of other columns than their own, or of several. Every other column is made of its own."""

DERIVED_COLUMNS = ("sale_date", "sold_at", "source_file", "quantity")
"""Columns that the platform adds to the source's columns."""

SOURCE_COLUMNS = tuple(name for name in Sale.column_names() if name not in DERIVED_COLUMNS)
"""The 23 columns of a raw file, in the archive's order (without its unnamed row number)."""

AMOUNT_COLUMNS = ("item_price", "amount_paid", "amount_paid_usd")
"""The columns that hold money. The first two are in the currency of the seller."""

WHOLE_NUMBER_COLUMNS = ("art_id", "releases", "package_image_id", "addl_count")
"""The columns that hold whole numbers."""

OPTIONAL_COLUMNS = (
    *("_id", "art_url", "country_code", "track_album_slug_text", "amount_paid_fmt", "art_id", "releases"),
    *("package_image_id", "amount_over_fmt", "item_slug", "addl_count"),
)
"""Columns that a raw file may lack. They are null then; `_id` is made from `utc_date` and `url`."""

NEEDED_COLUMNS = tuple(name for name in SOURCE_COLUMNS if name not in OPTIONAL_COLUMNS)
"""Columns that a raw file must have: the key, the facts and the marts are made of them."""
