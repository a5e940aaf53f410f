"""The script of SQL that the benchmark compares with is a fair one: it makes the same tables of a clean file."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from bandcamp_assets.contract.sale import SOURCE_COLUMNS
from bandcamp_assets_tests.bench.sql_script import main
from bandcamp_assets_tests.bench.whole import compiled_sql, differing_sales
from bandcamp_assets_tests.homes import SampleHome, TestHome

pytestmark = pytest.mark.long


def test_a_clean_file_gives_the_same_tables(sample_home: SampleHome, tmp_path: Path) -> None:
    clean, home = tmp_path / "clean.csv", TestHome(tmp_path / "home")
    with duckdb.connect(sample_home.home.root / "warehouse.duckdb", read_only=True) as connection:
        numbered = f"row_number() over (order by _id) as row, {', '.join(SOURCE_COLUMNS)}"
        connection.execute(f"copy (select {numbered} from bandcamp.sales order by _id) to '{clean}' (header)")
    clean.write_text(clean.read_text().replace("row,", ",", 1))
    home.run("--source", str(clean))

    main(clean, tmp_path / "script", compiled_sql(home.root, tmp_path / "compiled"))

    script = tmp_path / "script" / "script.duckdb"
    nothing = {"lost": 0, "invented": 0, "different": 0}
    assert differing_sales(home.root / "warehouse.duckdb", script) == nothing
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.root / 'warehouse.duckdb'}' as ours (read_only)")
        connection.execute(f"attach '{script}' as theirs (read_only)")
        tables = {
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'bandcamp'"
            ).fetchall()
        } - {"sales", "fct_sales", "usd_rates"}
        different = [
            name
            for name in sorted(tables)
            if connection.execute(
                f"select * from ours.bandcamp.{name} except all select * from theirs.bandcamp.{name}"
            ).fetchone()
        ]
        shared = connection.execute(
            f"select count(*) from '{tmp_path}/script/tables/fct_sales/*/*.parquet'"
        ).fetchone()
        assert shared == connection.execute("select count(*) from ours.bandcamp.fct_sales").fetchone()
    assert len(tables) > 30
    assert (tmp_path / "script" / "tables" / "daily_sales.parquet").is_file()
    assert different == []
