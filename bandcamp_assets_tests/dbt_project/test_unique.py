"""The test of unique ids, which groups by hashes in DuckDB, finds what dbt's own does; that of days the rest."""

from __future__ import annotations

import duckdb
import pytest

from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.sales import NAME, sale

AGAIN = f"insert into bandcamp.sales from bandcamp.sales where {NAME} = '{{}}'"
ON_ANOTHER_DAY = (
    "insert into bandcamp.sales select * replace (date '2020-09-11' as sale_date) from bandcamp.sales"
    f" where {NAME} = 'one'"
)
NO_KEY = "update bandcamp.sales set _id = '{}' where " + f"{NAME} = 'one'"
PASSED = "None"
ONE_FOUND = "Got 1 result, configured to fail if != 0"
TWO_FOUND = "Got 2 results, configured to fail if != 0"


@pytest.mark.parametrize(
    ("changes", "days", "message"),
    [
        ([], None, PASSED),
        ([AGAIN.format("one"), AGAIN.format("one")], None, ONE_FOUND),
        ([AGAIN.format("one"), AGAIN.format("other")], None, TWO_FOUND),
        ([ON_ANOTHER_DAY], None, ONE_FOUND),
        ([ON_ANOTHER_DAY], ["2020-09-10"], PASSED),
    ],
)
def test_ids_that_come_twice_in_the_runs_days_are_counted(
    dbt: Dbt, changes: list[str], days: list[str] | None, message: str
) -> None:
    dbt.load(sale("one", "2020-09-10T12:00:00"), sale("other", "2020-09-10T12:00:01"))
    with duckdb.connect(dbt.warehouse) as connection:
        for change in changes:
            connection.execute(change)

    statuses = dbt.build("--select", "sales_id_unique", days=days)

    assert statuses == {"sales_id_unique": "pass" if message == PASSED else "fail"}
    assert dbt.messages == [message]


@pytest.mark.parametrize(
    ("change", "days", "status"),
    [
        ("select 1", None, "pass"),
        (ON_ANOTHER_DAY, ["2020-09-11"], "fail"),
        (ON_ANOTHER_DAY, ["2020-09-10"], "pass"),
        (NO_KEY.format("1599782399.99999&one"), None, "pass"),
        (NO_KEY.format("1599782400&one"), None, "fail"),
        (NO_KEY.format("one"), None, "fail"),
        (NO_KEY.format("+1599739200&one"), None, "fail"),
        (NO_KEY.format("15997392000&one"), None, "fail"),
        (NO_KEY.format("1.5997392e9&one"), None, "fail"),
    ],
)
def test_an_id_of_another_day_than_its_row_is_found(
    dbt: Dbt, change: str, days: list[str] | None, status: str
) -> None:
    dbt.load(sale("one", "2020-09-10T12:00:00"), sale("other", "2020-09-10T12:00:01"))
    with duckdb.connect(dbt.warehouse) as connection:
        connection.execute(change)

    statuses = dbt.build("--select", "sales_id_is_of_its_day", days=days)

    assert statuses == {"sales_id_is_of_its_day": status}
