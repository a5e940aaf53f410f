"""The plan follows from what is finished, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from bandcamp_assets.contract import version
from bandcamp_assets.contract.codes import FIRST_DAY
from bandcamp_assets.contract.version import contract_version
from bandcamp_assets.lake.cleaning import inputs_fingerprint
from bandcamp_assets.lake.made import CleanedDay, StagedDay, StagedFile
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state import plan as planning
from bandcamp_assets.state.catalog import Catalog, Layer, Part
from bandcamp_assets.state.integrity.damage import Damage, Kind, Survey
from bandcamp_assets.state.ledger.ledger import LAYERS, Ledger
from bandcamp_assets.state.plan import BuildState, Plan, ledger_fingerprint, loaded_content
from bandcamp_assets.storage.warehouse import DayFigures, DuckDBWarehouse

DAY = date(2020, 9, 9)
HELD = {DAY: DayFigures(1, Decimal(1))}
COUNTED = Ledger(raw_rows=1, layers={name: {} if name == "duplicates" else HELD for name in LAYERS})

WITHOUT_WAREHOUSE = Ledger(
    raw_rows=1, layers={name: HELD if name in {"staged", "cleaned", "objects"} else {} for name in LAYERS}
)


@pytest.fixture
def state(tmp_path: Path) -> BuildState:
    """A home in which one file with one day is finished in every layer."""
    catalog = Catalog(tmp_path / "catalog.sqlite")
    stage(catalog, "aaaa", DAY)
    catalog.record_cleaned([CleanedDay(DAY, inputs_fingerprint(["aaaa"]), 1, 0, "f00d")])
    catalog.record_content(Layer.OBJECTS, {DAY: "f00d"})
    catalog.record_content(Layer.WAREHOUSE, {DAY: "f00d"})
    pages = tmp_path / "index.html", tmp_path / "docs.html"
    for page in pages:
        page.touch()
    state = BuildState(catalog, "models-1", page="page-1", pages=pages)
    state.record_reference()
    state.record_fact([DAY])
    state.record_marts()
    catalog.record_built(Part.LEDGER, ledger_fingerprint(catalog))
    state.record_dashboard(state.dashboard_fingerprint())
    state.record_docs()
    state.record_tables(state.tables_fingerprint())
    return state


@pytest.fixture
def newer_rules(state: BuildState, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A version of the platform that cleans the same raw row differently, on the home of `state`."""
    monkeypatch.setattr(version, "RULES", version.RULES + 1)
    contract_version.cache_clear()
    yield
    contract_version.cache_clear()


def stage(catalog: Catalog, file_id: str, *days: date) -> None:
    arrived_at = datetime(2020, 10, 3, tzinfo=UTC)
    catalog.add_raw_file(RawFile(file_id, "n", "s", "o", False, 1, file_id, arrived_at))
    staged = [StagedDay(day, 1, Decimal(1)) for day in days]
    catalog.record_staged(StagedFile(file_id, contract_version(), len(days), {}, staged))


def test_nothing_is_left_if_everything_is_finished(state: BuildState):
    assert state.plan(COUNTED) == Plan([], reference=False, marts=False, report=False)


@pytest.mark.parametrize("number", [0, 1])
def test_a_removed_page_leaves_the_report_to_build(state: BuildState, number: int):
    state.pages[number].unlink()

    assert state.plan(COUNTED) == Plan([], reference=False, marts=False, report=True)


def test_a_new_version_of_the_page_leaves_the_report_to_build(state: BuildState):
    newer = replace(state, page="page-2")

    assert newer.plan(COUNTED) == Plan([], reference=False, marts=False, report=True)


def test_a_new_form_of_the_shared_tables_leaves_them_to_build(state: BuildState):
    newer = replace(state, tables="2")

    assert newer.plan(COUNTED) == Plan([], reference=False, marts=False, report=True)


def test_a_new_file_leaves_only_its_days_to_build(state: BuildState):
    new = {DAY + timedelta(3): DayFigures(1, Decimal(1))}
    stage(state.catalog, "bbbb", *new)
    counted = Ledger(raw_rows=2, layers={**COUNTED.layers, "staged": HELD | new})

    assert state.plan(counted) == Plan([DAY + timedelta(3)], reference=False, marts=True, report=True)


def test_a_file_that_touches_a_finished_day_leaves_it_to_build(state: BuildState):
    stage(state.catalog, "bbbb", DAY)

    assert state.plan(COUNTED).days == [DAY]


