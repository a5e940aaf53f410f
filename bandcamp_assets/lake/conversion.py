"""Converts text fields to typed sales, or to rejected rows with their reason.

The rules are in the order of `RejectionReason`, and the types come from the contract. `records` finds the fields,
`numbers` and `keys` parse numbers and keys, and `staging` writes the frames.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time

import polars as pl

from bandcamp_assets.contract import codes
from bandcamp_assets.contract.rejection import RejectedRow, RejectionReason
from bandcamp_assets.contract.sale import AMOUNT_COLUMNS, SOURCE_COLUMNS, WHOLE_NUMBER_COLUMNS, Sale
from bandcamp_assets.lake.keys import read_keys
from bandcamp_assets.lake.numbers import (
    parse_decimals,
    parse_whole_numbers,
    with_decimal_points,
    without_words,
)
from bandcamp_assets.lake.records import Records
from bandcamp_assets.lake.rounding import rounded_rows, with_rounded_amounts
from bandcamp_assets.sources.delivery.file_format import Content

STAGED_SCHEMA: dict[str, pl.DataType] = {
    "source_row": pl.Int64(),
    **{name: column.dtype for name, column in Sale.columns().items()},
}
"""A staged sale: the columns of the contract, and the number of the record in its file (from 1)."""

REJECTED_SCHEMA: dict[str, pl.DataType] = {
    name: pl.String() if name == "reason" else column.dtype for name, column in RejectedRow.columns().items()
}
"""A rejected row. `reason` is text, so that a new reason needs no new type."""

_NEVER_A_WORD = (
    *("art_url", "country_code", "country", "track_album_slug_text", "slug_type", "amount_paid_fmt"),
    *("amount_over_fmt", "item_slug"),
)
"""Texts that are missing where a file writes its word for missing numbers. An artist, an album or an item may be
called by that word."""

AS_THE_ARCHIVE = Content()

_CAPITALS = tuple(code.upper() for code in codes.ITEM_TYPES)

_TEXTS = tuple(
    name for name in SOURCE_COLUMNS if name not in {*AMOUNT_COLUMNS, *WHOLE_NUMBER_COLUMNS, "_id", "utc_date"}
)


@dataclass(frozen=True)
class Converted:
    """The converted records of one chunk; each is in exactly one of the two frames.

    Attributes:
        sales: The sales.
        rejected: The rejected rows.
        rounded: The `source_row` of each amount in the sales with more decimals than its currency, without float
            noise.
    """

    sales: pl.DataFrame
    rejected: pl.DataFrame
    rounded: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.Int64))

    @property
    def rounded_amounts(self) -> int:
        """Number of amounts that were rounded."""
        return self.rounded.len()


def convert(
    records: Records,
    *,
    source_file: str,
    first_row: int,
    arrived_at: datetime | pl.Series,
    content: Content = AS_THE_ARCHIVE,
) -> Converted:
    """Convert the records of one chunk to typed sales, and separate those that are not sales.

    Args:
        records: The chunk's records as text.
        source_file: Id of the raw file, for both frames.
        first_row: Number of the chunk's first record in the file, from 1.
        arrived_at: When the file arrived (UTC), or the file of each whole record. A sale cannot be dated more than
            a day later.
        content: How the file is written.

    Returns:
        Sales of `STAGED_SCHEMA` and rejected rows of `REJECTED_SCHEMA`, each in no special order.
    """
    row = (pl.col("record") + first_row).alias("source_row")
    text = with_every_column(records.whole).select(row, "line", *SOURCE_COLUMNS)
    # An item without a field `_id` gets one. An empty `_id` is a fault.
    unkeyed = text["_id"].is_null() if text["_id"].null_count() else None
    text = text.with_columns(pl.col(name).replace("", None) for name in SOURCE_COLUMNS)
    if content.missing_word:
        text = text.with_columns(pl.col(*_NEVER_A_WORD).replace(content.missing_word, None))
    judged = _typed(text, unkeyed, content.decimal_mark).with_columns(reason=_reason(arrived_at))
    is_sale = judged["reason"].is_null()
    sales = judged.select(*_final_columns(source_file)).filter(is_sale)
    refused = judged.select("source_row", "line", "reason").filter(~is_sale)
    detailed = refused.join(text.drop("line"), on="source_row", how="left").with_columns(detail=_detail())
    malformed = records.malformed.select(
        row, "line", reason=pl.lit(RejectionReason.MALFORMED_ROW.value), detail=pl.col("fault")
    )
    rejected = pl.concat([part.select("source_row", "line", "reason", "detail") for part in (detailed, malformed)])
    return Converted(sales, _as_rejected(rejected, source_file), rounded_rows(judged, is_sale))


def with_every_column(rows: pl.DataFrame) -> pl.DataFrame:
    """The records with the columns that their file lacks. These are null."""
    lacking = [name for name in SOURCE_COLUMNS if name not in rows.columns]
    return rows.with_columns(pl.lit(None, pl.String).alias(name) for name in lacking) if lacking else rows


def _typed(text: pl.DataFrame, unkeyed: pl.Series | None, decimal_mark: str) -> pl.DataFrame:
    """Cast every column. Numbers also have `<name>_text`, to distinguish missing from malformed values.

    Amounts are in the smallest unit of their currency; `<name>_exact` is the delivered amount.
    """
    if decimal_mark == ",":
        numbers_in = [with_decimal_points(text[name]) for name in (*AMOUNT_COLUMNS, *WHOLE_NUMBER_COLUMNS)]
        time = pl.col("utc_date").str.replace(",", ".", literal=True)
        text = text.with_columns(*numbers_in, time)
    numbers = [parse_decimals(text[name]).alias(f"{name}_exact") for name in AMOUNT_COLUMNS]
    numbers += [parse_whole_numbers(text[name]) for name in WHOLE_NUMBER_COLUMNS]
    delivered = [
        without_words(text[name], parsed).alias(f"{name}_text")
        for name, parsed in zip((*AMOUNT_COLUMNS, *WHOLE_NUMBER_COLUMNS), numbers, strict=True)
    ]
    texts = _with_usual_codes(text.select("source_row", "line", *_TEXTS))
    typed = pl.concat(
        [texts, read_keys(text, unkeyed=unkeyed), pl.DataFrame(numbers), pl.DataFrame(delivered)],
        how="horizontal",
    )
    return with_rounded_amounts(typed)


def _with_usual_codes(texts: pl.DataFrame) -> pl.DataFrame:
    """Item types, with their slug types, in small letters, and currencies in capitals. Most are so already."""
    capitals = texts.select(pl.col("item_type").is_in(_CAPITALS)).to_series().arg_true()
    if not capitals.is_empty():
        texts = texts.with_columns(
            texts[name].clone().scatter(capitals, texts[name].gather(capitals).str.to_lowercase())
            for name in ("item_type", "slug_type")
        )
    unknown = texts.select(~pl.col("currency").is_in(codes.currencies())).to_series().arg_true()
    given = texts["currency"].gather(unknown)
    currencies = given.str.to_uppercase()
    known = currencies.is_in(codes.currencies()) & given.str.contains("^[A-Za-z]{3}$")
    if not known.any():
        return texts
    return texts.with_columns(texts["currency"].clone().scatter(unknown.filter(known), currencies.filter(known)))


def _reason(arrived_at: datetime | pl.Series) -> pl.Expr:
    """The first rule that a row breaks; null if it breaks none."""
    earliest = max(codes.LAUNCH, datetime.combine(codes.FIRST_DAY, time(), UTC))
    latest = pl.lit(arrived_at) + codes.CLOCK_TOLERANCE
    rules = {
        RejectionReason.MISSING_ID: pl.col("_id").is_null(),
        RejectionReason.BAD_TIMESTAMP: ~pl.col("sold_at").is_between(earliest, latest).fill_null(value=False),
        RejectionReason.ID_MISMATCH: ~pl.col("agrees"),
        RejectionReason.UNKNOWN_ITEM_TYPE: ~pl.col("item_type").is_in(codes.ITEM_TYPES).fill_null(value=False),
        RejectionReason.BAD_AMOUNT: pl.any_horizontal(_is_bad_amount(name) for name in AMOUNT_COLUMNS),
        RejectionReason.UNKNOWN_CURRENCY: ~pl.col("currency").is_in(codes.currencies()).fill_null(value=False),
        RejectionReason.BAD_NUMBER: pl.any_horizontal(_is_bad_whole_number(name) for name in WHOLE_NUMBER_COLUMNS),
    }
    return pl.coalesce(pl.when(broken).then(pl.lit(reason.value)) for reason, broken in rules.items())


def _is_bad_amount(name: str) -> pl.Expr:
    in_range = (pl.col(f"{name}_exact") >= 0) & (pl.col(name) < codes.MAX_AMOUNT)
    return _is_bad(name, in_range.fill_null(value=False))


def _is_bad_whole_number(name: str) -> pl.Expr:
    most = codes.MAX_COUNT if name == "addl_count" else codes.MAX_WHOLE_NUMBER
    return _is_bad(name, pl.col(name).is_between(0, most).fill_null(value=False))


def _is_bad(name: str, in_range: pl.Expr) -> pl.Expr:
    missing = pl.col(f"{name}_text").is_null()
    return ~in_range & ~missing if Sale.columns()[name].nullable else ~in_range


def _final_columns(source_file: str) -> list[pl.Expr]:
    made = {
        "sale_date": pl.col("sold_at").dt.date(),
        "source_file": pl.lit(source_file),
        "quantity": 1 + pl.col("addl_count").fill_null(0),
    }
    return [made.get(name, pl.col(name)).alias(name) for name in STAGED_SCHEMA]


def _detail() -> pl.Expr:
    """The delivered values of the columns that the broken rule checks, for people."""
    looked_at = {
        RejectionReason.BAD_TIMESTAMP: ("utc_date", "_id"),
        RejectionReason.ID_MISMATCH: ("_id", "utc_date", "url"),
        RejectionReason.UNKNOWN_ITEM_TYPE: ("item_type",),
        RejectionReason.BAD_AMOUNT: AMOUNT_COLUMNS,
        RejectionReason.UNKNOWN_CURRENCY: ("currency",),
        RejectionReason.BAD_NUMBER: WHOLE_NUMBER_COLUMNS,
    }
    return pl.coalesce(
        pl.when(pl.col("reason") == reason.value).then(
            pl.concat_str(
                [pl.format(name + " = '{}'", pl.col(name).fill_null("")) for name in names], separator=", "
            )
        )
        for reason, names in looked_at.items()
    )


def _as_rejected(rows: pl.DataFrame, source_file: str) -> pl.DataFrame:
    return rows.sort("source_row").select(
        source_file=pl.lit(source_file), source_row="source_row", reason="reason", detail="detail", raw_text="line"
    )
