"""A second reader finds in the file what the expected counts of the sample say."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets.sources.sample import ExpectedCounts
from bandcamp_assets.sources.sample.dirt import FAULTS
from bandcamp_assets_tests.sources.sample.conftest import Sample, fields_of
from bandcamp_assets_tests.sources.sample.reading import Read, broken_rules, dirt_of, usd_of

pytestmark = pytest.mark.xdist_group("samples")


def _day(record: Read) -> date:
    return datetime.fromtimestamp(float(fields_of(record)["utc_date"]), UTC).date()


def test_holds_exactly_the_rows_asked_for(sample: Sample) -> None:
    assert len(sample.records) == sample.expected.rows
    assert sample.expected.rows == sample.expected.sales + sample.expected.duplicates + sum(
        sample.expected.rejected.values()
    )


def test_rejected_rows_are_counted_by_reason(sample: Sample) -> None:
    found = Counter(sample.reasons)

    assert sample.expected.rejected == {reason: found[reason] for reason in RejectionReason}


def test_every_kind_of_fault_and_dirt_is_in_the_smallest_sample(sample: Sample) -> None:
    assert sum(sample.expected.rejected.values()) >= len(FAULTS)
    assert min(sample.expected.rejected.values()) >= 1
    assert min(sample.expected.dirt.values()) >= 1
    assert sample.expected.duplicates >= 4


def test_a_rejected_row_breaks_one_rule_only(sample: Sample) -> None:
    rejected = [
        record for record, reason in zip(sample.records, sample.reasons, strict=True) if reason and record.fields
    ]

    assert rejected
    # Without an `_id` there is no time to compare, so a missing `_id` is not a second fault.
    assert {len(broken_rules(fields_of(record))) for record in rejected} == {1}


def test_sales_duplicates_and_money_are_counted_by_day(sample: Sample) -> None:
    days = sample.expected.days
    sales, duplicates = sample.split
    by_day = Counter(map(_day, sales))
    repeated = Counter(map(_day, duplicates))
    usd: dict[date, Decimal] = dict.fromkeys(days, Decimal("0.00"))
    without: Counter[date] = Counter()
    for record in sales:
        paid = usd_of(fields_of(record))
        if paid is None:
            without[_day(record)] += 1
        else:
            usd[_day(record)] += paid

    assert {day: counts.sales for day, counts in days.items()} == {d: by_day[d] for d in usd}
    assert {day: counts.duplicates for day, counts in days.items()} == {d: repeated[d] for d in usd}
    assert {day: counts.amount_paid_usd for day, counts in days.items()} == usd
    assert {day: counts.sales_without_usd for day, counts in days.items()} == {d: without[d] for d in usd}


def test_dirt_that_stays_a_sale_is_counted(sample: Sample) -> None:
    sales, _ = sample.split
    found = Counter(name for record in sales for name in dirt_of(record))

    assert sample.expected.dirt == found


def test_a_duplicate_repeats_an_earlier_row_except_for_its_number(sample: Sample) -> None:
    sales, duplicates = sample.split
    originals = {fields_of(record)["_id"]: record.raw for record in sales}

    for record in duplicates:
        original = originals[fields_of(record)["_id"]]
        assert record.raw.partition(b",")[2] == original.partition(b",")[2]
        assert int(record.raw.partition(b",")[0]) > int(original.partition(b",")[0])


def test_duplicates_come_directly_after_and_much_later_and_twice(large_sample: Sample) -> None:
    sales, duplicates = large_sample.split
    originals = {fields_of(record)["_id"]: int(fields_of(record)[""]) for record in sales}
    distances = [int(fields_of(record)[""]) - originals[fields_of(record)["_id"]] for record in duplicates]

    assert distances.count(1) > 100
    assert sum(distance > 1_000 for distance in distances) > 50
    assert max(Counter(fields_of(record)["_id"] for record in duplicates).values()) == 2


def test_about_two_in_a_thousand_are_rejected_and_three_repeated(large_sample: Sample) -> None:
    expected = large_sample.expected

    assert 0.0018 < sum(expected.rejected.values()) / expected.rows < 0.0022
    assert 0.0027 < expected.duplicates / expected.rows < 0.0033


def test_faults_are_spread_over_the_whole_file(large_sample: Sample) -> None:
    places = [place for place, reason in enumerate(large_sample.reasons) if reason]
    tenths = Counter(place * 10 // large_sample.expected.rows for place in places)

    assert set(tenths) == set(range(10))
    assert max(tenths.values()) < 1.3 * min(tenths.values())


def test_row_numbers_count_the_records_from_zero(sample: Sample) -> None:
    numbers = [int(record.raw.partition(b",")[0]) for record in sample.records]

    assert numbers == list(range(sample.expected.rows))


def test_counts_survive_json(sample: Sample) -> None:
    assert ExpectedCounts.from_json(sample.expected.to_json()) == sample.expected
