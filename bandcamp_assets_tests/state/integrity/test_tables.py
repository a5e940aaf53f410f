"""An older copy of the warehouse, or one whose tables somebody changed, is found."""

from __future__ import annotations

import os
import shutil
from datetime import date

import duckdb
import pytest

from bandcamp_assets.state.catalog import Layer, Part
from bandcamp_assets.state.integrity.damage import Kind, Survey
from bandcamp_assets.state.integrity.tables import is_touched, keep_marks, note_warehouse, survey_tables
from bandcamp_assets.storage.warehouse.marks import BESIDE_THE_FACT
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.raw_files import raw_row, write_csv
from bandcamp_assets_tests.state.integrity.conftest import LayeredHome


@pytest.fixture
def marked(layered: LayeredHome) -> LayeredHome:
    """A home whose warehouse also has the fact and a mart, like those of dbt. All are marked."""
    ask(layered, "create table bandcamp.fct_sales as select * from bandcamp.sales")
    ask(layered, "create table bandcamp.a_mart as select count(*) as sales from bandcamp.sales")
    deployment = layered.deployment
    deployment.build_state().record_fact(days(layered))
    deployment.warehouse.mark_tables()
    keep_marks(deployment.catalog, deployment.warehouse, set(days(layered)))
    return layered


def days(home: LayeredHome) -> list[date]:
    return sorted(home.deployment.catalog.cleaned_days())


def ask(home: LayeredHome, sql: str) -> None:
    with duckdb.connect(home.root / "warehouse.duckdb") as connection:
        connection.execute(sql)


def look(home: LayeredHome, *, deep: bool = False) -> Survey:
    deployment = home.deployment
    return survey_tables(deployment.catalog, deployment.object_store, deployment.warehouse, deep=deep)


def test_unchanged_tables_are_not_reported(marked: LayeredHome):
    assert not look(marked).damage
    assert not look(marked, deep=True).damage


def test_an_older_copy_of_the_warehouse_is_recognized(marked: LayeredHome):
    path = marked.root / "warehouse.duckdb"
    older = shutil.copy2(path, marked.root.parent / "older.duckdb")
    marked.land(write_csv(marked.root.parent / "more.csv", [raw_row(500)]))
    marked.build()
    shutil.copy2(older, path)

    damage = look(marked).damage

    assert {(one.kind, one.day) for one in damage} == {(Kind.TABLE, days(marked)[0])}
    plan = marked.deployment.build_state().plan(survey=look(marked))
    assert days(marked)[0] in plan.days
    assert plan.reference


def test_a_removed_warehouse_is_recognized(marked: LayeredHome):
    (marked.root / "warehouse.duckdb").unlink()

    assert {one.day for one in look(marked).damage} == set(days(marked))


@pytest.mark.parametrize("table", ["sales", "fct_sales"])
def test_rows_that_somebody_changed_are_found_by_reading_them(marked: LayeredHome, table: str):
    ask(marked, f"update bandcamp.{table} set artist_name = 'Somebody else' where sale_date = '{days(marked)[1]}'")

    assert not look(marked).damage
    assert [(one.day, table in one.place) for one in look(marked, deep=True).damage] == [(days(marked)[1], True)]


@pytest.mark.parametrize("sql", ["drop table bandcamp.a_mart", "delete from bandcamp.a_mart"])
def test_an_emptied_or_dropped_mart_is_named(marked: LayeredHome, sql: str):
    ask(marked, sql)

    found = look(marked)

    assert [one.place for one in found.damage] == ["table a_mart"]
    assert not found.days


def test_a_mart_whose_rows_somebody_changed_is_found_by_reading_them(marked: LayeredHome):
    ask(marked, "update bandcamp.a_mart set sales = 7")

    assert not look(marked).damage
    assert [one.place for one in look(marked, deep=True).damage] == ["table a_mart"]


def test_a_warehouse_of_an_earlier_version_is_marked_once_and_not_rebuilt(marked: LayeredHome):
    ask(marked, "drop schema bandcamp_state cascade")
    catalog = marked.deployment.catalog
    catalog.record_built(Part.MARKS, "")
    assert not look(marked).damage

    keep_marks(catalog, marked.deployment.warehouse, set(days(marked)))

    assert catalog.built_from(Part.MARKS)
    assert not look(marked, deep=True).damage
    marks = marked.deployment.warehouse.marks()
    assert marks
    assert dict(marks.content["sales"]) == catalog.content(Layer.WAREHOUSE)


