"""The page of what queries cost is what the compiled SQL gives, and the columns that a query needs are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from bandcamp_assets_tests.infra.query_costs import (
    LEAST,
    PAGE,
    SALES_A_DAY,
    Query,
    columns_read,
    days_read,
    page,
    read_build,
)

FACT = "`p`.`d`.`fct_sales`"
SCHEMA = {"fct_sales": ["_id", "url", "country", "amount_paid", "sale_date"], "sales": ["_id", "url", "sale_date"]}


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        (f"select country, sum(amount_paid) as paid from {FACT} group by country", {"country", "amount_paid"}),
        (
            f"with s as (select * from {FACT}) select country from s where amount_paid > 1",
            {"country", "amount_paid"},
        ),
        (f"with s as (select *, length(url) as n from {FACT}) select country, n from s", {"country", "url"}),
        (f"with s as (select *, length(url) as n from {FACT}) select country from s", {"country"}),
        (f"select count(*) as n from {FACT}", set()),
    ],
)
def test_only_the_columns_that_a_query_needs_are_billed(sql: str, columns: set[str]) -> None:
    assert columns_read(sql, {}, SCHEMA) == {"fct_sales": columns}


def test_a_view_is_billed_as_the_table_behind_it() -> None:
    views = {"stg_sales": "select _id, upper(url) as url, sale_date from `p`.`d`.`sales`"}

    found = columns_read("select url from `p`.`d`.`stg_sales`", views, SCHEMA)

    assert found == {"sales": {"url"}}


@pytest.mark.parametrize(
    ("condition", "days"),
    [
        ("sale_date = date '2020-09-10'", 1),
        ("sale_date between date '2020-09-09' and date '2020-10-02'", 24),
        ("sale_date > other_date", None),
    ],
)
def test_the_days_that_a_query_names_are_counted(condition: str, days: int | None) -> None:
    assert days_read(f"select 1 from fct_sales where {condition}") == days


def test_a_query_of_some_days_is_billed_the_same_behind_any_history() -> None:
    widths = {"fct_sales": {"url": 60.0}}
    of_a_day = Query("a_test", is_daily=True, days=1, columns={"fct_sales": frozenset({"url"})})
    of_all = Query("a_mart", is_daily=False, days=None, columns={"fct_sales": frozenset({"url"})})

    assert of_a_day.billed(widths, 10**6) == of_a_day.billed(widths, 10**8) == max(LEAST, 60 * SALES_A_DAY)
    assert of_all.billed(widths, 10**8) == 60 * 10**8
    assert of_all.billed(widths, 10) == LEAST


@pytest.mark.long
def test_the_page_of_costs_is_what_the_compiled_queries_give(tmp_path: Path) -> None:
    assert PAGE.read_text() == page(read_build(tmp_path)), (
        "run `python -m bandcamp_assets_tests.infra.query_costs` and look at what changed"
    )
