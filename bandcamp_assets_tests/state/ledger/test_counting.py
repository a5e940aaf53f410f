"""Files and tables are counted once. What was written since is counted again, even if its time was set back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.ledger import measure
from bandcamp_assets.state.ledger.counting import Counts, Figures
from bandcamp_assets.state.ledger.ledger import take_ledger
from bandcamp_assets.storage.warehouse import DayFigures
from bandcamp_assets.storage.warehouse.duckdb import DuckDBWarehouse
from bandcamp_assets.system.home import Home
from bandcamp_assets_tests.homes import TestHome

DAY = date(2020, 9, 9)


class Reader:
    """Counts files by their sizes, and keeps which ones it read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, paths: list[Path]) -> Mapping[Path, Figures]:
        self.read += [path.name for path in paths]
        return {
            path: {DAY: DayFigures(path.stat().st_size, Decimal("0.10"), 1, Decimal("0.01"))} for path in paths
        }


class Shelf:
    """A home with a catalog, and files that are counted."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.home.prepare()
        self.catalog = Catalog(self.home.catalog)

    def put(self, name: str, content: str) -> Path:
        path = self.home.lake / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    def count(self, *paths: Path, anew: bool = False) -> tuple[list[str], list[Figures]]:
        """The names of the files that were read, and what each file holds."""
        counts, reader = Counts(self.home, self.catalog, anew=anew), Reader()
        held = counts.of_files(paths, reader)
        counts.keep()
        return reader.read, [held[path] for path in paths]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "home")


def test_a_file_is_read_once_and_its_figures_stay_exact(shelf: Shelf):
    path = shelf.put("a", "123")
    first = shelf.count(path)

    again = shelf.count(path)

    assert (first[0], again[0]) == (["a"], [])
    assert first[1] == again[1]
    held = again[1][0][DAY]
    assert (held.rows, held.amount_paid_usd, held.estimated_rows) == (3, Decimal("0.10"), 1)
    assert held.estimated_usd == Decimal("0.01")


def test_a_file_that_was_written_over_is_read_again_even_if_its_size_and_time_are_as_before(shelf: Shelf):
    path, other = shelf.put("a", "123"), shelf.put("b", "1")
    shelf.count(path, other)
    before = path.stat()
    path.write_text("456")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    read, _ = shelf.count(path, other)

    assert read == ["a"]


def test_everything_is_read_when_it_is_counted_anew(shelf: Shelf):
    path = shelf.put("a", "123")
    shelf.count(path)

    read, _ = shelf.count(path, anew=True)

    assert read == ["a"]


def test_what_is_gone_is_forgotten(shelf: Shelf):
    path, other = shelf.put("a", "123"), shelf.put("b", "1")
    shelf.count(path, other)

    shelf.count(path)

    assert list(shelf.catalog.counts()) == ["lake/a"]


def test_a_copy_in_the_scratch_folder_is_not_remembered(shelf: Shelf):
    copy = shelf.home.scratch / "get" / "0"
    copy.parent.mkdir(parents=True)
    copy.write_text("123")

    shelf.count(copy)

    assert shelf.catalog.counts() == {}


def test_a_table_is_counted_again_when_its_version_is_another_or_unknown(shelf: Shelf):
    counted: list[str] = []

    def count(version: str) -> None:
        counts = Counts(shelf.home, shelf.catalog)
        counts.of_table("table", version, lambda: (counted.append(version), {DAY: DayFigures(1)})[1])
        counts.keep()

    for version in ("1", "1", "2", "", "", "2"):
        count(version)

    assert counted == ["1", "2", "", "", "2"]


def test_a_catalog_that_cannot_be_written_only_means_that_all_is_counted_again(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
):
    path = shelf.put("a", "123")
    counts = Counts(shelf.home, shelf.catalog)
    counts.of_files([path], Reader())
    monkeypatch.setattr(shelf.catalog, "path", shelf.home.root)

    counts.keep()

    monkeypatch.undo()
    assert shelf.count(path)[0] == ["a"]


def _nothing_is_read(*_: object) -> None:
    raise AssertionError("something was read")


def test_a_second_ledger_reads_no_row(two_days: TestHome, monkeypatch: pytest.MonkeyPatch):
    parts = two_days.deployment
    first = take_ledger(parts.settings.home, parts.catalog, parts.object_store, parts.warehouse)
    monkeypatch.setattr(measure, "scan", _nothing_is_read)
    monkeypatch.setattr(DuckDBWarehouse, "figures", _nothing_is_read)

    second = take_ledger(parts.settings.home, parts.catalog, parts.object_store, parts.warehouse)

    assert first.holds
    assert second == first
    assert second.table().equals(first.table())


def test_a_row_that_another_program_takes_from_the_warehouse_is_missed_at_once(two_days: TestHome):
    parts = two_days.deployment
    take_ledger(parts.settings.home, parts.catalog, parts.object_store, parts.warehouse)
    with duckdb.connect(two_days.root / "warehouse.duckdb") as connection:
        connection.execute("delete from bandcamp.fct_sales where rowid = 0")

    ledger = take_ledger(parts.settings.home, parts.catalog, parts.object_store, parts.warehouse)

    assert not ledger.holds


def test_a_warehouse_with_changes_beside_it_has_no_version(two_days: TestHome):
    warehouse = two_days.root / "warehouse.duckdb"
    connection = duckdb.connect(warehouse)
    connection.execute("set checkpoint_threshold = '1GB'")
    connection.execute("create table bandcamp.extra as select 1 as one")

    version = DuckDBWarehouse(warehouse).version("sales")

    connection.close()
    assert version == ""
    assert DuckDBWarehouse(warehouse).version("sales")
