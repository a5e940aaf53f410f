"""`bandcamp run` as a person uses it: real processes on real files, from nothing to the marts."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from bandcamp_assets_tests.homes import TestHome, empty
from bandcamp_assets_tests.raw_files import raw_row, write_csv
from bandcamp_assets_tests.real_data import SALES, real_data

SECONDS_A_DAY = 86_400


def days_of_sales(days: int, a_day: int = 20) -> list[dict[str, str]]:
    """Rows spread over some days, a few of them duplicates or broken."""
    rows = []
    for day in range(days):
        for number in range(a_day):
            item_type = "x" if number == 7 else "a"
            rows.append(raw_row(day * SECONDS_A_DAY + number % (a_day - 2), item_type=item_type))
    return rows


@dataclass(frozen=True)
class Built:
    """A home after its first run, saved; what the run was given and what it printed."""

    source: Path
    printed: str
    saved: Path


@pytest.fixture(scope="module")
def built(_home_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Two days of sales, taken in once for all tests by the command as it is installed."""
    folder = tmp_path_factory.mktemp("built")
    home, source = empty(_home_root), write_csv(folder / "sales.csv", days_of_sales(2))
    done = home.installed_bandcamp("run", "--source", str(source))
    assert done.returncode == 0, done.stderr
    home.save(folder / "home")
    return Built(source, done.stdout, folder / "home")


@pytest.fixture
def two_days(built: Built, home: TestHome) -> TestHome:
    """The home as it was after that run."""
    home.restore(built.saved)
    return home


def test_a_file_becomes_sales_duplicates_and_rejected_rows(built: Built, two_days: TestHome):
    home, printed = two_days, built.printed

    ledger = home.ledger()
    assert ledger.holds
    assert (ledger.raw_rows, ledger.rejected_measured) == (40, 2)
    assert ledger.total("duplicates").rows == 4
    assert home.fact() == (34, Decimal("339.66"))
    assert "unknown_item_type" in printed
    assert "339.66 USD" in printed
    assert "✓ Every raw row" in printed
    assert str(home.platform.settings.home.dashboard_page) in printed.splitlines()[-1]
    assert "34 sales of" in home.platform.settings.home.dashboard_page.read_text(encoding="utf-8")


def test_a_second_run_does_nothing_and_changes_no_byte(built: Built, two_days: TestHome):
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
    assert home.fact() == (17 * 2 + 1, Decimal("9.99") * 34 + Decimal("1.01"))
    assert ledger.total("duplicates").rows == 2 * 2 + 19
    changed = {path for path, checksum in home.files("lake", "objects").items() if before.get(path) != checksum}
    assert all(
        "sale_date=2020-09-10" in path or path.startswith(("lake/rejected", "lake/ledger", "objects/raw"))
        for path in changed
    )


@pytest.mark.long
def test_a_zip_is_the_same_as_its_csv(home: TestHome, tmp_path: Path):
    source = write_csv(tmp_path / "sales.csv", days_of_sales(1))
    with zipfile.ZipFile(tmp_path / "sales.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(source, "sales.csv")

    home.run("--source", str(tmp_path / "sales.zip"))

    assert home.fact() == (17, Decimal("9.99") * 17)


@pytest.mark.long
def test_real_and_made_up_sales_never_mix(two_days: TestHome):
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


def test_status_prints_the_ledger(two_days: TestHome):
    printed = two_days.installed_bandcamp("status")

    assert printed.returncode == 0
    assert "2020-09-09" in printed.stdout
    assert "339.66" in printed.stdout


@pytest.mark.long
def test_a_warehouse_that_was_removed_is_built_again(two_days: TestHome):
    home = two_days
    tables = home.tables()
    (home.root / "warehouse.duckdb").unlink()

    home.run()

    assert home.tables() == tables
    assert home.ledger().holds
