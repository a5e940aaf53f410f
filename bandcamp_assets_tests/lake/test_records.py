"""Records are parsed by RFC 4180; a broken one does not affect its neighbours."""

from __future__ import annotations

import csv
import gzip
import io
import zlib

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bandcamp_assets.lake import lines as lines_module
from bandcamp_assets.lake import records as records_module
from bandcamp_assets.lake.quoting import count_fields, split_fields
from bandcamp_assets.lake.records import Records, parse_records

COLUMNS = ["a", "b", "c"]


def parse(text: str | bytes) -> Records:
    return parse_records(text.encode() if isinstance(text, str) else text, COLUMNS)


def whole(records: Records) -> list[tuple[str, ...]]:
    return records.whole.sort("record").select(COLUMNS).rows()


def faults(records: Records) -> list[tuple[int, str]]:
    return records.malformed.sort("record").select("record", "fault").rows()


def test_plain_and_quoted_records_give_their_fields():
    records = parse('x,y,z\n1,"two, with a comma","three ""quoted"""\n,,\n"",a,""\n')

    assert whole(records) == [
        ("x", "y", "z"),
        ("1", "two, with a comma", 'three "quoted"'),
        ("", "", ""),
        ("", "a", ""),
    ]
    assert records.malformed.is_empty()


def test_both_kinds_of_line_ends_are_read_and_the_last_may_be_missing():
    assert whole(parse("1,2,3\r\n4,5,6\n7,8,9")) == [("1", "2", "3"), ("4", "5", "6"), ("7", "8", "9")]


def test_blank_lines_are_not_records():
    records = parse("1,2,3\n\n\n4,5,6\n")

    assert records.count == 2
    assert records.whole["record"].sort().to_list() == [0, 1]


def test_a_quoted_field_may_hold_line_breaks():
    records = parse('1,"two\nlines",3\n4,"three\n\nlines, all ""in"" all",6\n7,8,9\n')

    assert whole(records) == [
        ("1", "two\nlines", "3"),
        ("4", 'three\n\nlines, all "in" all', "6"),
        ("7", "8", "9"),
    ]


def test_an_unclosed_quote_does_not_swallow_the_records_below():
    records = parse('1,2,3\n4,"open,6\n7,8,9\n10,"also open,12\n13,14,15\n')

    assert whole(records) == [("1", "2", "3"), ("7", "8", "9"), ("13", "14", "15")]
    assert faults(records) == [
        (1, "a quote is opened but not closed"),
        (3, "a quote is opened but not closed"),
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"1,2", "the record has 2 fields instead of 3"),
        (b"1,2,3,4", "the record has 4 fields instead of 3"),
        (b'1,"a"b",3', "a quote is opened but not closed"),
        (b'1,a"b"c,3', "a quote is misplaced"),
        (b'1,a"b",3', "a quote is misplaced"),
        (b'1,"b"c,3', "a quote is misplaced"),
        (b'1,"a" "b",3', "a quote is misplaced"),
        (b"1,\x00,3", "the record holds a NUL byte"),
        (b"1,\xff\xfe,3", "byte 3 of the record is not UTF-8"),
        (b"1,2\x01,", None),
    ],
)
def test_a_malformed_record_has_its_fault_and_affects_no_other(line: bytes, fault: str | None):
    records = parse(b"0,before,0\n" + line + b"\n9,after,9\n")

    assert whole(records)[0] == ("0", "before", "0")
    assert whole(records)[-1] == ("9", "after", "9")
    assert faults(records) == ([(1, fault)] if fault else [])
    assert records.count == 3


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_bytes_that_are_not_text_stay_readable(line_end: bytes):
    records = parse(b"1,\xff,3" + line_end)

    assert records.malformed["line"].to_list() == ["1,\\xff,3"]


@given(
    st.lists(
        st.tuples(*[st.text(alphabet=st.characters(exclude_characters="\x00\r", exclude_categories=["Cs"]))] * 3),
        min_size=1,
    )
)
@settings(deadline=None, max_examples=200)
def test_what_a_csv_writer_wrote_is_read_back(rows: list[tuple[str, ...]]):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)

    records = parse(text.getvalue())

    assert whole(records) == rows
    assert records.malformed.is_empty()


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ('"",\r,', ("", "\r", "")),
        ('a\r,"b",c', ("a\r", "b", "c")),
        ('"a",b,c\r\r', ("a", "b", "c\r")),
        ('"a\r",\r\r,"c"', ("a\r", "\r\r", "c")),
    ],
)
def test_a_carriage_return_at_the_end_of_a_field_is_kept(line: str, fields: tuple[str, ...]):
    records = parse(f'{line}\n"x",y,z\n')

    assert whole(records) == [fields, ("x", "y", "z")]


LINES = st.text(alphabet='",,ab é\r', max_size=12).filter(lambda line: not line.endswith("\r"))


@given(st.lists(LINES, min_size=1, max_size=8))
@example(['"",\r,'])
@settings(deadline=None)
def test_a_line_is_a_record_if_it_has_the_right_number_of_fields(lines: list[str]):
    # At most one line with an open quote: two could form one record.
    lines = [line for line in lines if line.count('"') % 2 == 0]

    records = parse("\n".join(lines))

    assert whole(records) == [tuple(split_fields(line)) for line in lines if count_fields(line.encode()) == 3]


@given(LINES)
def test_fields_are_those_of_pythons_own_reader(line: str):
    line = line.replace("\r", "")

    if line and count_fields(line.encode()):
        assert split_fields(line) == next(csv.reader([line], strict=True))


