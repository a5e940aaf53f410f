"""What a query cost, from what an adapter reports."""

from __future__ import annotations

from bandcamp_assets.components.dbt.cost import cost_metadata

BIGQUERY = {
    "_message": "MERGE (2.0 rows, 1.0 TiB processed)",
    "bytes_processed": 2**40,
    "bytes_billed": 2 * 2**40,
    "slot_ms": 12_345,
    "job_id": "a-job",
    "project_id": "a-project",
    "location": "EU",
}


def _values(*arguments: object, **options: object) -> dict[str, object]:
    return {key: value.value for key, value in cost_metadata(*arguments, **options).items()}  # type: ignore[arg-type]


def test_bytes_time_price_and_job_are_shown() -> None:
    shown = _values(BIGQUERY, usd_per_tib=5.0)

    assert shown == {
        "bytes_processed": 2**40,
        "bytes_billed": 2 * 2**40,
        "estimated_cost_usd": 10.0,
        "slot_seconds": 12.345,
        "job_id": "a-job",
        "job": "https://console.cloud.google.com/bigquery?project=a-project&j=bq:EU:a-job&page=queryresults",
    }


def test_the_job_of_an_emulator_has_no_page() -> None:
    assert "job" not in _values(BIGQUERY, with_link=False)


def test_a_warehouse_that_reports_no_cost_shows_none() -> None:
    assert _values({"_message": "OK"}) == {}


def test_nothing_billed_is_shown_as_nothing() -> None:
    assert _values({"bytes_billed": 0, "bytes_processed": 0}) == {
        "bytes_processed": 0,
        "bytes_billed": 0,
        "estimated_cost_usd": 0.0,
    }
