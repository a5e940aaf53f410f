"""Columns packed for the page are unpacked unchanged."""

from __future__ import annotations

import base64
import zlib
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandcamp_assets.report.dashboard.columns import pack, pack_sorted_texts, pack_texts

DTYPES = {"u8": np.uint8, "u16": np.uint16, "u32": np.uint32, "i32": np.int32, "f64": np.float64}


def unpack(column: dict[str, str]) -> list[Any]:
    """What `static/decode.js` does, in numpy."""
    dtype = np.dtype(DTYPES[column["type"]])
    planes = np.frombuffer(zlib.decompress(base64.b64decode(column["data"])), np.uint8)
    return planes.reshape(dtype.itemsize, -1).T.copy().view(dtype).reshape(-1).tolist()


@given(st.lists(st.integers(min_value=-(2**52), max_value=2**52)))
def test_whole_numbers_are_unpacked_unchanged(numbers: list[int]):
    packed = pack(pl.DataFrame({"n": numbers}, schema={"n": pl.Int64}), {}, {"n": "shown"})

    assert unpack(packed["columns"]["shown"]) == numbers
    assert packed["rows"] == len(numbers)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
def test_texts_are_unpacked_unchanged(texts: list[str]):
    assert zlib.decompress(base64.b64decode(pack_texts(texts))).decode().split("\0") == texts


@given(st.lists(st.text("ab\u00e9\U0001f600"), min_size=1))
def test_sorted_texts_are_unpacked_unchanged_in_units_of_utf16(texts: list[str]):
    packed = pack_sorted_texts(sorted(texts))

    rests = zlib.decompress(base64.b64decode(packed["rest"])).decode().split("\0")
    unpacked, before = [], b""
    for count, rest in zip(unpack(packed["shared"]), rests, strict=True):
        before = before[: 2 * count] + rest.encode("utf-16-le")
        unpacked.append(before.decode("utf-16-le"))
    assert unpacked == sorted(texts)


@given(st.lists(st.decimals(min_value=-(10**13), max_value=10**13, places=2)))
def test_money_becomes_whole_cents(amounts: list[Decimal]):
    packed = pack(pl.DataFrame({"usd": amounts}, schema={"usd": pl.Decimal(18, 2)}), {}, {"usd": "cents"})

    assert unpack(packed["columns"]["cents"]) == [int(amount * 100) for amount in amounts]


def test_totals_that_a_page_cannot_count_exactly_are_no_error():
    amounts = pl.Series([Decimal(10) ** 18, Decimal("0.01")], dtype=pl.Decimal(24, 2))

    packed = pack(pl.DataFrame({"usd": amounts}), {}, {"usd": "cents"})

    assert unpack(packed["columns"]["cents"]) == [1e20, 1.0]


@pytest.mark.parametrize(
    ("numbers", "dtype"),
    [
        ([0, 255], "u8"),
        ([0, 256], "u16"),
        ([65_536], "u32"),
        ([-1], "i32"),
        ([-1, 2**31], "f64"),
        ([2**32], "f64"),
    ],
)
def test_a_column_takes_the_smallest_type_that_holds_it(numbers: list[int], dtype: str):
    packed = pack(pl.DataFrame({"n": numbers}), {}, {"n": "n"})

    assert packed["columns"]["n"]["type"] == dtype


def test_texts_become_codes_of_the_labels_in_their_order():
    frame = pl.DataFrame({"day": ["b", "a", "b"], "other": [date(2020, 1, 1)] * 3})

    packed = pack(frame, {"day": ["b", "a"]}, {})

    assert packed["labels"] == {"day": ["b", "a"]}
    assert unpack(packed["columns"]["day"]) == [0, 1, 0]
