"""The table of what can happen to a home: it forgets no kind of file, and its judge does not ask the product."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bandcamp_assets_tests.soak.home_files import one_of_each_kind
from bandcamp_assets_tests.soak.home_judge import Homes, build, every_row
from bandcamp_assets_tests.soak.home_sales import deliveries, expected
from bandcamp_assets_tests.soak.home_trials import file_trials, home_trials


def test_a_file_that_has_no_name_yet_is_a_kind_of_its_own(tmp_path: Path) -> None:
    for place in ("lake/cleaned_sales/sale_date=2020-09-09/sales.parquet", "lake/something new", "run.lock"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()

    assert set(one_of_each_kind(tmp_path, tmp_path)) == {"cleaned day", "lake/something new"}


def test_the_judge_reads_the_files_itself() -> None:
    first, second = deliveries()

    sales = expected((first | second).values())

    assert len(sales) == 66 + 50 + 15, "corrected, other and constant; no duplicates, none broken"
    assert len({key for key, *_rest in sales}) == len(sales)
    assert not any(artist.startswith("Artist") for _key, artist, *_rest in sales)
    assert all(usd > Decimal(1) for *_rest, usd in sales)


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    return build(tmp_path_factory.mktemp("homes"))


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_some_of_the_table(homes: Homes) -> None:
    # Damage in the middle of the warehouse may hit blocks that are free: then there is nothing to name.
    only = "^(cleaned day|manifest of a raw file): (damaged|older copy)$|^warehouse: older copy$"

    lines = [trial() for trial in (*file_trials(homes, only), *home_trials(homes, only))]

    assert len(lines) >= 4
    assert not [line for line in lines if line.wrong]


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_damage_to_any_block_of_the_warehouse_is_named_unless_the_block_is_free(homes: Homes) -> None:
    whole = every_row(homes.built / "warehouse.duckdb")
    unnamed, named = [], 0

    for start in range(HEADERS, (homes.built / "warehouse.duckdb").stat().st_size, BLOCK):
        home = homes.fresh()
        damage(home.root / "warehouse.duckdb", start)
        is_green = home.bandcamp("status").returncode == 0
        named += not is_green
        if is_green and every_row(home.root / "warehouse.duckdb") != whole:
            unnamed.append(start)

    assert whole
    assert named > 3
    assert unnamed == []


BLOCK, HEADERS = 262_144, 3 * 4_096
"""Of DuckDB's files, in bytes."""


def damage(path: Path, start: int) -> None:
    with path.open("rb+") as file:
        file.seek(start + 2_000)
        body = file.read(500)
        file.seek(start + 2_000)
        file.write(bytes(byte ^ 0x5A for byte in body))
