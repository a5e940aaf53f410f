"""A closed quoted field is one field, whatever lines it contains; an open one does not swallow other lines.

The results are compared with two other readers: Python's own in strict mode and, for broken quotes, a reader that
tries each record character by character from its beginning.
"""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bandcamp_assets.lake import chunks, lines
from bandcamp_assets.lake.chunks import read_chunks
from bandcamp_assets.lake.joining import cut_in_two, find_joined
from bandcamp_assets.lake.records import parse_records

COLUMNS = ["a", "b", "c"]
Record = tuple[str, ...] | str
"""Fields, or the text of a malformed record."""


def read(
    text: bytes, *, chunk_bytes: int, limit: int = chunks.MAX_RECORD_BYTES, delimiter: str = ","
) -> list[Record]:
    """The records of a text in their order, read in chunks."""
    with pytest.MonkeyPatch.context() as patched:
        for module in (chunks, lines):
            patched.setattr(module, "MAX_RECORD_BYTES", limit)
        found: list[Record] = []
        for chunk in read_chunks(io.BytesIO(text), chunk_bytes=chunk_bytes, delimiter=delimiter):
            parsed = parse_records(chunk.data, COLUMNS, chunk.joined, delimiter)
            of_chunk: dict[int, Record] = dict(parsed.malformed.select("record", "line").iter_rows())
            of_chunk |= {number: fields for number, *fields in parsed.whole.select("record", *COLUMNS).iter_rows()}
            assert sorted(of_chunk) == list(range(parsed.count))
            again = parse_records(chunk.data, COLUMNS, delimiter=delimiter)
            assert chunk.is_shortened or again.whole.equals(parsed.whole)
            assert chunk.is_shortened or chunk.joined == find_joined(chunk.data, None, delimiter.encode())[0]
            found += [of_chunk[number] for number in range(parsed.count)]
    return [tuple(record) if isinstance(record, list) else record for record in found]


def plainly(text: str, *, limit: int = chunks.MAX_RECORD_BYTES) -> list[Record]:
    """The same by the slow reader, which tries each record from its beginning."""
    found: list[Record] = []
    while text:
        fields, record, rest = _first_record(text)
        if fields is None:
            record, _, rest = text.partition("\n")
            record = record.removesuffix("\r")
        record = record.replace("\r\n", "\n")
        if len(record) > limit:
            found.append(record[: limit + 8].removesuffix("\r") if len(record) > limit + 8 else record)
        elif fields is not None and len(fields) == len(COLUMNS):
            found.append(tuple(field.replace("\r\n", "\n") for field in fields))
        elif record:
            found.append(record)
        text = rest
    return found


def _first_record(text: str) -> tuple[list[str] | None, str, str]:
    """The fields of the first record, its text and the text after it; None for the fields if it is broken."""
    fields, field, at = [], "", 0
    quoted = text.startswith('"')
    at = 1 if quoted else 0
    while True:
        rest = text[at:]
        ends = not rest or rest.startswith(("\n", "\r\n")) or rest == "\r"
        if quoted and rest.startswith('""'):
            field, at = field + '"', at + 2
        elif quoted and rest.startswith('"'):
            behind = text[at + 1 :]
            if behind and not behind.startswith((",", "\n", "\r\n")) and behind != "\r":
                return None, "", ""
            quoted, at = False, at + 1
        elif quoted and rest:
            field, at = field + rest[0], at + 1
        elif quoted or rest.startswith('"'):
            return None, "", ""
        elif ends:
            end = rest.removeprefix("\r")
            return [*fields, field], text[:at], end.removeprefix("\n")
        elif rest.startswith(","):
            fields, field, quoted = [*fields, field], "", text.startswith('"', at + 1)
            at += 2 if quoted else 1
        else:
            field, at = field + rest[0], at + 1


def _field(text: str, *, every: bool) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"' if every or set(text) & set('",\r\n') else text


FIELDS = st.text(alphabet='",\na\r é') | st.sampled_from(["1,2,3", "x\n1,2,3\ny", '"1","2","3"\n', '\n1,2,"3\n'])


