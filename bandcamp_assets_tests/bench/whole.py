"""The whole platform beside the bare script, in turns, on the same file; and where the platform's time goes."""

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
    """The rounds; of the last one the seconds by step of either, and a run after it that finds nothing to do."""

    bare: list[Usage]
    platform: list[Usage]
    bare_steps: dict[str, float]
    platform_steps: dict[str, float]
    nothing_to_do: Usage


def measure_whole(source: Path, folder: Path, rounds: int) -> Whole:
    """Measure both on one file; the platform's last home stays in `folder/home`."""
    home, bare_home = folder / "home", folder / "bare"
    bare, platform = [], []
    said = printed = ""
    for number in range(1, rounds + 1):
        _empty(bare_home)
        _empty(home)
        usage, printed = measure(_run(source), home)
        platform.append(usage)
        # The bare script gets the SQL that dbt compiled for these very days.
        compiled = compiled_sql(home, folder / "compiled")
        script = [sys.executable, "-m", "bandcamp_assets_tests.bench.bare", source, bare_home, compiled]
        usage, said = measure(script, home)
        bare.append(usage)
        print(f"  round {number}: bare {bare[-1]}, platform {platform[-1]}", flush=True)
    _empty(bare_home)
    again, _ = measure(_run(source), home)
    return Whole(bare, platform, json.loads(said), steps(printed), again)


def _run(source: Path) -> list[str | Path]:
    return [BANDCAMP, "run", "--source", source]


def steps(printed: str) -> dict[str, float]:
    """The seconds by step from what `bandcamp run` prints."""
    told = printed.partition("seconds by step")[2].partition("\n\n")[0]
    return {name: float(seconds) for name, seconds in _STEP.findall(told)}


def compiled_sql(home: Path, folder: Path) -> Path:
    """Keep the SQL that dbt compiled, in which order, and the seeds and dimensions, for the bare script."""
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
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as connection:
        for table in REFERENCE_TABLES:
            connection.execute(f"copy bandcamp.{table} to '{folder / table}.parquet'")
    return folder


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
