"""A page is parsed without loss: unknown fields are tolerated, window and events are checked."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from bandcamp_assets.sources.feed.json_text import DoubledKeys, JsonFault, NumberText, elements, members, read_json
from bandcamp_assets.sources.feed.page import UnreadablePage, read_page
from bandcamp_assets.sources.feed.windows import Window
from bandcamp_assets_tests.sources.feed.conftest import page_bytes


def test_a_page_gives_its_window_its_clock_and_its_events() -> None:
    page = read_page(page_bytes(1688672400, 1688673000, [{"items": [1]}, {"items": [2]}]))

    assert page.window == Window(Decimal(1688672400), Decimal(1688673000))
    assert (page.data_delay_sec, page.server_time) == (Decimal(120), Decimal(1688673009))
    assert [event.text for event in page.events] == ['{"items": [1]}', '{"items": [2]}']


def test_the_first_page_is_taken_out_of_its_wrapper() -> None:
    bare = page_bytes(1, 2, [{}], server_time=None)

    page = read_page(b'{"server_time": 7, "feed_data": ' + bare + b"}")

    assert page.window == Window(Decimal(1), Decimal(2))
    assert page.server_time == 7
    assert len(page.events) == 1


def test_unknown_missing_or_senseless_fields_that_are_not_needed_do_not_matter() -> None:
    page = read_page(page_bytes(server_time="soon", data_delay_sec=None, a_new_field={"of": ["any", "shape"]}))

    assert (page.server_time, page.data_delay_sec, page.events) == (None, None, ())


def test_times_may_have_fractions_and_exponents() -> None:
    page = read_page(b'{"start_date": 1688672400.25, "end_date": 1.6886730e9, "events": []}')

    assert str(page.window) == "1688672400.25-1688673000"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON"),
        (b"<html></html>", "not JSON"),
        (page_bytes()[:-20], "not JSON"),
        (page_bytes() + b"{}", "there is text after"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"a":' * 100_000, "nested too deep"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"feed_data": []}', "not a JSON object"),
        (b'{"error": true}', "start_date is missing"),
        (page_bytes(start=None), "start_date is missing"),
        (page_bytes(end="1600"), "end_date is missing or not a time"),
        (page_bytes(end=True), "end_date is missing or not a time"),
        (page_bytes(start=-5), "start_date is missing or not a time"),
        (page_bytes(start=0), "start_date is missing or not a time"),
        (page_bytes(end=1e12), "end_date is missing or not a time"),
        (page_bytes(end=float("nan")), "end_date is missing or not a time"),
        (page_bytes(end=float("inf")), "end_date is missing or not a time"),
        (b'{"start_date": 1, "end_date": 1e999999999999999999999, "events": []}', "end_date"),
        (b'{"start_date": ' + b"9" * 100_000 + b', "end_date": 2, "events": []}', "start_date"),
        (page_bytes(1600, 1000), "ends before it begins"),
        (page_bytes(events={}), "no list of events"),
        (page_bytes(events=None), "no list of events"),
        (b'{"start_date": 1, "start_date": 2, "end_date": 3, "events": []}', "has a field twice"),
    ],
)
def test_a_page_without_window_or_events_is_unreadable(body: bytes, why: str) -> None:
    with pytest.raises(UnreadablePage, match=why):
        read_page(body)


def test_json_keeps_numbers_and_parts_as_they_are_written() -> None:
    part = read_json(' {"price": 9.98999977111816 , "big": 1e400, "list": [ 1.0 ,"1.0", -0, NaN ] , "t": "a\tb"} ')

    fields = members(part)

    assert {name: field.text for name, field in fields.items()} == {
        "price": "9.98999977111816",
        "big": "1e400",
        "list": '[ 1.0 ,"1.0", -0, NaN ]',
        "t": '"a\tb"',
    }
    values = [element.value for element in elements(fields["list"])]
    assert values == ["1.0", "1.0", "-0", "NaN"]
    assert [isinstance(value, NumberText) for value in values] == [True, False, True, True]


@pytest.mark.parametrize("text", ["{}", "[]", " [ ] ", "{ }"])
def test_empty_objects_and_arrays_have_no_parts(text: str) -> None:
    part = read_json(text)

    assert (members if isinstance(part.value, dict) else elements)(part) in ({}, [])


def test_keys_doubled_with_one_value_are_harmless_and_with_two_are_marked() -> None:
    assert not isinstance(read_json('{"a": 1, "a": 1}').value, DoubledKeys)
    assert isinstance(read_json('{"a": 1, "a": 2}').value, DoubledKeys)


def test_parts_are_those_that_json_itself_finds() -> None:
    value = {"a": [1, "x]},{", {"b": '"\\'}], "é\u2028": {"c": None}, "d": [[], {}, [[]]], "": "\ud800"}

    part = read_json(json.dumps(value, indent=3))

    assert {key: json.loads(field.text) for key, field in members(part).items()} == value
    assert [json.loads(element.text) for element in elements(members(part)["a"])] == value["a"]


def test_a_fault_says_where_it_is() -> None:
    with pytest.raises(JsonFault, match=r"character 9"):
        read_json('{"a": 1 x}')