def test_a_change_by_another_program_is_found_by_a_usual_survey(marked: LayeredHome):
    assert not marked.survey().damage
    ask(marked, f"update bandcamp.sales set artist_name = 'Somebody else' where sale_date = '{days(marked)[0]}'")

    assert [one.day for one in marked.survey().damage] == [days(marked)[0]]


def test_damage_in_a_part_of_the_warehouse_that_counting_does_not_read_is_reported(marked: LayeredHome):
    assert not marked.survey().damage
    path = marked.root / "warehouse.duckdb"
    body = bytearray(path.read_bytes())
    for place in range(3 * 4096 + 100, len(body), 1000):
        body[place] ^= 1
    path.write_bytes(body)

    with pytest.raises(PlatformError, match="cannot be read"):
        marked.survey()


def test_marks_of_another_version_of_duckdb_are_compared_by_the_number_of_rows(marked: LayeredHome):
    ask(marked, "update bandcamp_state.tables set duckdb = 'v0.1'")
    ask(marked, "update bandcamp_state.days set duckdb = 'v0.1'")
    for table in ("sales", "fct_sales"):
        ask(marked, f"update bandcamp.{table} set artist_name = 'Somebody else'")
    ask(marked, "update bandcamp.a_mart set sales = 7")

    marks = marked.deployment.warehouse.marks(deep=True)
    ask(marked, "insert into bandcamp.a_mart values (8)")

    assert marks
    assert (marks.changed_tables, marks.changed_days) == ([], {"fct_sales": set()})
    assert [one.place for one in look(marked).damage] == ["table a_mart"]


def test_all_tables_without_days_are_marked_by_their_names(marked: LayeredHome):
    ask(marked, "create table bandcamp.b_mart as select 1 as one where false")
    ask(marked, 'create table bandcamp."no name of ours" as select 1 as one')
    ask(marked, "create table main.of_somebody_else as select 1 as one")
    marked.deployment.warehouse.mark_tables()
    for table in ("b_mart", "a_mart", '"no name of ours"'):
        ask(marked, f"insert into bandcamp.{table} select 2")

    assert marked.deployment.warehouse.marks().changed_tables == ["a_mart", "b_mart"]
    ask(marked, "drop table bandcamp.a_mart")
    assert marked.deployment.warehouse.marks().changed_tables == ["a_mart", "b_mart"]
    marked.deployment.warehouse.mark_tables()
    assert marked.deployment.warehouse.marks(deep=True).changed_tables == []


def test_the_marks_of_some_days_leave_those_of_others_and_of_other_tables(marked: LayeredHome):
    warehouse = marked.deployment.warehouse
    first, second = days(marked)
    before = warehouse.marks().content

    warehouse.mark_days("sales", {first: "other"})
    warehouse.mark_days("sales", {})

    after = warehouse.marks().content
    assert after["sales"] == {first: "other", second: before["sales"][second]}
    assert after["fct_sales"] == before["fct_sales"]


def test_a_day_of_the_fact_that_was_marked_empty_is_reported_if_it_has_rows(marked: LayeredHome):
    warehouse = marked.deployment.warehouse
    first, second = days(marked)
    ask(marked, "create table kept as select * from bandcamp.fct_sales; delete from bandcamp.fct_sales")
    warehouse.mark_days("fct_sales", {first: "made", second: "made"})
    right = warehouse.marks(deep=True).changed_days
    ask(marked, f"insert into bandcamp.fct_sales select * from kept where sale_date = '{second}'")

    assert right == {"fct_sales": set()}
    assert warehouse.marks(deep=True).changed_days == {"fct_sales": {second}}
    assert warehouse.marks().changed_days == {}


@pytest.mark.parametrize("table", BESIDE_THE_FACT)
def test_days_of_a_table_beside_the_fact_are_found_changed_and_built_again(marked: LayeredHome, table: str):
    counted = "select sale_date, count(*) as sales from bandcamp.sales group by 1"
    ask(marked, f"create table bandcamp.{table} as {counted}")
    first, second = days(marked)
    marked.deployment.warehouse.mark_days("fct_sales", marked.deployment.warehouse.marks().content["fct_sales"])
    right = look(marked, deep=True).damage

    ask(marked, f"update bandcamp.{table} set sales = sales + 1 where sale_date = '{second}'")
    changed = look(marked, deep=True)

    assert not right
    assert [(one.place, one.day) for one in changed.damage] == [(f"table {table}, {second}", second)]
    assert second in marked.deployment.build_state().plan(survey=changed).days
    ask(marked, f"drop table bandcamp.{table}")
    assert set(marked.deployment.warehouse.marks().changed_days[table]) == {first, second}


