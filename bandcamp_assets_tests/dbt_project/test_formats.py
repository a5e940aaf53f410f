"""The formats of physical items, as a person reads their descriptions.

`judged_formats.csv` is a list of synthetic descriptions with the format that a person judged each to be. About
140 of them are spelled as the real ones in ../shared/data are, with other names; the rest are harder ones. The
real ones may not be committed: where they are at hand, their formats are counted against the counts of the person.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.googlesql_dbt import GoogleSqlDbt
from bandcamp_assets_tests.dbt_project.marts_expected_data import warehouse
from bandcamp_assets_tests.dbt_project.sales import NAME, frame, sale
from bandcamp_assets_tests.real_data import PAGES, SALES, real_data, real_data_if_there

LIST = Path(__file__).parent / "judged_formats.csv"
TIME = "2020-09-10T12:00:00"

MISREAD = {
    "RUNE - GLOSS EP (SELF RELEASED)": "merch",
    "Double cassette in a vinyl-look case": "bundle",
    "Limited Edition Record": "other physical",
    "Black record, white label": "other physical",
    "Debut album on wax": "other physical",
    "Disc in cardboard wallet": "other physical",
    "Tape Loops": "cassette",
    "Red Tape": "cassette",
    "LP Giobbi": "vinyl",
}
"""Descriptions of the list that are read otherwise, and as what."""

REAL = {"vinyl": 64, "merch": 29, "CD": 24, "cassette": 14, "other physical": 12, "bundle": 5}
"""How many of the 148 different real descriptions a person judged to be what."""


def judged() -> list[dict[str, str]]:
    with LIST.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def real_descriptions() -> list[tuple[str, str]]:
    """The different slugs and descriptions of real physical items; none where the files are missing."""
    found = set()
    if sales := real_data_if_there(SALES):
        with sales.open(encoding="utf-8", newline="") as file:
            found |= {_described(row) for row in csv.DictReader(file) if row["item_type"] == "p"}
    if pages := real_data_if_there(PAGES):
        items = _items(json.loads(pages.read_text(encoding="utf-8")))
        found |= {_described(item) for item in items if item["item_type"] == "p"}
    return sorted(found)


def _described(row: dict[str, str]) -> tuple[str, str]:
    return row["slug_type"] or "", row["item_description"] or ""


def _items(page: object) -> Iterator[dict[str, str]]:
    if isinstance(page, dict) and isinstance(page.get("items"), list):
        yield from page["items"]
    elif isinstance(page, dict | list):
        for part in page.values() if isinstance(page, dict) else page:
            yield from _items(part)


def descriptions() -> dict[str, list[tuple[str, str]]]:
    """The slugs and descriptions of the list, and the real ones."""
    return {
        "judged": [(row["slug_type"], row["description"]) for row in judged()],
        "real": real_descriptions(),
    }


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Dbt:
    sales = [
        sale(f"{name} {place}", TIME, item_type="p", slug_type=slug or None, item_description=text)
        for name, found in descriptions().items()
        for place, (slug, text) in enumerate(found)
    ]
    return warehouse(tmp_path_factory.mktemp("formats"), manifest, frame(sales), "stg_sales")


@pytest.fixture(scope="module")
def formats(dbt: Dbt) -> dict[str, list[str]]:
    """The format that each description of the list and each real one is read as, in their order."""
    read = {str(name): str(found) for name, found in dbt.query(f"select {NAME}, item_format from stg_sales")}
    return {
        name: [read[f"{name} {place}"] for place in range(len(found))] for name, found in descriptions().items()
    }


def test_at_least_300_different_descriptions_are_judged() -> None:
    assert len({(row["slug_type"], row["description"]) for row in judged()}) == len(judged()) >= 300


def test_descriptions_are_read_as_a_person_reads_them(formats: dict[str, list[str]]) -> None:
    misread = {
        row["description"]: found
        for row, found in zip(judged(), formats["judged"], strict=True)
        if found != row["judged"]
    }

    # 9 of 341, 2.6 %: the list has more hard ones than the sales do.
    assert misread == MISREAD


def test_real_descriptions_are_read_as_a_person_reads_them(formats: dict[str, list[str]]) -> None:
    real_data(SALES)
    real_data(PAGES)

    counted = Counter(formats["real"])

    # One of 148, 0.7 %: an EP without a medium, which has the slug of merch.
    assert counted == Counter(REAL) + Counter({"merch": 1}) - Counter({"other physical": 1})


@pytest.mark.long
def test_googles_engine_reads_the_same_formats(dbt: Dbt, googlesql: GoogleSqlDbt) -> None:
    assert googlesql.differences(dbt) == []
