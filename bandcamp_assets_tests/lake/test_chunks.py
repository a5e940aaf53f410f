"""Headers are checked, and chunks of any size hold whole records."""

from __future__ import annotations

import csv
import io

import pytest

from bandcamp_assets.contract.sale import NEEDED_COLUMNS, SOURCE_COLUMNS
from bandcamp_assets.lake import chunks
from bandcamp_assets.lake.chunks import read_chunks
from bandcamp_assets.sources.delivery.header import MAX_HEADER_BYTES, read_header
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.raw_files import HEADER, csv_bytes, raw_row


def test_header_gives_the_column_names_in_the_files_order():
    stream = io.BytesIO(csv_bytes([raw_row()]))

    names = read_header(stream, "sales.csv")

    assert names == list(HEADER)
    assert stream.readline().startswith(b"0,1599688803.5175&")


def test_header_may_begin_with_a_byte_order_mark_and_lack_the_row_number():
    stream = io.BytesIO(b"\xef\xbb\xbf" + csv_bytes([], header=HEADER[1:]))

    assert read_header(stream, "sales.csv") == list(HEADER[1:])


def test_a_further_column_of_the_header_may_have_line_breaks_in_its_name():
    stream = io.BytesIO(b"\xef\xbb\xbf" + csv_bytes([raw_row()], header=['a\n"b"\n', *HEADER[1:], "c\nd"]))

    names = read_header(stream, "sales.csv")

    assert names == ['a\n"b"\n', *HEADER[1:], "c\nd"]
    assert stream.readline().startswith(b",1599688803.5175&")


def header(*left_out: str, twice: tuple[str, ...] = ()) -> bytes:
    return csv_bytes([], header=[*(name for name in HEADER if name not in left_out), *twice])


EMPTY = "deliver a CSV file whose first line names the columns"
NO_HEADER = ("The file is not a CSV: its first line is not a header", "sales.csv, line 1")
UTF8 = "deliver a CSV in UTF-8 whose first line names the columns"
EVERY = f"deliver the file with the columns {', '.join(NEEDED_COLUMNS)}; all others may be missing"
ONCE = "deliver the file with each column once"


@pytest.mark.parametrize(
    ("content", "what", "where", "remedy"),
    [
        (b"", "The file is empty", "sales.csv", EMPTY),
        (b"\n1,2\n", "The file begins with a blank line, not with a header", "sales.csv", EMPTY),
        (b" \r\n1,2\n", "The file begins with a blank line, not with a header", "sales.csv", EMPTY),
        (b"\x89PNG\r\n\x1a\n\x00\xff", *NO_HEADER, UTF8),
        ("artist;price\n".encode("utf-16"), *NO_HEADER, UTF8),
        (header().replace(b"currency", b'"currency') + b"1,2\n" * 9, *NO_HEADER, UTF8),
        (header().replace(b"currency", b'"currency"x'), *NO_HEADER, UTF8),
        (
            b"<html><body>not found</body></html>\n",
            "The file is not a CSV of sales: its first line names none of the columns",
            "sales.csv, line 1",
            f"deliver a file whose first line names the columns {', '.join(SOURCE_COLUMNS)}",
        ),
        (header("currency"), "The file lacks the column currency", "sales.csv, line 1", EVERY),
        (header("url", "currency"), "The file lacks the columns url, currency", "sales.csv, line 1", EVERY),
        (header(twice=("url",)), "The file has the column url more than once", "sales.csv, line 1", ONCE),
        (
            header(twice=("url", "currency", "")),
            "The file has the columns currency, url more than once",
            "sales.csv, line 1",
            ONCE,
        ),
        (
            b"x" * 2**17,
            "The file is not a CSV of sales: its first line is longer than 65536 bytes",
            "sales.csv, line 1",
            "deliver a file whose first line names the columns and nothing else",
        ),
    ],
)
def test_a_file_without_a_valid_header_is_one_clear_error(content: bytes, what: str, where: str, remedy: str):
    with pytest.raises(PlatformError) as caught:
        read_header(io.BytesIO(content), "sales.csv")

    assert (caught.value.what, caught.value.where, caught.value.remedy) == (what, where, remedy)


@pytest.mark.parametrize("joined", [False, True])
def test_a_header_may_be_as_long_as_its_limit_and_no_longer(joined: bool):
    known = header().rstrip(b"\n")
    name = b',"a\nb' if joined else b',"ab'
    room = MAX_HEADER_BYTES - len(known) - len(name) - len(b'"\n')

    names = read_header(io.BytesIO(known + name + b"x" * room + b'"\n'), "sales.csv")

    assert names[:-1] == list(HEADER)
    assert len(names[-1]) == room + len(name) - 2
    with pytest.raises(PlatformError, match="longer than 65536 bytes"):
        read_header(io.BytesIO(known + name + b"x" * (room + 1) + b'"\n'), "sales.csv")


def test_a_header_alone_may_lack_its_line_break():
    assert read_header(io.BytesIO(header().rstrip(b"\n")), "sales.csv") == list(HEADER)
    assert read_header(io.BytesIO(header().rstrip(b"\n") + b"\r\n"), "sales.csv") == list(HEADER)


@pytest.mark.parametrize("chunk_bytes", [64, 500, 4096, 2**20])
def test_chunks_together_are_the_file_and_each_ends_after_a_whole_record(chunk_bytes: int):
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

    assert max(map(len, parts)) == 2000
    assert parts[-1].endswith(b"after\n")
