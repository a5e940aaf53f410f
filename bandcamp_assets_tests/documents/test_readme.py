"""The README says what the code says, and is as short as a first visit.

What it says of a home is in `test_home.py`; the graph that it leads to is in `test_graph.py`.
"""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal

import dagster as dg

from bandcamp_assets.cli.main import commands
from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets_tests.documents.bench_records import cells, same, whole_run
from bandcamp_assets_tests.documents.document import README, ROOT, code_names
from bandcamp_assets_tests.documents.graph import arrows, is_mart, stations


def test_it_is_short() -> None:
    assert len(README.text.encode()) < 12_000


def test_every_reason_is_listed_in_its_order() -> None:
    assert README.table("| reason | meaning |") == [[f"`{one.value}`", one.meaning] for one in RejectionReason]


def test_the_questions_name_every_mart_and_no_other(graph: dg.AssetGraph) -> None:
    marts = {key.to_user_string() for key in graph.executable_asset_keys if is_mart(graph, key)}

    named = [name for _question, tables in README.table("| question | table |") for name in code_names(tables)]

    assert sorted(named) == sorted([*marts, "published_figures"])


def test_every_arrow_of_its_small_chart_is_in_the_graph(graph: dg.AssetGraph) -> None:
    drawn = arrows(README.found(r"```mermaid\n(.*?)```").group(1))

    assert len(drawn) > 10
    assert drawn - stations(graph) == set()


def test_every_folder_and_file_of_the_layout_is_there_and_no_room_is_left_out() -> None:
    package, _, rest = README.found(r"^## Layout\n\n```\n(.*?)```").group(1).partition("dbt_project/  ")

    named = re.findall(r"(?:^|  )([a-z_]+(?:/|\.py))(?=  )", package.partition("\n")[2], re.MULTILINE)

    rooms = {f"{path.name}/" for path in (ROOT / "bandcamp_assets").iterdir() if (path / "__init__.py").exists()}
    assert {name for name in named if name.endswith("/")} == rooms
    assert [name for name in named if not (ROOT / "bandcamp_assets" / name).exists()] == []
    below = [ROOT / part for part in ("", "dbt_project", "infra", "bandcamp_assets_tests")]
    others = re.findall(r"\b([a-z_]+/|SCALE\.md)", rest)
    assert {"terraform/", "SCALE.md", "emulators/", "bench/"} <= set(others)
    assert [name for name in others if not any((folder / name).exists() for folder in below)] == []


def test_ui_and_dashboard_are_where_they_are_said_to_be() -> None:
    ports = {name: commands.commands[name].params[0] for name in ("ui", "dashboard")}

    assert {name: (port.name, port.default) for name, port in ports.items()} == {
        "ui": ("port", 3000),
        "dashboard": ("port", 3001),
    }
    assert README.sentence(r"`make dashboard` then shows the dashboard on <http://127\.0\.0\.1:3001>")
    assert README.sentence(r"`make ui` opens the Dagster UI on <http://127\.0\.0\.1:3000>")


def test_the_python_that_is_needed_is_that_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    said = README.sentence(r"You need Python ([\d.]+) or newer").group(1)

    assert project["requires-python"] == f">={said}"


def test_its_figures_are_those_of_the_fastest_and_the_slowest_record() -> None:
    said = README.sentence(
        r"On (\d) cores, 1,000,000 rows take (\d+) to (\d+) s, by the hour, and ([\d.]+) GiB,"
        r" one more day half of that, and nothing to do (\d+) to (\d+) s"
    ).groups()
    idle = [
        cells(record, "The whole run, 1,000,000 rows", "`bandcamp run` again, nothing to do")[0]
        for record in ("RESULTS.md", "SLOWEST.md")
    ]

    fast, slow = whole_run("RESULTS.md"), whole_run("SLOWEST.md")
    assert same([*fast[:2], *slow[1:3], *idle], [Decimal(one) for one in said])
    assert all(Decimal("0.4") < day / whole < Decimal("0.6") for _, whole, _, day in (fast, slow))
