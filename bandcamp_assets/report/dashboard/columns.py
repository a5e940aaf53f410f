"""Packs a frame for the page: codes and labels for texts, whole numbers for the rest, deflated and in base64.

Money is in whole cents. `static/decode.js` unpacks it on the page, so both must change together.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

_LEVEL = 7
"""The level of zlib. Level 9 makes the page 0.7 % smaller, but takes 0.75 s for the marts of a million sales, not
0.13 s."""

_WHOLE = (("u8", np.uint8), ("u16", np.uint16), ("u32", np.uint32), ("i32", np.int32))


def pack(frame: pl.DataFrame, labels: Mapping[str, Sequence[str]], numbers: Mapping[str, str]) -> dict[str, Any]:
    """Pack some columns of a frame.

    Args:
        frame: The rows, without nulls in these columns.
        labels: All values of each text column, in the order of the page.
        numbers: The name of each number column in the page. Decimals become whole cents.

    Returns:
        `rows`, `labels` and `columns`, for JSON.
    """
    columns = {name: _column(_codes(frame[name], values)) for name, values in labels.items()}
    columns |= {shown: _column(_whole_numbers(frame[name])) for name, shown in numbers.items()}
    return {
        "rows": frame.height,
        "labels": {name: list(values) for name, values in labels.items()},
        "columns": columns,
    }


def pack_texts(texts: Sequence[str]) -> str:
    """Pack texts without NUL, which no text of a sale has: one after the other, with a NUL between them."""
    return base64.b64encode(zlib.compress("\0".join(texts).encode(), _LEVEL)).decode()


def pack_sorted_texts(texts: Sequence[str]) -> dict[str, Any]:
    """Pack sorted texts: how much each shares with the one before, and the rest. That is a third smaller."""
    shared = [_shared(before, text) for before, text in zip(["", *texts], texts, strict=False)]
    return {
        "shared": _column(np.array(shared, np.int64)),
        "rest": pack_texts([text[count:] for text, count in zip(texts, shared, strict=True)]),
    }


def _shared(before: str, text: str) -> int:
    """The number of first characters that are the same, each one of UTF-16, as the page counts them."""
    count = 0
    for one, other in zip(before, text, strict=False):
        if one != other or one > "\uffff":
            break
        count += 1
    return count


def _codes(texts: pl.Series, values: Sequence[str]) -> npt.NDArray[np.int64]:
    codes = texts.replace_strict(list(values), list(range(len(values))), return_dtype=pl.Int64)
    return codes.to_numpy()


def _whole_numbers(values: pl.Series) -> npt.NDArray[Any]:
    if isinstance(values.dtype, pl.Decimal):
        values = values * 100
    # No sum of sales is near 2^53. Beyond that, a page counts in doubles and shows 15 digits.
    is_exact = bool((values.cast(pl.Float64).abs() < 2**53).all())
    return values.cast(pl.Int64 if is_exact else pl.Float64).to_numpy()


def _column(values: npt.NDArray[Any]) -> dict[str, str]:
    name, packed = _smallest(values)
    # The bytes are grouped by their place in the number. The high bytes are alike, and deflate to almost nothing.
    planes = packed.view(np.uint8).reshape(-1, packed.itemsize).T
    return {"type": name, "data": base64.b64encode(zlib.compress(planes.tobytes(), _LEVEL)).decode()}


def _smallest(values: npt.NDArray[Any]) -> tuple[str, npt.NDArray[Any]]:
    low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    for name, dtype in _WHOLE:
        limits = np.iinfo(dtype)
        if limits.min <= low and high <= limits.max:
            return name, np.ascontiguousarray(values, dtype=dtype)
    return "f64", np.ascontiguousarray(values, dtype=np.float64)