@given(
    st.lists(st.lists(FIELDS, min_size=1, max_size=4), max_size=9),
    st.sampled_from(["\n", "\r\n", "\n\n"]),
    st.integers(1, 200),
    st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_well_quoted_text_is_read_as_by_pythons_strict_reader(
    rows: list[list[str]], line_end: str, chunk_bytes: int, every: bool
):
    text = "".join(",".join(_field(field, every=every) for field in row) + line_end for row in rows)
    expected = [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]

    found = read(text.encode(), chunk_bytes=chunk_bytes)

    assert len(found) == len(expected)
    for record, fields in zip(found, expected, strict=True):
        if len(fields) == len(COLUMNS):
            assert record == tuple(field.replace("\r\n", "\n") for field in fields)
        else:
            assert isinstance(record, str)


@given(st.text(alphabet='"",,\n\na\r', max_size=200), st.integers(1, 100), st.sampled_from([35, 60, 1000]))
@example('"\n,"\n', 1, 35)
@example('a,b,"' + "1,2,3\n" * 20 + '",', 1, 35)
@example('a,b,"' + "1,2,3\n" * 20 + '"\r', 5, 35)
@example('a,b,"' + "1,2,3\n" * 20 + '"x\n1,2,3', 5, 35)
@example('a,b,"' + "x" * 90 + '\n1,2,3\n",\n1,2,3', 5, 35)
@example('a,b,"' + "x" * 90 + '\n1,2,3\n","\n1,2,3', 5, 35)
@example('"\n' + "x" * 40 + '\rx",b,c\n1,2,3', 100, 35)  # cut behind the carriage return
@settings(deadline=None, max_examples=150)
def test_any_quotes_are_read_as_by_the_slow_reader(text: str, chunk_bytes: int, limit: int):
    assert read(text.encode(), chunk_bytes=chunk_bytes, limit=limit) == plainly(text, limit=limit)


EVERY_KIND = (
    '1,2,3\n"a,b",\r,c\n1,"x\n1,2,3\ny",3\n1,"b"x,3\n1,a"b",3\n1,2\n"1",2\n"1",2,3,4\n"1","2""",3\n'
    + ('a,b,"' + "1,2,3\n" * 20 + '"\r\n' + 'a,b,"' + "x" * 90 + '\n1,2,3\n"x\n')
    + '4,"open,6\n7,8,9\n1,"x\n,"y",3\n'
)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize(("chunk_bytes", "limit"), [(1, 35), (5, 60), (1000, 1000)])
def test_another_delimiter_separates_fields_as_a_comma_does(delimiter: str, chunk_bytes: int, limit: int):
    swap = str.maketrans({",": delimiter, delimiter: ","})
    expected = [
        record.translate(swap) if isinstance(record, str) else tuple(field.translate(swap) for field in record)
        for record in plainly(EVERY_KIND, limit=limit)
    ]

    text = EVERY_KIND.translate(swap).encode()

    assert read(text, chunk_bytes=chunk_bytes, limit=limit, delimiter=delimiter) == expected


@pytest.mark.parametrize(
    "inner", ["1,2,3", '"1","2","3"', '1,"2",3', "1,2,3\r", '1,2,"3', '"1,2,3', '1,"2"x,3', "\0,\0,\0"]
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_line_like_a_record_in_a_quoted_field_is_text(inner: str, place: int):
    field = f"first\n{inner}\nlast"
    fields = ["a", "b", "c"]
    fields[place] = f'"{field.replace(chr(34), chr(34) * 2)}"'

    records = parse_records(f"0,0,0\n{','.join(fields)}\n9,9,9\n".encode(), COLUMNS)

    assert records.count == 3
    if "\0" in inner:
        assert records.malformed["fault"].to_list() == ["the record holds a NUL byte"]
    else:
        row = records.whole.sort("record").row(1, named=True)
        assert row[COLUMNS[place]] == field.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        (b'1,"x\n1,2,3\ny"', "the record has 2 fields instead of 3"),
        (b'1,"x\n1,2,3\ny",3,4', "the record has 4 fields instead of 3"),
        (b'1,"x\n1,\0,3\n4,5,6\ny",3', "the record holds a NUL byte"),
        (b'1,"x\n1,\xff,3\n4,5,6\ny",3', "byte 8 of the record is not UTF-8"),
    ],
)
def test_a_malformed_record_of_several_lines_is_one_with_all_its_lines(record: bytes, fault: str):
    records = parse_records(b"0,0,0\n" + record + b"\n9,9,9\n", COLUMNS)

    assert records.whole.sort("record").select(COLUMNS).rows() == [("0",) * 3, ("9",) * 3]
    assert records.malformed.rows() == [(record.decode(errors="backslashreplace"), fault, 1)]


