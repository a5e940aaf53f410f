"""From text fields to typed sales, or to rejected rows with their reason.

The rules stand in the order of `RejectionReason`; the types come from the contract. Which bytes are a
field is the concern of `records`, what happens to the frames that of `staging`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time

import polars as pl

from bandcamp_assets.contract import codes
from bandcamp_assets.contract.rejection import RejectedRow, RejectionReason
from bandcamp_assets.contract.sale import MONEY, SOURCE_COLUMNS, Sale
from bandcamp_assets.lake.records import Records

AMOUNTS = ("item_price", "amount_paid", "amount_paid_usd")
WHOLE_NUMBERS = ("art_id", "releases", "package_image_id", "addl_count")

STAGED_SCHEMA: dict[str, pl.DataType] = {
    "source_row": pl.Int64(),
    **{name: column.dtype for name, column in Sale.columns().items()},
}
"""A staged sale: the contract's columns, and the record's number in its file (from 1)."""

REJECTED_SCHEMA: dict[str, pl.DataType] = {
    name: pl.String() if name == "reason" else column.dtype for name, column in RejectedRow.columns().items()
}
"""A rejected row; `reason` as text, so that a new reason needs no new type."""


@dataclass(frozen=True)
class Converted:
    """What became of the records of one chunk: each is in exactly one of the two frames."""

    sales: pl.DataFrame
    rejected: pl.DataFrame


def convert(records: Records, *, source_file: str, first_row: int, arrived_at: datetime) -> Converted:
    """Type the records of one chunk and set apart those that are no sales.

    Args:
        records: The chunk's records as text.
        source_file: Id of the raw file, for both frames.
        first_row: Number of the chunk's first record in the file, from 1.
        arrived_at: When the file arrived (UTC). A sale cannot be dated more than a day later.

    Returns:
        Sales of `STAGED_SCHEMA` and rejected rows of `REJECTED_SCHEMA`, each in no special order.
    """
    row = (pl.col("record") + first_row).alias("source_row")
    text = records.whole.select(row, "line", *SOURCE_COLUMNS)
    text = text.with_columns(pl.col(name).replace("", None) for name in SOURCE_COLUMNS)
    typed = text.select("source_row", "line", *_text_columns(), *_number_columns()).with_columns(
        _derived_columns(source_file)
    )
    judged = typed.with_columns(reason=_reason(arrived_at))
    sales = judged.filter(pl.col("reason").is_null()).select(*_final_columns())
    refused = judged.filter(pl.col("reason").is_not_null()).select("source_row", "line", "reason")
    detailed = refused.join(text.drop("line"), on="source_row", how="left").with_columns(detail=_detail())
    malformed = records.malformed.select(
        row, "line", reason=pl.lit(RejectionReason.MALFORMED_ROW.value), detail=pl.col("fault")
    )
    rejected = pl.concat([part.select("source_row", "line", "reason", "detail") for part in (detailed, malformed)])
    return Converted(sales, _as_rejected(rejected, source_file))


def _text_columns() -> list[pl.Expr]:
    numbers = {*AMOUNTS, *WHOLE_NUMBERS, "utc_date"}
    return [pl.col(name) for name in SOURCE_COLUMNS if name not in numbers]


def _number_columns() -> list[pl.Expr]:
    """Numbers as floats; beside each the mark that a text stood there which is no number."""
    columns = []
    for name in ("utc_date", *AMOUNTS, *WHOLE_NUMBERS):
        number = pl.col(name).cast(pl.Float64, strict=False)
        columns += [number.alias(name), (number.is_null() & pl.col(name).is_not_null()).alias(f"{name}_garbled")]
    return columns


def _derived_columns(source_file: str) -> list[pl.Expr]:
    in_range = pl.col("utc_date").is_between(0, 1e11)
    microseconds = pl.when(in_range).then((pl.col("utc_date") * 1e6).round()).cast(pl.Int64)
    return [
        microseconds.cast(pl.Datetime("us", "UTC")).alias("sold_at"),
        pl.lit(source_file).alias("source_file"),
    ]


def _reason(arrived_at: datetime) -> pl.Expr:
    """The first rule that a row breaks, or null."""
    earliest = max(codes.LAUNCH, datetime.combine(codes.FIRST_DAY, time(), UTC))
    latest = arrived_at + codes.CLOCK_TOLERANCE
    id_seconds = pl.col("_id").str.split_exact("&", 1).struct.field("field_0").cast(pl.Float64, strict=False)
    rules = {
        RejectionReason.MISSING_ID: pl.col("_id").is_null(),
        RejectionReason.BAD_TIMESTAMP: ~pl.col("sold_at").is_between(earliest, latest).fill_null(value=False),
        RejectionReason.ID_MISMATCH: ~(
            (id_seconds - pl.col("utc_date")).abs() <= codes.ID_TOLERANCE_SECONDS
        ).fill_null(value=False),
        RejectionReason.UNKNOWN_ITEM_TYPE: ~pl.col("item_type").is_in(codes.ITEM_TYPES).fill_null(value=False),
        RejectionReason.BAD_AMOUNT: pl.any_horizontal(_is_bad_amount(name) for name in AMOUNTS),
        RejectionReason.UNKNOWN_CURRENCY: ~pl.col("currency").is_in(codes.currencies()).fill_null(value=False),
        RejectionReason.BAD_NUMBER: pl.any_horizontal(_is_bad_whole_number(name) for name in WHOLE_NUMBERS),
    }
    return pl.coalesce(pl.when(broken).then(pl.lit(reason.value)) for reason, broken in rules.items())


def _is_bad_amount(name: str) -> pl.Expr:
    amount = pl.col(name)
    bad = pl.col(f"{name}_garbled") | ~amount.is_between(0, codes.MAX_AMOUNT, closed="left").fill_null(value=True)
    return bad if Sale.columns()[name].nullable else bad | amount.is_null()


def _is_bad_whole_number(name: str) -> pl.Expr:
    number = pl.col(name)
    whole = number.is_between(0, 2**53) & (number == number.floor())
    return pl.col(f"{name}_garbled") | ~whole.fill_null(value=True)


def _final_columns() -> list[pl.Expr]:
    made = {
        **{name: _to_money(name) for name in AMOUNTS},
        **{name: pl.col(name).cast(pl.Int64) for name in WHOLE_NUMBERS},
        "sale_date": pl.col("sold_at").dt.date(),
        "quantity": 1 + pl.col("addl_count").fill_null(0).cast(pl.Int64),
    }
    return [made.get(name, pl.col(name)).alias(name) for name in STAGED_SCHEMA]


def _to_money(name: str) -> pl.Expr:
    """Round to cents. A 32-bit float's noise (9.98999977 for 9.99) is far below half a cent."""
    cents = (pl.col(name) * 100).round(0, mode="half_away_from_zero").cast(pl.Int64)
    return (cents.cast(pl.Decimal(20, 0)) / pl.lit(100).cast(pl.Decimal(20, 2))).cast(MONEY)


def _detail() -> pl.Expr:
    """What stood in the columns that the broken rule looks at, for people."""
    looked_at = {
        RejectionReason.BAD_TIMESTAMP: ("utc_date",),
        RejectionReason.ID_MISMATCH: ("_id", "utc_date"),
        RejectionReason.UNKNOWN_ITEM_TYPE: ("item_type",),
        RejectionReason.BAD_AMOUNT: AMOUNTS,
        RejectionReason.UNKNOWN_CURRENCY: ("currency",),
        RejectionReason.BAD_NUMBER: WHOLE_NUMBERS,
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
