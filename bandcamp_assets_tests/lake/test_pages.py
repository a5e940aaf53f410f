"""JSON lines and JSON lists become records in parts; a line that cannot be read is one record with its fault."""

from __future__ import annotations

import io
import json

import pytest

from bandcamp_assets.lake import pages
from bandcamp_assets.lake.pages import item_parts, line_parts, parse_pages
from bandcamp_assets.lake.records import Records
from bandcamp_assets.sources.feed.json_text import JsonFault
from bandcamp_assets_tests.sources.feed.conftest import page_bytes
from bandcamp_assets_tests.sources.feed.items import event, item


def of_lines(content: bytes) -> Records:
    """The records of JSON lines that are one part."""
    (part,) = line_parts(io.BytesIO(content))
    return part()


def line(url: str) -> bytes:
    return json.dumps(item(url=url)).encode()


def faults(records: Records) -> list[tuple[int, str, str]]:
    return records.malformed.select("record", "line", "fault").rows()


def test_a_line_may_be_an_item_an_event_or_a_page():
    event_line = json.dumps(event(item(url="//b"), item(url="//c"))).encode()
    page = page_bytes(events=[event(item(url="//d"))])

    records = of_lines(b"\n".join([line("//a"), event_line, page, line("//e")]))

    assert records.whole["url"].to_list() == ["//a", "//b", "//c", "//d", "//e"]
    assert records.whole["record"].to_list() == [0, 1, 2, 3, 4]
    assert records.whole["line"].to_list()[0] == line("//a").decode()
    assert records.malformed.is_empty()


def test_blank_lines_byte_order_marks_and_line_ends_are_not_part_of_a_record():
    content = b"\xef\xbb\xbf" + line("//a") + b"\r\n \t\r\n\n\xef\xbb\xbf\n \t" + line("//b") + b" \r\n"

    records = of_lines(content)

    assert records.whole["line"].to_list() == [line("//a").decode(), line("//b").decode()]
    assert records.malformed.is_empty()


@pytest.mark.parametrize(
    ("wrong", "shown", "fault"),
    [
        (b'{"a": "\xff"}\r\n', '{"a": "\\xff"}', "byte 8 of the line is not UTF-8"),
        (b'{"a"\r\n', '{"a"', "the line cannot be read: it is not JSON (character 5: Expecting ':' delimiter)"),
        (b"\xffX\r\n", "\\xffX", "byte 1 of the line is not UTF-8"),
        (b"\xff \n", "\\xff ", "byte 1 of the line is not UTF-8"),
        (b"X\n", "X", "the line cannot be read: it is not JSON (character 1: Expecting value)"),
        (
            "\u00a07\n".encode(),
            "\u00a07",
            "the line cannot be read: it is not JSON (character 1: Expecting value)",
        ),
        (b"7\n", "7", "the item is not an object"),
        (
            b'{"events": 7}\n',
            '{"events": 7}',
            "the page cannot be read: it has no list of events",
        ),
        (
            b'{"items": [], "event_type": "sale"}\n',
            '{"items": [], "event_type": "sale"}',
            "the event has no items",
        ),
    ],
)
def test_a_line_that_cannot_be_read_is_one_record_and_affects_no_other(wrong: bytes, shown: str, fault: str):
    records = of_lines(line("//a") + b"\n" + wrong + line("//b") + b"\n")

    assert records.whole.select("record", "url").rows() == [(0, "//a"), (2, "//b")]
    assert faults(records) == [(1, shown, fault)]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"url": ["//a"]}, "url is a list, not a text or a number"),
        ({"artist_name": {"name": "nested"}}, "artist_name is an object, not a text or a number"),
        ({"artist_name": True}, "artist_name is true, not a text or a number"),
        ({"amount_paid": False}, "amount_paid is false, not a text or a number"),
        ({"artist_name": "\ud800"}, "artist_name contains half a character (a lone surrogate)"),
        ({"artist_name": "a\0b"}, "artist_name contains a NUL character"),
    ],
)
def test_a_value_that_is_not_a_text_or_a_number_is_described(changes: dict[str, object], fault: str):
    given = json.dumps(item(**changes))

    assert faults(of_lines(given.encode())) == [(0, given, fault)]