@pytest.mark.parametrize(
    ("behind", "sales"),
    [
        ('",3', 0),
        ('"', 0),
        ('",3,4', 0),
        ("", 3000),
        ('"x,3', 3000),
        ('a"', 0),
        ('a""', 3000),
    ],
    ids=["closed", "closed at the end", "too wide", "open", "text behind", "closed later", "not closed by two"],
)
@pytest.mark.parametrize("chunk_bytes", [100, 5_000, 10**6])
def test_a_closing_quote_is_found_however_far_away_it_is(
    behind: str, sales: int, chunk_bytes: int, tmp_path: Path
):
    text = '0,0,0\n1,2,"x\n' + "4,5,6\n" * 3000 + behind + "\n"

    found = read(text.encode(), chunk_bytes=chunk_bytes, limit=1000)

    assert found[0] == ("0", "0", "0")
    assert found.count(("4", "5", "6")) == sales
    assert isinstance(found[1], str)
    assert found == plainly(text, limit=1000)


@pytest.mark.parametrize(
    ("text", "joined", "open_at"),
    [
        (b'a,"x\ny",b\nc\n', [(0, 10)], 12),
        (b'"x\ny"\n', [(0, 6)], 6),
        (b'a,"x\ny"', [(0, 7)], 7),
        (b'\n"x\ny"\n', [(1, 7)], 7),
        (b'"a","x\ny"\n', [(0, 10)], 10),
        (b'a"b\n"x\ny"\n', [(4, 10)], 10),
        (b'"x\n1,"y",3\nz",b\n', [], 16),
        (b'"x\n"y\nz"\n', [(3, 9)], 9),
        (b'1,2\n"x\n', [], 4),
        (b'1,2\n"x', [], 4),
    ],
)
def test_records_of_several_lines_are_found_and_the_line_whose_quote_is_open(
    text: bytes, joined: list[tuple[int, int]], open_at: int
):
    assert find_joined(text, None, b",") == (joined, open_at)
    assert find_joined(text + b'"x\n', len(text), b",") == (joined, open_at)


@pytest.mark.parametrize(
    ("text", "joined", "cut"),
    [
        (b"a\nb\nc\nd\n", [], 4),
        (b"aaaaaaa\nb\nc\n", [], 8),
        (b"a\nbbbbb\nc", [], 2),
        (b"aaa\n", [], 0),
        (b"aaa", [], 0),
        (b'a\n"\n\n\n\n"\nb\n', [(2, 9)], 2),
        (b'"\n\n\n"\nb\n', [(0, 6)], 6),
        (b'"\n\n\n"\n', [(0, 6)], 0),
        (b'a\n"\n"\nbbbbb\n', [(2, 6)], 6),
        (b'aaa\nb\n"\n"\ncc\n', [(6, 10)], 6),
    ],
)
def test_a_text_is_cut_behind_a_record_near_its_middle(text: bytes, joined: list[tuple[int, int]], cut: int):
    assert cut_in_two(text, joined) == cut


def test_chunks_of_many_lines_are_cut_between_records(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chunks, "MAX_CHUNK_LINES", 3)
    text = '"\n,"\n1,2,3\n1,"x\n1,2,3\n",3\n1,"x\n1,2,3\n1,2,"y",3\n\n' * 20

    assert read(text.encode(), chunk_bytes=2**20) == plainly(text)
    for parts in (text, "1,2,3\n" * 6):
        lines_of = [chunk.data.count(b"\n") for chunk in read_chunks(io.BytesIO(parts.encode()))]
        assert max(lines_of) == 3
    assert lines_of == [3, 3]


class Bounded(io.BytesIO):
    """A stream of which only a little may be read at once."""

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert 0 < size <= 2000
        return super().read(size)


@pytest.mark.parametrize("behind", ["", '",c\n1,2,3\n', '"x\n1,2,3\n'], ids=["open", "closed", "broken"])
@pytest.mark.parametrize("line", ["1,2,3\n", "x"], ids=["lines", "one line"])
def test_little_is_read_at_once_however_long_a_record_is(monkeypatch: pytest.MonkeyPatch, line: str, behind: str):
    monkeypatch.setattr(chunks, "MAX_RECORD_BYTES", 1000)
    text = ('1,2,3\na,b,"' + line * 5000 + behind).encode()

    parts = [chunk.data for chunk in read_chunks(Bounded(text), chunk_bytes=100)]

    assert max(map(len, parts)) <= 6000
    assert sum(part.count(b"1,2,3\n") for part in parts) >= 1


def test_what_is_read_ahead_is_kept_in_the_scratch_folder_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folders, make = [], tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **given: folders.append(given["dir"]) or make(**given))
    text = b'1,2,"x\n' + b"4,5,6\n" * 10**6

    count = sum(chunk.data.count(b"\n") for chunk in read_chunks(io.BytesIO(text), tmp_path))

    assert count == 10**6 + 1
    assert folders == [tmp_path]
    assert not list(tmp_path.iterdir())
