"""Quotes are read piece by piece as by RFC 4180; `test_records` compares fields with other readers."""

from __future__ import annotations

import pytest

from bandcamp_assets.lake import quoting
from bandcamp_assets.lake.quoting import LineReader, count_fields, split_fields


@pytest.mark.parametrize("piece_bytes", [1, 2, 2**16])
@pytest.mark.parametrize(
    ("in_quotes", "pieces", "is_in_quotes", "is_broken"),
    [
        (False, [b"a,b"], False, False),
        (False, [b'"a'], True, False),
        (False, [b'a,"b'], True, False),
        (False, [b"a,", b'"b'], True, False),
        (False, [b"a", b'"b'], False, True),
        (False, [b'a"b'], False, True),
        (False, [b'"a"'], False, False),
        (False, [b'"a"', b'"b'], True, False),
        (False, [b'"a"', b",b"], False, False),
        (False, [b'"a"', b"b"], False, True),
        (False, [b'"a"\r'], False, False),
        (False, [b'"a"', b"\r", b"x"], False, True),
        (False, [b'"a"', b"\r", b'"'], False, True),
        (False, [b'a"b', b'",c'], False, True),
        (True, [b"a"], True, False),
        (True, [b'a"', b',"b'], True, False),
        (True, [b'a"b'], False, True),
    ],
)
def test_a_line_is_read_in_pieces(
    monkeypatch: pytest.MonkeyPatch,
    piece_bytes: int,
    in_quotes: bool,
    pieces: list[bytes],
    is_in_quotes: bool,
    is_broken: bool,
):
    monkeypatch.setattr(quoting, "_PIECE_BYTES", piece_bytes)
    reader = LineReader(in_quotes=in_quotes, delimiter=b",")

    for piece in pieces:
        reader.read(piece)

    assert (reader.is_in_quotes, reader.is_broken) == (is_in_quotes, is_broken)


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        ('"a","",b', ["a", "", "b"]),
        ('"a""b","c,d"', ['a"b', "c,d"]),
        ('"",""""', ["", '"']),
        ("a,,b", ["a", "", "b"]),
    ],
)
def test_a_record_is_split_at_the_delimiters_outside_quotes(record: str, fields: list[str]):
    assert split_fields(record) == fields
    assert count_fields(record.encode()) == len(fields)