def test_a_warehouse_without_a_fact_has_marks_of_its_sales(layered: LayeredHome):
    marks = layered.deployment.warehouse.marks(deep=True)

    assert marks.content == {"sales": layered.deployment.catalog.content(Layer.WAREHOUSE), "fct_sales": {}}
    assert marks.changed_days == {}


def test_a_warehouse_without_marks_says_nothing_of_itself(layered: LayeredHome):
    ask(layered, "drop schema bandcamp_state cascade")

    assert layered.deployment.warehouse.marks() is None


def test_every_day_of_both_tables_is_looked_at_and_named_in_order_before_the_marts(marked: LayeredHome):
    assert look(marked).looked_at == 4
    (marked.root / "warehouse.duckdb").unlink()
    ask(marked, "create schema bandcamp_state")
    ask(marked, "create table bandcamp_state.days (relation text, sale_date date, content text)")
    ask(marked, "create table bandcamp_state.tables (relation text, row_count bigint, checksum text, duckdb text)")
    ask(marked, "insert into bandcamp_state.tables values ('a_mart', 1, '', '')")

    damage = look(marked).damage

    first, second = days(marked)
    assert [(one.place, one.day) for one in damage] == [
        (f"table fct_sales, {first}", first),
        (f"table fct_sales, {second}", second),
        (f"table sales, {first}", first),
        (f"table sales, {second}", second),
        ("table a_mart", None),
    ]
    for one in damage:
        assert one.how == "is not as it was built: it was changed, or comes from another copy of the warehouse"
        assert one.remedy == "run `bandcamp run`: it is rebuilt from the objects"


def test_only_days_on_which_all_layers_agree_are_marked_in_a_warehouse_of_an_earlier_version(marked: LayeredHome):
    catalog, warehouse = marked.deployment.catalog, marked.deployment.warehouse
    first, second = days(marked)
    ask(marked, "delete from bandcamp_state.days")
    warehouse.mark_days("sales", {first: "marked already"})
    catalog.record_built(Part.MARKS, "")

    keep_marks(catalog, warehouse, {first})
    kept = warehouse.marks().content
    keep_marks(catalog, warehouse, {first, second})

    assert kept == {"sales": {first: "marked already"}, "fct_sales": {first: catalog.content(Layer.FACT)[first]}}
    assert warehouse.marks().content == kept, "it is done once"


def test_a_warehouse_that_keeps_no_marks_is_given_none(marked: LayeredHome):
    class Other:
        keeps_marks = False

    catalog = marked.deployment.catalog
    catalog.record_built(Part.MARKS, "")

    keep_marks(catalog, Other(), set(days(marked)))

    assert not catalog.built_from(Part.MARKS)


def test_a_day_whose_object_is_wrong_does_not_incriminate_the_table(marked: LayeredHome):
    first, second = days(marked)
    ask(marked, "update bandcamp.sales set artist_name = 'Somebody else'")
    deployment = marked.deployment
    for path in (marked.root / "objects" / "sales").rglob(f"sale_date={first}/*"):
        path.write_bytes(b"no Parquet")

    assert [one.day for one in look(marked, deep=True).damage if "sales," in one.place] == [second]
    deployment.catalog.record_content(Layer.OBJECTS, {second: "another"})
    assert not look(marked, deep=True).damage


def test_a_warehouse_is_touched_if_its_size_or_time_changed_since_it_was_right(marked: LayeredHome):
    home, catalog = marked.deployment.settings.home, marked.deployment.catalog
    before = is_touched(home, catalog)
    note_warehouse(home, catalog)
    noted = is_touched(home, catalog)
    os.utime(home.warehouse, ns=(1, 1))
    touched = is_touched(home, catalog)
    home.warehouse.unlink()
    note_warehouse(home, catalog)

    assert (before, noted, touched) == (True, False, True)
    assert not is_touched(home, catalog), "there is nothing to look at"
