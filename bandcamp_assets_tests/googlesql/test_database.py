"""The judge is judged: rows go in and come out unchanged, and what BigQuery refuses is refused.

Expected values are those of BigQuery's reference.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from bandcamp_assets_tests.googlesql.database import GoogleSql
from bandcamp_assets_tests.googlesql.engine import RefusedSql

SALES = "a-project.bandcamp.sales"
ROWS = pl.DataFrame(
    {
        "text": ["Björk 🎸", "", None],
        "whole": [2**63 - 1, -(2**63), None],
        "real": [0.1, -1e300, None],
        "amount": [Decimal("9999999999.99"), Decimal("-0.01"), None],
        "is_so": [True, False, None],
        "day": [date(2020, 9, 9), date(1, 1, 1), None],
        "moment": [
            datetime(2020, 10, 2, 6, 59, 59, 999_990, UTC),
            datetime(1969, 12, 31, 23, 59, 59, 1, UTC),
            None,
        ],
    },
    schema_overrides={"amount": pl.Decimal(18, 2)},
)


@pytest.fixture
def sales(database: GoogleSql) -> GoogleSql:
    database.load(SALES, ROWS)
    return database


def one(database: GoogleSql, expression: str) -> object:
    """What one expression gives."""
    return database.run(f"select {expression} as it").item()


class TestRows:
    @pytest.mark.parametrize("name", ["`a-project`.`bandcamp`.`sales`", f"`{SALES}`"])
    def test_rows_come_out_as_they_went_in(self, sales: GoogleSql, name: str) -> None:
        assert sales.run(f"select * from {name}").rows() == ROWS.rows()

    def test_no_rows_are_rows(self, database: GoogleSql) -> None:
        database.load(SALES, ROWS.clear())

        made = database.run(f"select *, amount * 2 as twice from `{SALES}`")

        assert made.height == 0
        assert made.columns == [*ROWS.columns, "twice"]

    def test_a_table_is_called_by_its_own_name_in_a_query(self, sales: GoogleSql) -> None:
        made = sales.run("select sales.whole from `a-project`.`bandcamp`.`sales` where sales.is_so")

        assert made.rows() == [(2**63 - 1,)]


class TestLanguage:
    def test_numbers_are_rounded_as_in_bigquery(self, database: GoogleSql) -> None:
        assert one(database, "cast(2.5 as int64)") == 3
        assert one(database, "numeric '1' / 3") == Decimal("0.333333333")
        assert one(database, "cast(bignumeric '0.0000000005' as numeric)") == Decimal("0.000000001")
        assert one(database, "div(7, 2)") == 3

    def test_days_are_those_of_the_time_zone(self, database: GoogleSql) -> None:
        assert one(database, "date(timestamp '2020-10-02 06:59:59')") == date(2020, 10, 2)
        assert one(database, "date(timestamp '2020-10-02 06:59:59', 'America/Los_Angeles')") == date(2020, 10, 1)
        assert one(database, "date(timestamp '2020-12-04 07:59:59', 'America/Los_Angeles')") == date(2020, 12, 3)

    def test_texts_are_trimmed_and_joined_as_in_bigquery(self, database: GoogleSql) -> None:
        assert one(database, r"trim('\u00a0x\u2003', ' \u00a0\u2003')") == "x"
        assert one(database, r"normalize('Bjo\u0308rk', nfc)") == "Björk"

    @pytest.mark.parametrize(
        ("sql", "reason"),
        [
            ("select cast(1 as numeric(18, 2))", "Parameterized types are not supported"),
            (
                "create or replace table `a-project`.`bandcamp`.`t` as (select cast(1 as numeric(18, 2)) as a)",
                "Parameterized types are not supported",
            ),
            ("select cast(1 as double)", "Type not found: double"),
            ("select 1 // 2", "Syntax error"),
            ("select 'it''s'", "Syntax error"),
            (f"select * from `{SALES}` group by all", "GROUP BY ALL is not supported"),
            (f"select wholes from `{SALES}`", "Did you mean whole"),
            ("select * from `a-project`.`bandcamp`.`sale`", "Did you mean a-project.bandcamp.sales"),
            (f"select least(text, whole) from `{SALES}`", "No matching signature for function LEAST"),
            (
                "create or replace table `a-project`.`bandcamp`.`t` options (kind='x') as (select 1 as a)",
                "Unknown option",
            ),
        ],
    )
    def test_what_bigquery_refuses_is_refused(self, sales: GoogleSql, sql: str, reason: str) -> None:
        with pytest.raises(RefusedSql, match=reason):
            sales.analyse(sql)


class TestStatements:
    def test_a_table_is_made_of_a_query(self, sales: GoogleSql) -> None:
        sales.run(
            "create or replace table `a-project`.`bandcamp`.`days` (day date, sales bigint, usd decimal(18, 2))"
            " partition by day cluster by sales options (description='as (select 1)') as ("
            " with s as (select * from `a-project`.`bandcamp`.`sales`)"
            " select day, count(*) as sales, sum(amount) as usd from s where day > '2000-01-01' group by day);"
        )

        assert sales.table("a-project.bandcamp.days").rows() == [(date(2020, 9, 9), 1, Decimal("9999999999.99"))]

    def test_a_column_of_another_type_than_declared_is_refused(self, sales: GoogleSql) -> None:
        with pytest.raises(RefusedSql, match="type"):
            sales.run("create or replace table `a-project`.`bandcamp`.`t` (a date) as (select 1 as a)")

    def test_a_null_is_refused_where_the_table_allows_none(self, database: GoogleSql) -> None:
        made = "create or replace table `a`.`b`.`t` (day int64 not null, x int64) as (select {} as day, 1 as x)"
        merge = "merge into `a`.`b`.`t` as dest using (select {} as day, null as x) as source on false"
        insert = " when not matched by source then delete when not matched then insert (day, x) values (day, x)"

        with pytest.raises(RefusedSql, match="Required field day cannot be null"):
            database.run(made.format("cast(null as int64)"))
        database.run(made.format(1))
        with pytest.raises(RefusedSql, match="Required field day cannot be null"):
            database.run(merge.format("cast(null as int64)") + insert)
        database.run(merge.format(2) + insert)

        assert database.table("a.b.t").rows() == [(2, None)]

    def test_a_view_has_the_rows_of_the_moment_when_it_was_made(self, sales: GoogleSql) -> None:
        sales.run(
            "create or replace view `a-project`.`bandcamp`.`v` as select text from `a-project`.`bandcamp`.`sales`;"
        )

        sales.load(SALES, ROWS.clear())

        assert sales.table("a-project.bandcamp.v")["text"].to_list() == ROWS["text"].to_list()

    def test_a_merge_that_joins_nothing_replaces_rows(self, database: GoogleSql) -> None:
        database.load(SALES, pl.DataFrame({"day": [1, 2, None], "sales": [10, 20, 30]}))

        database.run(
            "merge into `a-project`.`bandcamp`.`sales` as dest"
            " using (select 5 as sales, 2 as day) as source on false"
            " when not matched by source and dest.day between 2 and 3 then delete"
            " when not matched then insert (`sales`, `day`) values (`sales`, `day`)"
        )

        assert database.table(SALES).rows() == [(1, 10), (None, 30), (2, 5)]

    @pytest.mark.parametrize(
        "rest",
        [
            "on dest.day = source.day when matched then delete",
            "on false when not matched then insert (day) values (day)",
            "on false when not matched by source then delete when not matched then insert (day) values (day + 1)",
        ],
    )
    def test_another_merge_is_analysed_but_cannot_be_run(self, database: GoogleSql, rest: str) -> None:
        database.load(SALES, pl.DataFrame({"day": [1]}))
        merge = f"merge into `a-project`.`bandcamp`.`sales` as dest using (select 2 as day) as source {rest}"
        database.analyse(merge)

        with pytest.raises(ValueError, match="be run here"):
            database.run(merge)
