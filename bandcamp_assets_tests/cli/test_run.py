"""`bandcamp run` as a person uses it: real processes on real files, from nothing to the marts."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest

from bandcamp_assets.cli import run
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.ledger.ledger import Ledger, take_ledger
from bandcamp_assets.storage.objects import ObjectStore
from bandcamp_assets.storage.warehouse import Warehouse
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets.system.progress import LOGGER
from bandcamp_assets_tests.homes import BuiltHome, TestHome
from bandcamp_assets_tests.raw_files import SECONDS_A_DAY, days_of_sales, raw_row, write_csv
from bandcamp_assets_tests.real_data import SALES, real_data

pytestmark = pytest.mark.xdist_group("two days")

PAID = 34 * Decimal("9.99") + 2 * Decimal("11.83") + Decimal("1460.41")
"""US dollars of `two_days_of_sales`. The sale without US dollars gets the other one's rate: 1.183 USD a EUR."""


def test_a_file_becomes_sales_duplicates_and_rejected_rows(built: BuiltHome, two_days: TestHome):
    home, printed = two_days, built.printed

    ledger = home.ledger()
    assert ledger.holds
    assert (ledger.raw_rows, ledger.rejected_measured) == (43, 2)
    assert ledger.total("duplicates").rows == 4
    assert home.fact() == (37, PAID)
    assert "unknown_item_type" in printed
    assert "1,823.73 USD" in printed
    assert "✓ Every raw row" in printed
    assert str(home.deployment.settings.home.dashboard_page) in printed.splitlines()[-1]
    assert "37 sales of" in home.deployment.settings.home.dashboard_page.read_text(encoding="utf-8")


def test_a_second_run_does_nothing_and_changes_no_byte(built: BuiltHome, two_days: TestHome):
    home = two_days
    before, tables = home.files(), home.tables()

    printed = home.run("--source", str(built.source))

    assert "everything was up to date, nothing to do" in printed
    assert home.files() == before
    assert home.tables() == tables


def test_a_second_file_adds_what_is_new_and_touches_only_its_days(two_days: TestHome, tmp_path: Path):
    home = two_days
    before = home.files("lake", "objects")
    new = raw_row(SECONDS_A_DAY + 999, amount_paid_usd="1.01")
    second_day = float(raw_row(SECONDS_A_DAY)["utc_date"])
    same_day = [row for row in days_of_sales(2) if float(row["utc_date"]) >= second_day]

    home.run("--source", str(write_csv(tmp_path / "second.csv", [*same_day, new])))

    ledger = home.ledger()
    assert ledger.holds
    assert home.fact() == (37 + 1, PAID + Decimal("1.01"))
    assert ledger.total("duplicates").rows == 2 * 2 + 19
    changed = {path for path, checksum in home.files("lake", "objects").items() if before.get(path) != checksum}
    of_days = {path for path in changed if not path.startswith(("lake/rejected", "lake/ledger", "objects/raw"))}
    assert {path for path in of_days if "sale_date=2020-09-10" not in path} == set()
    assert {path.split("/sale_date=")[0] for path in of_days} == {
        "lake/staged_sales",
        "lake/cleaned_sales",
        "lake/duplicate_sales",
        "objects/sales",
    }


@pytest.fixture
def _log_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo what a run in this process changes in the platform's log."""
    monkeypatch.setattr(LOGGER, "handlers", [])
    monkeypatch.setattr(LOGGER, "propagate", LOGGER.propagate)
    monkeypatch.setattr(LOGGER, "level", LOGGER.level)


