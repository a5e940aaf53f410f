"""Single rows are written as in the archive."""

from __future__ import annotations

import re

import pytest

from bandcamp_assets.contract.sale import SOURCE_COLUMNS
from bandcamp_assets_tests.sources.sample.conftest import Sample, fields_of

pytestmark = pytest.mark.xdist_group("samples")

SCRIPTS = {
    "Cyrillic": r"[\u0400-\u04ff]",
    "Hebrew": r"[\u0590-\u05ff]",
    "Japanese": r"[\u3040-\u30ff\u4e00-\u9fff]",
    "combining accents": r"[\u0300-\u036f]",
    "emoji": r"[\u2728\U0001f300-\U0001faff]",
    "doubled quotes": r'"',
    "commas": r",",
}


def test_the_header_is_that_of_the_archive(sample: Sample) -> None:
    with sample.path.open() as file:
        header = file.readline().rstrip("\n")

    assert header == "," + ",".join(SOURCE_COLUMNS)


def test_id_is_the_rounded_time_and_the_address(sample: Sample) -> None:
    for record in sample.split[0]:
        fields = fields_of(record)
        assert fields["_id"] == f"{round(float(fields['utc_date']), 5)}&{fields['url']}"


def test_some_times_have_more_digits_than_their_id(large_sample: Sample) -> None:
    longer = [
        fields
        for fields in map(fields_of, large_sample.split[0])
        if not fields["_id"].startswith(f"{fields['utc_date']}&")
    ]

    assert 0.05 < len(longer) / large_sample.expected.sales < 0.15


def test_prices_have_the_noise_of_32_bit_floats(large_sample: Sample) -> None:
    prices = {fields_of(record)["item_price"] for record in large_sample.split[0]}

    assert {"0.0", "1.0", "9.98999977111816"} <= prices
    assert "9.99" not in prices


def test_amounts_paid_are_clean(sample: Sample) -> None:
    for record in sample.split[0]:
        assert re.fullmatch(r"\d+\.\d{1,2}", fields_of(record)["amount_paid"])


def test_amounts_are_shown_with_the_sign_of_their_currency(large_sample: Sample) -> None:
    shapes = {
        "USD": r"\$[\d,]+(\.\d\d)?",
        "JPY": r"¥[\d,]+",
        "CAD": r"\$[\d,]+(\.\d\d)? CAD",
        "SEK": r"[\d,]+(\.\d\d)? SEK",
    }
    seen = set()
    for record in large_sample.split[0]:
        fields = fields_of(record)
        if fields["currency"] in shapes:
            seen.add(fields["currency"])
            assert re.fullmatch(shapes[fields["currency"]], fields["amount_paid_fmt"])
    assert seen == set(shapes)


def test_a_payment_for_several_shows_the_price_of_one(large_sample: Sample) -> None:
    several = [
        fields
        for fields in map(fields_of, large_sample.split[0])
        if fields["addl_count"] and fields["currency"] == "USD"
    ]

    assert several
    for fields in several:
        one = float(fields["amount_paid_fmt"].removeprefix("$").replace(",", ""))
        assert abs(one * (1 + float(fields["addl_count"])) - float(fields["amount_paid"])) < 0.005


def test_pictures_are_in_the_column_of_their_kind(sample: Sample) -> None:
    for record in sample.split[0]:
        fields = fields_of(record)
        filled, empty = ("art_id", "package_image_id")
        shape = r"https://f4\.bcbits\.com/img/a(\d{10})_7\.jpg"
        if fields["item_type"] == "p":
            filled, empty = empty, filled
            shape = r"https://f4\.bcbits\.com/img/(\d{10})_37\.jpg"
        match = re.fullmatch(shape, fields["art_url"])
        assert match
        assert fields[filled] == f"{int(match.group(1))}.0"
        assert fields[empty] == ""


def test_texts_are_of_many_scripts(large_sample: Sample) -> None:
    text = "".join(
        fields_of(record)["artist_name"] + fields_of(record)["item_description"]
        for record in large_sample.split[0]
    )

    assert [script for script, letters in SCRIPTS.items() if not re.search(letters, text)] == []