@given(st.lists(LINES, min_size=1, max_size=8))
@settings(deadline=None, max_examples=50)
def test_lines_of_many_quotes_are_checked_in_pieces_with_the_same_result(lines: list[str]):
    text = "\n".join(lines)
    expected = parse(text)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(records_module, "_MAX_QUOTES", 1)
        bit_by_bit = parse(text)

    assert (whole(bit_by_bit), faults(bit_by_bit)) == (whole(expected), faults(expected))


@pytest.mark.parametrize("most", [1, 3, 5, 100])
def test_lines_of_quotes_are_checked_some_at_a_time(monkeypatch: pytest.MonkeyPatch, most: int):
    monkeypatch.setattr(records_module, "_MAX_QUOTES", most)

    records = parse('"a","b",c\n1,"2",3\n1,"r"s,3\n"p","q"\n"""",x,y\n"a""b",c,d\n1,"2","3"\n')

    assert [fields[0] for fields in whole(records)] == ["a", "1", '"', 'a"b', "1"]
    assert faults(records) == [(2, "a quote is misplaced"), (3, "the record has 2 fields instead of 3")]


def test_lines_that_are_not_text_are_found_over_many_windows():
    good = b"1," + "é".encode() * 500 + b",3"
    lines = [b"%d,\xff,3" % number if number % 97 == 50 else good for number in range(2_000)]

    records = parse(b"\n".join(lines))

    assert whole(records) == [tuple(good.decode().split(","))] * (2_000 - 20 - 1)
    assert records.malformed.sort("record").select("record", "line").rows() == [
        (number, f"{number},\\xff,3") for number in range(50, 2_000, 97)
    ]


@pytest.mark.parametrize(
    "packed", [gzip.compress(b"1,2,3\n" * 9, mtime=0), zlib.compress(b"1,2,3\n" * 9), b"x^", b"(\xb5/\xfd"]
)
def test_bytes_that_look_compressed_are_records_like_all_others(packed: bytes):
    records = parse(packed + b"\n1,2,3\n")

    assert whole(records) == [("1", "2", "3")]
    assert records.malformed.height == len([line for line in packed.split(b"\n") if line])


def _shown(line: bytes) -> str:
    """A line as in its record: bytes that are not text, and NUL, are written as codes."""
    return line.decode(errors="backslashreplace")


@given(st.binary(max_size=300) | st.text(alphabet='",\nab\r\x00é').map(str.encode))
@settings(deadline=None, max_examples=300)
def test_any_bytes_become_records_that_together_hold_every_line(data: bytes):
    records = parse(data)

    numbers = [*records.whole["record"], *records.malformed["record"]]
    assert sorted(numbers) == list(range(records.count))
    held = pl.concat([frame.select("record", "line") for frame in (records.whole, records.malformed)])
    text = "\n".join(held.sort("record")["line"])
    lines = [line.removesuffix(b"\r") for line in data.split(b"\n")]
    assert [line for line in text.split("\n") if line] == [_shown(line) for line in lines if line]


@pytest.mark.parametrize("letter", ["x", "é", "€", "🎵"])
@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", ""])
def test_a_record_that_is_too_long_is_cut_between_letters(
    monkeypatch: pytest.MonkeyPatch, letter: str, joined: bool, line_end: str
):
    monkeypatch.setattr(lines_module, "MAX_RECORD_BYTES", 40)
    for number in range(60):
        text = ('"\n' if joined else "") + "y" * number + letter * 5 + "z" * 50 + ('"' if joined else "")

        records = parse(f"1,2,3\n{text}{line_end}")

        assert whole(records) == [("1", "2", "3")]
        ((line, fault),) = records.malformed.select("line", "fault").rows()
        assert fault == "the record is longer than 40 bytes"
        assert text.startswith(line)
        assert 40 < len(line.encode()) <= 48


@pytest.mark.parametrize("begin", ["", '"\n",'])
def test_a_record_that_is_a_little_too_long_is_shown_whole(monkeypatch: pytest.MonkeyPatch, begin: str):
    monkeypatch.setattr(lines_module, "MAX_RECORD_BYTES", 40)
    texts = [begin + "x" * (length - len(begin) - 2) + "é" for length in range(41, 49)]

    records = parse("\n".join(texts))

    assert records.malformed.sort("record")["line"].to_list() == texts
    assert set(records.malformed["fault"]) == {"the record is longer than 40 bytes"}


def test_a_record_of_the_greatest_length_is_not_too_long(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lines_module, "MAX_RECORD_BYTES", 40)
    texts = ["1,2," + "x" * 36, '1,2,"\n' + "x" * 33 + '"', "1,2," + "x" * 37, '1,2,"\n' + "x" * 34 + '"']

    records = parse("\r\n".join(texts))

    assert records.whole["record"].sort().to_list() == [0, 1]
    assert faults(records) == [(at, "the record is longer than 40 bytes") for at in (2, 3)]
    assert records.malformed.sort("record")["line"].to_list() == texts[2:]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("1,2;|\t", "the record has 2 fields instead of 3"),
        ('"1",2;|\t,3,4', "the record has 4 fields instead of 3"),
        ('"1,",2', "the record has 2 fields instead of 3"),
        ('1,"b"c,3', "a quote is misplaced"),
    ],
)
def test_fields_are_counted_at_the_delimiter(delimiter: str, line: str, fault: str):
    given = line.translate(str.maketrans({",": delimiter, delimiter: ","}))

    records = parse_records(f"{given}\n".encode(), COLUMNS, delimiter=delimiter)

    assert records.malformed.rows() == [(given, fault, 0)]


def test_columns_named_twice_or_like_our_own_do_no_harm():
    records = parse_records(b'1,2,3,4,5\n"6",7,8,9,10\n', ["a", "line", "a", "position", "b"])

    assert records.whole.sort("record").select("a", "b", "record").rows() == [("1", "5", 0), ("6", "10", 1)]
