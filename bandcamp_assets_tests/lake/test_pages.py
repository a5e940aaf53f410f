"""JSON lines and JSON lists become records in parts; a line that cannot be read is one record with its fault."""

from __future__ import annotations

import io
import json

import pytest

from bandcamp_assets.lake import pages
from bandcamp_assets.lake.pages import item_parts, line_parts
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


@pytest.mark.parametrize("length", [1001, 1002, 2002, 2003, 5000])
@pytest.mark.parametrize("line_end", [b"\n", b""])
def test_a_line_that_is_too_long_is_one_record_of_which_only_the_beginning_is_kept(
    monkeypatch: pytest.MonkeyPatch, length: int, line_end: bytes
):
    monkeypatch.setattr(pages, "MAX_RECORD_BYTES", 1000)
    behind = line("//b") + b"\n" if line_end else b""

    records = of_lines(b"x" * length + line_end + behind)

    assert faults(records) == [(0, "x" * 1001, "the line is longer than 1000 bytes")]
    assert records.whole["url"].to_list() == (["//b"] if line_end else [])


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
