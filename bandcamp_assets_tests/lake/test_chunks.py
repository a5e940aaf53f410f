"""Headers are checked; chunks hold whole records, whatever their size."""

from __future__ import annotations

import csv
import io

import pytest

from bandcamp_assets.errors import PlatformError
from bandcamp_assets.lake import chunks
from bandcamp_assets.lake.chunks import read_chunks, read_header
from bandcamp_assets_tests.raw_files import HEADER, csv_bytes, raw_row


def test_header_gives_the_column_names_in_the_files_order():
    stream = io.BytesIO(csv_bytes([raw_row()]))

    names = read_header(stream, "sales.csv")

    assert names == list(HEADER)
    assert stream.readline().startswith(b"0,1599688803.5175&")


def test_header_may_begin_with_a_byte_order_mark_and_lack_the_row_number():
    stream = io.BytesIO(b"\xef\xbb\xbf" + csv_bytes([], header=HEADER[1:]))

    assert read_header(stream, "sales.csv") == list(HEADER[1:])


def test_header_may_name_a_further_column_over_several_lines():
    stream = io.BytesIO(b"\xef\xbb\xbf" + csv_bytes([raw_row()], header=['a\n"b"\n', *HEADER[1:], "c\nd"]))

    names = read_header(stream, "sales.csv")

    assert names == ['a\n"b"\n', *HEADER[1:], "c\nd"]
    assert stream.readline().startswith(b",1599688803.5175&")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "The file is empty"),
        (b"\n1,2\n", "begins with a blank line"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "no CSV"),
        ("artist;price\n".encode("utf-16"), "no CSV"),
        (b"<html><body>not found</body></html>\n", "names none of the columns"),
        (csv_bytes([], header=[name for name in HEADER if name != "currency"]), "lacks the column currency"),
        (csv_bytes([], header=[*HEADER, "currency"]), "column currency more than once"),
        (csv_bytes([]).replace(b"currency", b'"currency') + b"1,2\n" * 9, "its first line is no header"),
    ],
)
def test_a_file_without_a_right_header_is_one_clear_error(content: bytes, what: str):
    with pytest.raises(PlatformError, match=what) as caught:
        read_header(io.BytesIO(content), "sales.csv")

    assert "sales.csv" in caught.value.where


@pytest.mark.parametrize("chunk_bytes", [64, 500, 4096, 2**20])
def test_chunks_put_together_are_the_file_and_end_behind_whole_records(chunk_bytes: int):
    rows = [raw_row(n, artist_name='An "artist",\nin two lines' if n % 3 else "Plain") for n in range(50)]
    body = csv_bytes(rows).split(b"\n", 1)[1]

    parts = [chunk.data for chunk in read_chunks(io.BytesIO(body), chunk_bytes=chunk_bytes)]

    assert b"".join(parts) == body
    assert all(part.endswith(b"\n") for part in parts)
    read = [fields for part in parts for fields in csv.reader(io.StringIO(part.decode(), newline=""), strict=True)]
    assert read == [list(row.values()) for row in rows]


def test_an_endless_line_is_cut_so_that_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chunks, "MAX_RECORD_BYTES", 1000)
    body = b"x" * 100_000 + b"\n" + b"after\n"

    parts = [chunk.data for chunk in read_chunks(io.BytesIO(body), chunk_bytes=256)]

    assert max(map(len, parts)) <= 3000
    assert parts[-1].endswith(b"after\n")