def test_new_cleaning_rules_leave_every_day_to_build_even_if_its_files_are_the_same(
    state: BuildState, newer_rules: None
):
    assert state.plan(COUNTED).days == [DAY]


def test_a_day_is_rebuilt_if_the_order_of_its_files_changed(state: BuildState):
    stage(state.catalog, "bbbb", DAY)
    state.catalog.record_cleaned([CleanedDay(DAY, inputs_fingerprint(["bbbb", "aaaa"]), 1, 0, "f00d")])

    assert state.plan(COUNTED).days == [DAY]


@pytest.mark.parametrize("layer", [Layer.OBJECTS, Layer.WAREHOUSE, Layer.FACT])
def test_a_layer_with_other_content_leaves_the_day_to_build(state: BuildState, layer: Layer):
    state.catalog.record_content(layer, {DAY: "beef"})

    assert state.plan(COUNTED).days == [DAY]


def test_a_file_without_a_sale_leaves_the_ledger_to_build(state: BuildState):
    stage(state.catalog, "bbbb")

    assert state.plan(COUNTED) == Plan([], reference=False, marts=False, report=True)


def test_changed_models_leave_everything_of_dbt_to_build(state: BuildState):
    changed = BuildState(state.catalog, "models-2")

    assert changed.plan(COUNTED) == Plan([DAY], reference=True, marts=True, report=True)


@pytest.mark.parametrize("changed", ["models", "content"])
def test_rebuilt_days_leave_what_comes_after_them_to_build(state: BuildState, changed: str):
    if changed == "models":
        state = replace(state, models="models-2")
        state.record_reference()
    else:
        state.catalog.record_cleaned([CleanedDay(DAY, inputs_fingerprint(["aaaa"]), 1, 0, "beef")])
        for layer in (Layer.OBJECTS, Layer.WAREHOUSE):
            state.catalog.record_content(layer, {DAY: "beef"})
    before = (ledger_fingerprint(state.catalog), state.catalog.built_from(Part.MARTS))
    state.record_fact([DAY])

    assert state.plan(COUNTED) == Plan([], reference=False, marts=True, report=True)
    assert ledger_fingerprint(state.catalog) != before[0]
    state.record_marts()
    assert state.catalog.built_from(Part.MARTS) != before[1]


def test_the_dashboard_and_the_ledger_depend_on_all_their_inputs(
    state: BuildState, monkeypatch: pytest.MonkeyPatch
):
    before = state.dashboard_fingerprint()
    by_models = replace(state, models="models-2").dashboard_fingerprint()
    by_page = replace(state, page="page-2").dashboard_fingerprint()
    stage(state.catalog, "bbbb")
    by_files = state.dashboard_fingerprint()
    monkeypatch.setattr(planning, "LEDGER_COLUMNS", "another meaning")
    by_columns = state.dashboard_fingerprint()

    assert len({before, by_models, by_page, by_files, by_columns}) == 5


def test_changed_models_leave_the_marts_to_build_even_without_days(state: BuildState):
    """Without days, only the fingerprint of the models shows the change."""
    state.catalog.forget_content(Layer.FACT, [DAY])
    state.record_marts()
    before = state.catalog.built_from(Part.MARTS)

    replace(state, models="models-2").record_marts()

    assert state.catalog.built_from(Part.MARTS) != before


def test_a_day_of_the_fact_names_the_sales_it_was_made_from(state: BuildState):
    made_from = state.catalog.content(Layer.FACT)[DAY]

    assert loaded_content(made_from) == state.catalog.content(Layer.WAREHOUSE)[DAY] == "f00d"


def test_data_that_somebody_removed_is_found_by_counting(state: BuildState):
    assert state.plan(WITHOUT_WAREHOUSE) == Plan([DAY], reference=True, marts=True, report=True)


def test_a_day_that_somebody_changed_in_one_table_is_left_to_build_with_all_that_may_be_lost(state: BuildState):
    changed = Ledger(raw_rows=1, layers={**COUNTED.layers, "fct_sales": {DAY: DayFigures(2, Decimal(1))}})

    assert state.plan(changed) == Plan([DAY], reference=True, marts=True, report=True)


@pytest.mark.parametrize(
    ("kind", "day", "left"),
    [
        (Kind.CLEANED, DAY, Plan([DAY], reference=False, marts=True, report=True)),
        (Kind.OBJECT, DAY, Plan([DAY], reference=False, marts=True, report=True)),
        (Kind.TABLE, DAY, Plan([DAY], reference=True, marts=True, report=True)),
        (Kind.TABLE, None, Plan([], reference=True, marts=True, report=True)),
        (Kind.REPORT, None, Plan([], reference=False, marts=False, report=True)),
        (Kind.RAW, None, Plan([], reference=False, marts=False, report=False)),
    ],
)
def test_what_a_survey_found_wrong_is_left_to_build(state: BuildState, kind: Kind, day: date | None, left: Plan):
    survey = Survey(1, (Damage(kind, "place", "is gone", "remedy", day=day),))

    assert state.plan(COUNTED, survey) == left


