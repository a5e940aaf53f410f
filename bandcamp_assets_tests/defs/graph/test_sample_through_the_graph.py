"""The synthetic sales come out of the layers as they were planted: every fault counted, to the cent."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bandcamp_assets.lake.cleaning import clean_day, scan_staged
from bandcamp_assets.lake.layout import staged_file
from bandcamp_assets.lake.staging import stage_file
from bandcamp_assets.sources.sample import ExpectedCounts, ExpectedDay, write_sample
from bandcamp_assets_tests.homes import SampleHome


@pytest.mark.parametrize("rows", [1_000, 60_000])
def test_every_planted_fault_is_counted_exactly_and_every_day_to_the_cent(tmp_path: Path, rows: int):
    expected = write_sample(tmp_path / "sample.csv", rows=rows)
    (tmp_path / "scratch").mkdir()

    with (tmp_path / "sample.csv").open("rb") as stream:
        staged = stage_file(
            stream,
            file_id="f00d",
            arrived_at=datetime.now(UTC),
            lake=tmp_path / "lake",
            scratch=tmp_path / "scratch",
            where="sample.csv",
        )

    assert staged.raw_rows == rows
    assert staged.rejected == {reason.value: count for reason, count in sorted(expected.rejected.items()) if count}
    assert [day.sale_date for day in staged.days] == sorted(expected.days)
    for day in staged.days:
        cleaned = clean_day(scan_staged([staged_file(tmp_path / "lake", day.sale_date, "f00d")]))
        paid = cleaned.sales["amount_paid_usd"]
        found = ExpectedDay(cleaned.sales.height, cleaned.duplicates.height, paid.sum(), paid.null_count())
        assert found == expected.days[day.sale_date]


@pytest.mark.xdist_group("sample")
def test_the_default_run_makes_a_sample_and_accounts_for_every_row(sample_home: SampleHome):
    home = sample_home.home

    (file,) = home.deployment.catalog.raw_files()
    expected = ExpectedCounts.from_json(
        (home.root / "landing" / file.stored_as).with_suffix(".truth.json").read_text()
    )
    ledger = home.ledger()
    assert ledger.holds
    assert ledger.raw_rows == sample_home.rows
    assert ledger.total("fct_sales").rows == expected.sales
    assert ledger.total("duplicates").rows == expected.duplicates
    assert ledger.rejected == {reason.value: count for reason, count in expected.rejected.items() if count}
    paid = sum((day.amount_paid_usd for day in expected.days.values()), Decimal(0))
    assert ledger.total("fct_sales").amount_paid_usd == paid
    assert f"{paid:,.2f} USD" in sample_home.printed
