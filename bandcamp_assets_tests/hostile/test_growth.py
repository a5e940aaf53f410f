"""Work and memory grow linearly with the size of a delivery, whatever it contains.

They are counted in calls and bytes, not in time. If the work cannot be counted, the input is one that would take
very long if the work grew with the square.
"""

from __future__ import annotations

import io
from pathlib import Path
from unittest.mock import patch

import pytest

from bandcamp_assets.lake import chunks, joining, lines, quoting, records
from bandcamp_assets.lake.chunks import MAX_RECORD_BYTES, read_chunks
from bandcamp_assets.lake.records import parse_records
from bandcamp_assets.sources.delivery.header import read_header
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.hostile.csv_scenarios import attempt
from bandcamp_assets_tests.raw_files import HEADER, csv_bytes, raw_row

LIMIT = 1000
"""The longest record in tests that count."""

FIRST_LINE = csv_bytes([])


@pytest.fixture
def _short_records(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (chunks, lines):
        monkeypatch.setattr(module, "MAX_RECORD_BYTES", LIMIT)


def counted_bytes(body: bytes, *, chunk_bytes: int) -> int:
    """The number of bytes that are read to find the ends of chunks."""
    seen = 0

    def find(text: bytes, end: int | None, delimiter: bytes) -> tuple[list[joining.Range], int]:
        nonlocal seen
        seen += len(text)
        return joining.find_joined(text, end, delimiter)

    def read(reader: quoting.LineReader, text: bytes) -> None:
        nonlocal seen
        seen += len(text)
        read_line(reader, text)

    read_line = quoting.LineReader.read
    with patch.object(chunks, "find_joined", find), patch.object(quoting.LineReader, "read", read):
        for _ in read_chunks(io.BytesIO(body), chunk_bytes=chunk_bytes):
            pass
    return seen


@pytest.mark.usefixtures("_short_records")
@pytest.mark.parametrize("chunk_bytes", [50, 5000])
@pytest.mark.parametrize(
    "line",
    [
        b"x\n",
        b'"\n',
        b'"x\n',
        b'"' + b"x\n" * 40,
        b'"' + b"\n" * 600,
        b'"a,""b,' * 9 + b"\n",
        b"\xff\n",
        b"x" * 900,
        b'"x\n' + b"y\n" * 3000,
        b'x,"\n' + b'a","b\n' * 900,
        b'"a\n"b\n' + b'"a\n' * 900,
    ],
    ids=[
        "short",
        "quotes",
        "text and quotes",
        "open",
        "open, then blank",
        "stray quotes",
        "no text",
        "endless",
        "open for long",
        "open and closed for long",
        "open again and again",
    ],
)
def test_chunks_of_a_file_four_times_as_long_take_four_times_the_work(line: bytes, chunk_bytes: int):
    times = max(1, 20_000 // len(line))

    once = counted_bytes(line * times, chunk_bytes=chunk_bytes)
    four_times = counted_bytes(line * times * 4, chunk_bytes=chunk_bytes)

    assert four_times <= 4.2 * once + 10 * LIMIT
    assert four_times <= 20 * len(line) * times * 4


@pytest.mark.usefixtures("_short_records")
@pytest.mark.parametrize("line", [b"x", b'"', b'"x\n', b'"' + b"\n" * 999, b"\xff", b'"a"\n'])
def test_a_chunk_is_not_longer_than_some_records_whatever_the_file_contains(line: bytes):
    parts = read_chunks(io.BytesIO(line * (60_000 // len(line))), chunk_bytes=100)

    assert max(len(part.data) for part in parts) <= 6 * LIMIT


@pytest.mark.parametrize(
    "line",
    [
        b'"a,' + b'""b,' * (MAX_RECORD_BYTES // 4 - 3) + b'"c',
        b'"a,' + b'""b,' * (MAX_RECORD_BYTES // 4 - 3),
        b'"' * (MAX_RECORD_BYTES - 2) + b"x",
        b'"' * (MAX_RECORD_BYTES - 3) + b"x",
        b'"x",' * (MAX_RECORD_BYTES // 4),
    ],
    ids=["closed", "open", "even quotes", "odd quotes", "wide"],
)
def test_a_record_of_a_megabyte_of_quotes_is_malformed(line: bytes):
    found = parse_records(line + b"\n1,2,3\n", ["a", "b", "c"])

    assert found.malformed["record"].to_list() == [0]
    assert found.whole.height == 1


@pytest.mark.usefixtures("_short_records")
def test_a_quoted_field_beyond_the_limit_is_one_malformed_record():
    blank = b"\n" * LIMIT

    found = parse_records(b'1,2,"x' + blank + b'y"\n', ["a", "b", "c"])

    assert found.whole.is_empty()
    assert found.malformed["fault"].to_list() == [f"the record is longer than {LIMIT} bytes"]


@pytest.mark.usefixtures("_short_records")
def test_only_the_beginning_of_an_endless_line_is_kept():
    found = parse_records("é".encode() * LIMIT * 50 + b"\n1,2,3\n" + b"x" * LIMIT * 50, ["a", "b", "c"])

    assert found.whole.height == 1
    assert found.malformed["fault"].to_list() == [f"the record is longer than {LIMIT} bytes"] * 2
    assert found.malformed["line"].str.len_bytes().max() < LIMIT + 10


@pytest.mark.parametrize("extra", [3, 4, 5, 6, 7, 8, 9, 10, 11])
@pytest.mark.parametrize("end", [b"", b"\r"])
@pytest.mark.usefixtures("_short_records")
def test_a_record_that_is_just_too_long_is_reported(extra: int, end: bytes):
    text = "é" * ((LIMIT + extra) // 2)

    found = parse_records(text.encode() + end + b"\n", ["a", "b", "c"])

    too_long = len(text.encode()) > LIMIT
    assert ("is longer" in found.malformed["fault"][0]) == too_long


def test_a_file_of_quoted_records_of_several_lines_is_cut_after_whole_records(tmp_path: Path):
    row = raw_row(1, artist_name='two\nlines, "quoted"')
    quoted = ",".join('"' + field.replace('"', '""') + '"' for field in row.values()).encode() + b"\r\n"

    staged = attempt(FIRST_LINE + quoted * 60, tmp_path, max_record_bytes=LIMIT)

    assert staged.sales.height == 60
    assert staged.rejected.is_empty()


def test_a_header_beyond_the_limit_is_one_clear_error():
    names = [*HEADER, *(f"column {number}" for number in range(100_000))]

    with pytest.raises(PlatformError, match="longer than 65536 bytes"):
        read_header(io.BytesIO(csv_bytes([], header=names)), "sales.csv")


def test_work_for_a_record_of_thousands_of_columns_grows_with_its_length():
    names = [*HEADER, *(f"column {number}" for number in range(5_000))]
    line = b",".join(b"%d" % place for place in range(len(names))) + b"\n"

    found = parse_records(line * 20, names)

    assert found.whole.height == 20
    assert found.whole["column 4999"].unique().to_list() == [str(len(names) - 1)]


@pytest.mark.parametrize("line", [b"\n", b"a\n", b"\xff\n", b'"\n', b'"a\nb\n\n'])
def test_a_chunk_of_very_short_lines_has_a_limited_number_of_them(line: bytes, monkeypatch: pytest.MonkeyPatch):
    most = 1_000
    monkeypatch.setattr(chunks, "MAX_CHUNK_LINES", most)
    content = line * 20_000

    found = [chunk.data for chunk in chunks.read_chunks(io.BytesIO(content))]

    assert b"".join(found) == content
    assert max(chunk.count(b"\n") for chunk in found) <= most


def test_lines_without_quotes_are_not_checked_one_by_one(monkeypatch: pytest.MonkeyPatch):
    looked_at: list[str] = []
    describe = records._describe

    def counted(line: str, quotes: int, width: int, delimiter: str) -> str:
        looked_at.append(line)
        return describe(line, quotes, width, delimiter)

    monkeypatch.setattr(records, "_describe", counted)

    found = parse_records(b"a\n" * 5_000 + b'1,2\nx,"y\nz"\n1,2\nx,y"z\n' + b"\xff\n" * 5_000, ["a", "b"])

    assert found.malformed.height == 10_001
    assert sorted(found.whole["b"]) == ["2", "2", "y\nz"]
    assert looked_at == ['x,y"z']
