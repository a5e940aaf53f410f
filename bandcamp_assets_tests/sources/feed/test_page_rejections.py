"""An item that is not a sale is a rejected row with the item as delivered. Nothing is lost, and nothing stops."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandcamp_assets.contract.sale import SOURCE_COLUMNS
from bandcamp_assets.lake import pages
from bandcamp_assets_tests.sources.feed.conftest import page_bytes
from bandcamp_assets_tests.sources.feed.items import (
    convert_items,
    convert_page,
    event,
    item,
    only_rejected,
)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"url": None}, "missing_id"),
        ({"url": ""}, "missing_id"),
        ({"utc_date": None}, "bad_timestamp"),
        ({"utc_date": "yesterday"}, "bad_timestamp"),
        ({"utc_date": float("nan")}, "bad_timestamp"),
        ({"utc_date": float("inf")}, "bad_timestamp"),
        ({"utc_date": 10**400}, "bad_timestamp"),
        ({"utc_date": 1689379200}, "bad_timestamp"),  # more than a day after it arrived
        ({"item_type": "x"}, "unknown_item_type"),
        ({"item_type": None}, "unknown_item_type"),
        ({"amount_paid": None}, "bad_amount"),
        ({"amount_paid": float("nan")}, "bad_amount"),
        ({"amount_paid": float("-inf")}, "bad_amount"),
        ({"item_price": -0.01}, "bad_amount"),
        ({"amount_paid_usd": 10**300}, "bad_amount"),
        ({"currency": "XXZ"}, "unknown_currency"),
        ({"currency": 1}, "unknown_currency"),
        ({"addl_count": "many"}, "bad_number"),
        ({"art_id": 12.5}, "bad_number"),
        ({"url": ["//a"]}, "malformed_row"),
        ({"artist_name": {"name": "nested"}}, "malformed_row"),
        ({"artist_name": True}, "malformed_row"),
        ({"amount_paid": False}, "malformed_row"),
        ({"artist_name": "\ud800"}, "malformed_row"),
        ({"artist_name": "a\0b"}, "malformed_row"),
    ],
)
def test_an_item_that_breaks_a_rule_is_rejected_with_the_item_as_delivered(
    changes: dict[str, Any], reason: str
) -> None:
    delivered = json.dumps(item(**changes))

    rejected = only_rejected(convert_page(page_bytes(events=[event(item(**changes))])))

    assert rejected["reason"] == reason
    assert rejected["raw_text"] == delivered


@pytest.mark.parametrize(
    ("wrong", "detail"),
    [
        (7, "the event is not an object"),
        (None, "the event is not an object"),
        ([], "the event is not an object"),
        ({}, "the event has no items"),
        (event(), "the event has no items"),
        (event(items=None), "the event has no items"),
        (event(items={"0": {}}), "the event has no items"),
        (event("text"), "the item is not an object"),
        (event(None), "the item is not an object"),
        (event([]), "the item is not an object"),
        (event(item(), event_type="refund"), "its event_type is 'refund'"),
        (event(item(), event_type=["sale"]), "its event_type is a list"),
    ],
)
def test_an_unknown_shape_is_one_rejected_row_and_the_rest_is_staged(wrong: object, detail: str) -> None:
    converted = convert_page(page_bytes(events=[event(item()), wrong, event(item(url="//b"))]))

    assert converted.sales["source_row"].to_list() == [1, 3]
    rejected = converted.rejected.row(0, named=True)
    assert (rejected["source_row"], rejected["reason"]) == (2, "malformed_row")
    assert detail in rejected["detail"]
    inner = wrong.get("items") if isinstance(wrong, dict) else None
    assert rejected["raw_text"] == json.dumps(inner[0] if isinstance(inner, list) and inner else wrong)


def test_an_item_with_a_field_twice_and_different_values_is_rejected() -> None:
    text = json.dumps(item())[:-1] + ', "amount_paid": 99}'
    body = b'{"events": [{"items": [' + text.encode() + b"]}]}"

    rejected = only_rejected(convert_page(body))

    assert rejected["reason"] == "malformed_row"
    assert "twice" in rejected["detail"]
    assert rejected["raw_text"] == text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"events": {}}',
        b"{}",
        b"null",
        b'{"events": [], "events": [1]}',
        b'{"events": [{"items": [{"utc_date": 1',
    ],
)
def test_a_body_that_is_not_a_page_is_one_rejected_row(body: bytes) -> None:
    rejected = only_rejected(convert_page(body))

    assert rejected["reason"] == "malformed_row"
    assert rejected["detail"].startswith("the page cannot be read: ")
    assert rejected["raw_text"] == body.decode(errors="backslashreplace")


def test_a_too_large_item_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAX_RECORD_BYTES", 1000)

    rejected = only_rejected(convert_items(item(artist_name="x" * 1000)))

    assert "longer than 1000" in rejected["detail"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(SOURCE_COLUMNS), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.lists(JSON | st.fixed_dictionaries({"items": st.lists(JSON, max_size=3)}), max_size=4))
def test_whatever_a_page_holds_every_item_is_counted(events: list[Any]) -> None:
    items = [each.get("items") if isinstance(each, dict) else None for each in events]
    expected = sum(len(each) if isinstance(each, list) and each else 1 for each in items)

    converted = convert_page(json.dumps({"events": events}).encode())

    assert converted.sales.height + converted.rejected.height == expected


@given(st.binary(max_size=200))
def test_any_bytes_are_staged_and_anything_but_a_page_is_one_rejected_row(body: bytes) -> None:
    converted = convert_page(body)

    assert (converted.sales.height, converted.rejected.height) == (0, 1)