@pytest.mark.parametrize(
    ("event_type", "shown"),
    [
        ("x" * 39 + "yz", "'" + "x" * 39 + "y'"),
        ("a\0\ud800\\", "'a\\0\\ud800\\'"),
        (True, "true"),
        ({"a": 1}, "an object"),
        (["sale"], "a list"),
    ],
)
def test_the_type_of_an_event_that_is_not_a_sale_is_described(event_type: object, shown: str):
    records = of_lines(json.dumps(event(item(), event_type=event_type)).encode())

    assert faults(records) == [(0, json.dumps(item()), f"the event is not a sale: its event_type is {shown}")]


@pytest.mark.parametrize(
    ("wrong", "record", "fault"),
    [
        (b'{"items": [{}], "items": [7]}', None, "a field occurs twice in the event, with different values"),
        (b'{"url": 1, "url": 2}', None, "a field occurs twice in the item, with different values"),
        (b'{"events": [7]}', "7", "the event is not an object"),
    ],
)
def test_an_event_or_item_without_a_clear_meaning_is_described(wrong: bytes, record: str | None, fault: str):
    assert faults(of_lines(wrong)) == [(0, record or wrong.decode(), fault)]


def test_a_body_that_is_not_a_page_is_shown_without_its_byte_order_mark():
    assert parse_pages(b"\xef\xbb\xbf<html>").malformed["line"].to_list() == ["<html>"]


def test_names_may_be_spelt_otherwise_and_an_id_is_kept():
    spelt = {name.replace("_", " ").title(): value for name, value in item().items()}
    with_id = item() | {"_id": "1689100321.60948&//a"}

    records = of_lines(b"\n".join(json.dumps(each).encode() for each in (item(), spelt, with_id)))

    first, second, third = records.whole.drop("record", "line").rows(named=True)
    assert first == second
    assert (first["_id"], third["_id"]) == (None, "1689100321.60948&//a")
    assert first == third | {"_id": None}


class Bounded(io.BytesIO):
    """A stream that gives no line in full that is longer than a record may be."""

    def readline(self, size: int | None = -1, /) -> bytes:
        assert size == 1001
        return super().readline(size)


@pytest.mark.parametrize("length", [1001, 1002, 2002, 2003, 5000])
@pytest.mark.parametrize("line_end", [b"\n", b""])
def test_a_line_that_is_too_long_is_one_record_of_which_only_the_beginning_is_kept(
    monkeypatch: pytest.MonkeyPatch, length: int, line_end: bytes
):
    monkeypatch.setattr(pages, "MAX_RECORD_BYTES", 1000)
    behind = line("//b") + b"\n" if line_end else b""

    (part,) = line_parts(Bounded(b"x" * length + line_end + behind))
    records = part()

    assert faults(records) == [(0, "x" * 1001, "the line is longer than 1000 bytes")]
    assert records.whole["url"].to_list() == (["//b"] if line_end else [])


@pytest.mark.parametrize("length", range(997, 1004))
def test_a_line_of_about_the_greatest_length_does_not_swallow_the_next(
    monkeypatch: pytest.MonkeyPatch, length: int
):
    monkeypatch.setattr(pages, "MAX_RECORD_BYTES", 1000)

    records = of_lines(b"x" * length + b"\n" + line("//b") + b"\n")

    assert records.malformed.height == 1
    assert records.whole["url"].to_list() == ["//b"]


def test_a_line_of_the_greatest_length_is_a_record(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pages, "MAX_RECORD_BYTES", len(line("//a")))

    assert of_lines(line("//a")).whole["url"].to_list() == ["//a"]


def test_lines_and_items_become_records_some_at_a_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pages, "_BATCH", 2)
    urls = ["//a", "//b", "//c", "//d", "//e"]
    lines = b"\n".join(map(line, urls))
    items = b"[" + b",".join(map(line, urls)) + b"]"

    for parts in (line_parts(io.BytesIO(lines)), item_parts(io.BytesIO(items))):
        made = [part() for part in parts]

        assert [records.whole["url"].to_list() for records in made] == [urls[:2], urls[2:4], urls[4:]]
        assert [records.whole["record"].to_list() for records in made] == [[0, 1], [0, 1], [0]]


def test_large_items_become_records_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pages, "_BATCH_CHARACTERS", 2 * len(line("//a")))
    items = b"[" + b",".join([line("//a")] * 7) + b"]"

    made = [part().count for part in item_parts(io.BytesIO(items))]

    assert made == [3, 3, 1]


def test_a_list_that_ends_early_gives_its_items_and_then_an_error():
    parts = item_parts(io.BytesIO(b"[" + line("//a")))

    with pytest.raises(JsonFault, match="it ends within the list of items"):
        list(parts)