@pytest.mark.parametrize("part", [part for part in Part if part not in (Part.MARKS, Part.ARCHIVE)])
def test_each_part_built_from_other_inputs_is_left_to_build(state: BuildState, part: Part):
    state.catalog.record_built(part, "of something else")

    left = Plan([], reference=part is Part.REFERENCE, marts=part is Part.MARTS, report=part is not Part.REFERENCE)
    assert state.plan(COUNTED) == left


def test_the_warehouse_records_what_was_built_in_it(state: BuildState, tmp_path: Path):
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    recording = replace(state, warehouse=warehouse)
    with duckdb.connect(warehouse.path) as connection:
        connection.execute("create schema bandcamp; create table bandcamp.a_mart as select 1 as one")

    recording.record_fact([DAY, DAY + timedelta(1)])
    recording.mark_tables()
    with duckdb.connect(warehouse.path) as connection:
        connection.execute("delete from bandcamp.a_mart")

    marks = warehouse.marks()
    assert marks
    assert marks.content == {"sales": {}, "fct_sales": state.catalog.content(Layer.FACT)}
    assert marks.changed_tables == ["a_mart"]


def test_a_removed_warehouse_is_found_even_if_a_new_file_touches_all_its_days(state: BuildState):
    stage(state.catalog, "bbbb", DAY)

    assert state.plan(WITHOUT_WAREHOUSE) == Plan([DAY], reference=True, marts=True, report=True)


def test_what_was_begun_is_left_until_it_is_built_even_if_the_days_are_right_again(state: BuildState):
    state.begin(state.plan(WITHOUT_WAREHOUSE))

    assert state.plan(COUNTED) == Plan([], reference=True, marts=True, report=True)


def test_if_no_file_has_a_sale_a_day_without_sales_creates_the_tables_once(tmp_path: Path):
    catalog = Catalog(tmp_path / "catalog.sqlite")
    state = BuildState(catalog, "models-1")
    stage(catalog, "aaaa")

    begun = state.plan()
    catalog.record_cleaned([CleanedDay(FIRST_DAY, inputs_fingerprint([]), 0, 0, "")])
    for layer in (Layer.OBJECTS, Layer.WAREHOUSE):
        catalog.record_content(layer, {FIRST_DAY: ""})
    state.record_fact([FIRST_DAY])
    nothing = Ledger(raw_rows=0, layers={name: {} for name in LAYERS})

    assert begun.days == [FIRST_DAY]
    assert state.plan().days == state.plan(nothing).days == []
    assert state.plan(replace(nothing, has_fact=False)) == Plan(
        [FIRST_DAY], reference=True, marts=True, report=True
    )


def test_the_first_file_leaves_only_its_days_to_build(tmp_path: Path):
    catalog = Catalog(tmp_path / "catalog.sqlite")
    stage(catalog, "aaaa", DAY + timedelta(3))

    assert BuildState(catalog, "models-1").plan() == Plan(
        [DAY + timedelta(3)], reference=True, marts=True, report=True
    )


def test_the_fingerprint_of_a_plan_covers_all_its_inputs(state: BuildState):
    stage(state.catalog, "bbbb", DAY)
    of_files, again = state.plan().made_from, state.plan(COUNTED).made_from
    of_page = replace(state, page="page-2").plan().made_from
    of_models = replace(state, models="models-2").plan().made_from
    stage(state.catalog, "cccc", DAY)
    of_more_files = state.plan().made_from

    assert of_files == again
    assert len({of_files, of_page, of_models, of_more_files}) == 4


def test_nothing_is_built_before_anything_has_landed(tmp_path: Path):
    assert BuildState(Catalog(tmp_path / "catalog.sqlite"), "models-1").plan().days == []


def test_days_close_together_are_one_range_and_distant_ones_another():
    days = [DAY, DAY + timedelta(1), DAY + timedelta(5), DAY + timedelta(60)]

    assert Plan(days, reference=False, marts=True, report=True).ranges == [
        (DAY, DAY + timedelta(5)),
        (DAY + timedelta(60), DAY + timedelta(60)),
    ]