@pytest.mark.usefixtures("_log_as_before")
def test_a_missing_row_after_a_run_is_an_error_unless_another_run_is_in_progress(
    two_days: TestHome, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def one_row_short(
        home: Home, catalog: Catalog, store: ObjectStore, warehouse: Warehouse, *, without: Collection[str] = ()
    ) -> Ledger:
        counted = take_ledger(home, catalog, store, warehouse, without=without)
        return replace(counted, raw_rows=counted.raw_rows + 1)

    monkeypatch.setattr(run, "take_ledger", one_row_short)
    env = {"BANDCAMP_HOME": str(two_days.root)}
    with open_instance(two_days.deployment.settings.home) as instance:
        other = instance.add_run(dg.DagsterRun("of the UI", status=dg.DagsterRunStatus.STARTED))

        run.run_everything(env, fresh=False)

        instance.report_run_failed(other)
    with pytest.raises(PlatformError, match="The layers do not agree after the run"):
        run.run_everything(env, fresh=False)

    printed = capsys.readouterr()
    assert printed.err.count("The layers do not agree yet, as other runs work on them: ") == 1
    assert f"work on them: {other.run_id}." in printed.err
    assert "✓ Every raw row" not in printed.out


@pytest.mark.long
def test_a_zip_is_the_same_as_its_csv(home: TestHome, tmp_path: Path):
    source = write_csv(tmp_path / "sales.csv", days_of_sales(1))
    with zipfile.ZipFile(tmp_path / "sales.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(source, "sales.csv")

    home.run("--source", str(tmp_path / "sales.zip"))

    assert home.fact() == (17, Decimal("9.99") * 17)


@pytest.mark.long
def test_real_and_synthetic_sales_never_mix(two_days: TestHome):
    home = two_days
    before = home.files()

    refused = home.bandcamp("run", "--rows", "1000")

    assert refused.returncode == 1
    assert "would be mixed" in refused.stderr
    assert home.files() == before
    home.run("--source", "sample", "--rows", "1000", "--fresh")
    assert home.ledger().raw_rows == 1000


@pytest.mark.long
def test_the_real_rows_are_all_sales_to_the_cent(home: TestHome, tmp_path: Path):
    sales = real_data(SALES)
    paid = sum(Decimal(line["amount_paid_usd"]) for line in _read(sales))

    home.run("--source", str(sales))

    assert home.ledger().rejected_measured == 0
    assert home.ledger().total("duplicates").rows == 0
    assert home.fact() == (600, paid.quantize(Decimal("0.01")))
    new = raw_row(5_000, amount_paid_usd="2.50")
    second = tmp_path / "second.csv"
    second.write_bytes(
        sales.read_bytes().rstrip(b"\n")
        + b"\n"
        + write_csv(tmp_path / "new.csv", [new]).read_bytes().split(b"\n", 1)[1]
    )
    home.run("--source", str(second))
    assert home.fact() == (601, paid.quantize(Decimal("0.01")) + Decimal("2.50"))
    assert home.ledger().total("duplicates").rows == 600
    assert "nothing to do" in home.run("--source", str(sales))


def _read(path: Path) -> list[dict[str, str]]:
    import csv

    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_damaged_file_of_the_lake_is_named_and_rebuilt_by_the_next_run(two_days: TestHome):
    path = next((two_days.root / "lake" / "rejected_sales").iterdir())
    stat = path.stat()
    path.write_bytes(bytes(stat.st_size))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    refused = two_days.bandcamp("run")
    healed = two_days.bandcamp("run")

    assert refused.returncode == 1
    assert f"error: A file of the lake is damaged\n  where: {path}\n" in refused.stderr
    assert "polars" not in refused.stderr
    assert healed.returncode == 0


def test_status_prints_the_ledger(two_days: TestHome):
    printed = two_days.installed_bandcamp("status")

    assert printed.returncode == 0
    assert "2020-09-09" in printed.stdout
    assert "1,823.73" in printed.stdout


@pytest.mark.long
def test_a_removed_warehouse_is_rebuilt(two_days: TestHome):
    home = two_days
    tables = home.tables()
    (home.root / "warehouse.duckdb").unlink()

    home.run()

    assert home.tables() == tables
    assert home.ledger().holds
