"""What is planted in the sample: faults, each with its reason, and dirt that leaves a row a valid sale.

`edits` changes the lines, `plan` chooses the rows, and `chunks` makes the duplicates.
"""

from __future__ import annotations

from dataclasses import dataclass

from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets.sources.sample.edits import (
    LineEdit,
    at_time,
    by_artist,
    cut_short,
    edited,
    lengthened,
    setting,
    with_bytes,
    with_id_shifted,
    with_open_quote,
    with_stray_quote,
    without_album,
)

_A_DAY = 86_400


@dataclass(frozen=True)
class Planted:
    """One kind of fault or dirt.

    Attributes:
        name: Its name.
        apply: Changes a clean line; the result includes the line end.
        reason: Why the row is rejected; None if it stays a sale.
        removes_usd: Whether it removes `amount_paid_usd`.
    """

    name: str
    apply: LineEdit
    reason: RejectionReason | None = None
    removes_usd: bool = False


def _kinds(reason: RejectionReason, **edits: LineEdit) -> tuple[Planted, ...]:
    return tuple(Planted(name, apply, reason) for name, apply in edits.items())


FAULTS = (
    *_kinds(
        RejectionReason.MALFORMED_ROW,
        too_few_fields=cut_short,
        too_many_fields=lengthened,
        unclosed_quote=with_open_quote,
        stray_quote=with_stray_quote,
        nul_byte=with_bytes(b"\0"),
        invalid_utf8=with_bytes(b"\xff\xfe"),
        latin_1_text=with_bytes("é".encode("latin-1")),
    ),
    *_kinds(RejectionReason.MISSING_ID, no_id=setting(_id="")),
    *_kinds(
        RejectionReason.BAD_TIMESTAMP,
        time_is_text=setting(utc_date="yesterday"),
        time_is_empty=setting(utc_date=""),
        before_the_launch=at_time(1183291200.5),
        before_the_archive=at_time(1599602400.25),
        in_the_year_2100=at_time(4108752000.75),
    ),
    *_kinds(
        RejectionReason.ID_MISMATCH,
        id_a_day_later=with_id_shifted(_A_DAY),
        id_a_day_earlier=with_id_shifted(-_A_DAY),
    ),
    *_kinds(
        RejectionReason.UNKNOWN_ITEM_TYPE,
        type_unknown=setting(item_type="x"),
        type_is_empty=setting(item_type=""),
    ),
    *_kinds(
        RejectionReason.BAD_AMOUNT,
        price_is_text=setting(item_price="free"),
        paid_is_infinite=setting(amount_paid="inf"),
        usd_is_text=setting(amount_paid_usd="unknown"),
        paid_is_negative=setting(amount_paid="-1.0"),
        price_is_empty=setting(item_price=""),
        usd_beyond_any_price=setting(amount_paid_usd="1e300"),
    ),
    *_kinds(
        RejectionReason.UNKNOWN_CURRENCY,
        currency_unknown=setting(currency="XXZ"),
        currency_is_empty=setting(currency=""),
        currency_is_a_sign=setting(currency="$"),
    ),
    *_kinds(
        RejectionReason.BAD_NUMBER,
        count_is_text=setting(addl_count="many"),
        art_id_not_whole=setting(art_id="12.5"),
    ),
)
"""Each breaks exactly one rule."""

DIRT = (
    Planted("missing_country", setting(country="", country_code="")),
    Planted("missing_album_title", edited(without_album)),
    Planted("missing_item_description", setting(item_description="")),
    Planted("missing_amount_paid_usd", setting(amount_paid_usd=""), removes_usd=True),
    Planted("multi_line_record", setting(item_description="Two lines,\nfirst and second")),
    Planted("crlf_line_end", lambda line: line.replace("\n", "\r\n").encode()),
    Planted("html_artist", by_artist("<script>alert(1)</script>")),
    Planted("sql_artist", by_artist("Robert'); DROP TABLE sales;--")),
    Planted("formula_title", setting(item_description="=1+1")),
    Planted("artist_called_none", by_artist("None")),
    Planted("artist_called_na", by_artist("NA")),
    Planted("artist_called_null", by_artist("null")),
    Planted("zero_width_space", by_artist("Sil\N{ZERO WIDTH SPACE}ent Weir")),
    Planted("left_to_right_mark", by_artist("Ora Vell\N{LEFT-TO-RIGHT MARK}")),
    Planted("bare_country_code_c2", setting(country="C2", country_code="c2")),
    Planted("bare_country_code_cw", setting(country="CW", country_code="cw")),
    Planted("bare_country_code_me", setting(country="ME", country_code="me")),
    Planted("bare_country_code_xk", setting(country="XK", country_code="xk")),
    Planted("bare_country_code_hy", setting(country="HY", country_code="hy")),
)
"""With each of these, the row stays a sale."""
