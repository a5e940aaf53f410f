"""A damaged file is one clear error. A machine without memory or disk space is not taken for a damaged file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from bandcamp_assets.storage.warehouse import DuckDBWarehouse
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.patience import PATIENCE_SECONDS


def test_a_damaged_file_is_one_clear_error(tmp_path: Path):
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(b"no database at all" * 1000)

    with pytest.raises(PlatformError, match="cannot be read"):
        DuckDBWarehouse(path).query("select 1")


def _flip_bits(file: Path) -> None:
    content = bytearray(file.read_bytes())
    for place in range(3 * 4096 + 100, len(content), 1000):  # after the headers, in every block
        content[place] ^= 1
    file.write_bytes(content)


def _cut(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize("damage", [_flip_bits, _cut])
def test_damage_that_only_reading_finds_is_one_clear_error(tmp_path: Path, damage: Callable[[Path], None]):
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("create schema bandcamp")
        connection.execute(
            "create table bandcamp.sales as select date '2020-09-09' as sale_date,"
            " (hash(n) % 1000000)::decimal(18, 2) as amount_paid_usd from range(1000000) as numbers (n)"
        )
    damage(path)

    with pytest.raises(PlatformError, match="cannot be read") as refused:
        DuckDBWarehouse(path).figures("sales")

    assert refused.value.where == str(path)
    assert "rebuilt from the lake" in refused.value.remedy


ASK = """
import resource, sys
from pathlib import Path
from bandcamp_assets.storage.warehouse import DuckDBWarehouse

warehouse = DuckDBWarehouse(Path(sys.argv[1]))
{before}
try:
    warehouse.query("select 1")
except Exception as error:
    print(type(error).__name__, error)
"""
NO_MEMORY = """
resource.setrlimit(resource.RLIMIT_DATA, (2**20, 2**20))
held = []
for size in (2**20, 2**12):
    try:
        while True:
            held.append(bytearray(size))
    except MemoryError:
        pass
"""
NO_FILE = "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's data")
@pytest.mark.parametrize(
    ("before", "said"),
    [(NO_MEMORY, "OutOfMemoryException"), (NO_FILE, "Too many open files")],
)
def test_what_the_machine_lacks_is_not_taken_for_a_damaged_file(tmp_path: Path, before: str, said: str):
    path = tmp_path / "warehouse.duckdb"
    DuckDBWarehouse(path).query("select 1")

    done = subprocess.run(
        [sys.executable, "-c", ASK.format(before=before), str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )

    assert said in done.stdout
    assert "rebuilt from the lake" not in done.stdout
