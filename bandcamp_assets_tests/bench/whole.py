"""The whole platform beside two scripts, in turns, on the same file; and where the platform's time goes."""

from __future__ import annotations

import json
import re
import shutil
import sys
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

from bandcamp_assets_tests.bench.usage import Usage, measure

BANDCAMP = Path(sys.executable).with_name("bandcamp")
REFERENCE_TABLES = (
    *("item_types", "countries", "country_texts", "bandcamp_fridays", "published_figures"),
    *("dim_country", "dim_date"),
)
_STEP = re.compile(r"^  (\S.*?) +(\d+\.\d+) s$", re.MULTILINE)


@dataclass(frozen=True)
class Whole:
    """The rounds; of the last one the seconds by step of each, and a run after it that finds nothing to do.

    Attributes:
        script_sales: How the sales of the script of SQL differ; see `differing_sales`.
    """

    bare: list[Usage]
    script: list[Usage]
    platform: list[Usage]
    bare_steps: dict[str, float]
    script_steps: dict[str, float]
    platform_steps: dict[str, float]
    script_sales: dict[str, int]
    nothing_to_do: Usage


def measure_whole(source: Path, folder: Path, rounds: int) -> Whole:
    """Measure all on one file; the platform's last home stays in `folder/home`."""
    home, bare_home, script_home = folder / "home", folder / "bare", folder / "script"
    bare: list[Usage] = []
    script: list[Usage] = []
    platform: list[Usage] = []
    said = told = printed = ""
    for number in range(1, rounds + 1):
        _empty(bare_home)
        _empty(home)
        usage, printed = measure(_run(source), home)
        platform.append(usage)
        # The scripts get the SQL that dbt compiled for these very days.
        compiled = compiled_sql(home, folder / "compiled")
        _empty(script_home)
        usage, told = measure(_script("sql_script", source, script_home, compiled), home)
        script.append(usage)
        usage, said = measure(_script("bare", source, bare_home, compiled), home)
        bare.append(usage)
        print(f"  round {number}: bare {bare[-1]}, SQL {script[-1]}, platform {platform[-1]}", flush=True)
    sales = differing_sales(home / "warehouse.duckdb", script_home / "script.duckdb")
    _empty(bare_home)
    _empty(script_home)
    again, _ = measure(_run(source), home)
    return Whole(bare, script, platform, json.loads(said), json.loads(told), steps(printed), sales, again)


def _script(module: str, *arguments: Path) -> list[str | Path]:
    return [sys.executable, "-m", f"bandcamp_assets_tests.bench.{module}", *arguments]


def differing_sales(ours: Path, theirs: Path) -> dict[str, int]:
    """The sales that only one of two DuckDB files has, by their `_id`, and those whose rows differ."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{ours}' as ours (read_only)")
        connection.execute(f"attach '{theirs}' as theirs (read_only)")
        row = "* exclude (source_file)"
        counted = connection.execute(
            "with mine as (select _id, hash(t) as row from (select " + row + " from ours.bandcamp.fct_sales) t),"
            " others as (select _id, hash(t) as row from (select " + row + " from theirs.bandcamp.fct_sales) t)"
            " select count(*) filter (others._id is null), count(*) filter (mine._id is null),"
            " count(*) filter (mine.row <> others.row) from mine full join others using (_id)"
        ).fetchone()
    return dict(zip(("lost", "invented", "different"), counted or (0, 0, 0), strict=True))


def _run(source: Path) -> list[str | Path]:
    return [BANDCAMP, "run", "--source", source]


def steps(printed: str) -> dict[str, float]:
    """The seconds by step from what `bandcamp run` prints."""
    told = printed.partition("seconds by step")[2].partition("\n\n")[0]
    return {name: float(seconds) for name, seconds in _STEP.findall(told)}


def compiled_sql(home: Path, folder: Path) -> Path:
    """Keep what the scripts need: the SQL that dbt compiled, its order, seeds and dimensions, tables to share."""
    _empty(folder)
    shutil.copytree(home / "dbt" / "target" / "compiled", folder)
    nodes = json.loads((home / "dbt" / "target" / "manifest.json").read_bytes())["nodes"]
    models = {
        key: set(node["depends_on"]["nodes"])
        for key, node in nodes.items()
        if node["resource_type"] == "model" and "reference" not in node["tags"]
    }
    order = [nodes[key]["name"] for key in TopologicalSorter(models).static_order() if key in models]
    (folder / "order.json").write_text(json.dumps(order))
    package = json.loads((home / "tables" / "datapackage.json").read_bytes())
    (folder / "shared.json").write_text(json.dumps([table["name"] for table in package["resources"]]))
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as connection:
        for table in REFERENCE_TABLES:
            connection.execute(f"copy bandcamp.{table} to '{folder / table}.parquet'")
    return folder


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
