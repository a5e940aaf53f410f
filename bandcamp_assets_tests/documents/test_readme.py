"""The README says what the code says: its tables, its chart, its rooms, its commands and where its links lead.

What it promises of a home is in `test_home.py`, and its figures are in `test_bench_figures.py`.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.workspace.load_target import WorkspaceFileTarget

from bandcamp_assets.cli.main import commands
from bandcamp_assets.cli.prepare import prepare_deployment
from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets.definitions import load_definitions
from bandcamp_assets.defs.checks import at_rest, landing, layers
from bandcamp_assets_tests.homes import TestHome

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


SEEDS = {"item_types", "countries", "country_texts", "bandcamp_fridays", "published_figures"}


def rows_of(lines: list[str]) -> list[list[str]]:
    """The cells of a table's rows, without its head."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def table(name: str) -> list[list[str]]:
    """The rows of the table between two marks."""
    section = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", README, re.DOTALL)
    assert section
    return rows_of([line for line in section.group(1).splitlines() if line.startswith("|")])


def table_under(head: str) -> list[list[str]]:
    """The rows of the one table with that head."""
    found = re.findall(rf"^{re.escape(head)}\n(?:\|.*\n)+", README, re.MULTILINE)
    assert len(found) == 1
    return rows_of(found[0].splitlines())


def code_names(text: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", text)


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    home = TestHome(tmp_path_factory.mktemp("readme") / "home")
    return load_definitions(prepare_deployment({"BANDCAMP_HOME": str(home.root)}))


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> dg.AssetGraph:
    return definitions.resolve_asset_graph()


def test_every_reason_is_in_the_readme():
    assert table("reasons") == [[f"`{reason.value}`", reason.meaning] for reason in RejectionReason]


def test_checks_that_block_and_checks_that_warn_are_told_apart(graph: dg.AssetGraph):
    ours = {
        key.name: graph.get_check_spec(key).blocking
        for check in (*landing.CHECKS, *layers.CHECKS, *at_rest.CHECKS)
        for key in check.check_keys
    }
    warning = re.search(r"^Five more checks warn:\n\n((?:- .*\n|  .*\n)+)", README, re.MULTILINE)
    assert warning

    listed = [code_names(check)[0] for check, _compares in table_under("| check (blocking) | what it compares |")]
    warn = [name for item in re.findall(r"^- (.*?):", warning.group(1), re.MULTILINE) for name in code_names(item)]

    assert sorted(listed) == sorted(name for name, blocks in ours.items() if blocks)
    assert sorted(warn) == sorted(name for name, blocks in ours.items() if not blocks)
    assert len(warn) == 5


def test_the_table_of_assets_says_which_are_made_by_day(graph: dg.AssetGraph):
    said = {
        name: partitions
        for assets, partitions, _what in table_under("| asset | partitions | what it is |")
        for name in code_names(assets)
    }
    marts = {key for key in graph.executable_asset_keys if graph.get(key).group_name == "marts"}
    others = {key.to_user_string(): key for key in graph.executable_asset_keys - marts}

    made_by_day = {
        name
        for name, key in others.items()
        if isinstance(graph.get(key).partitions_def, dg.DailyPartitionsDefinition)
    }
    assert said == {name: "day" if name in made_by_day else "\u2013" for name in others.keys() - SEEDS}
    assert [key for key in [*marts, *(others[name] for name in SEEDS)] if graph.get(key).partitions_def] == []


def test_the_questions_name_every_mart_and_no_other(graph: dg.AssetGraph):
    marts = {key.to_user_string() for key in graph.executable_asset_keys if graph.get(key).group_name == "marts"}

    named = [name for _question, tables in table_under("| question | table |") for name in code_names(tables)]

    assert sorted(named) == sorted([*marts, "published_figures"])
    assert f"marts[{len(marts)} marts:" in README


def arrows(chart: str) -> Iterator[tuple[str, str]]:
    """From where to where each arrow of a flow chart leads."""
    for line in chart.splitlines():
        yield from pairwise(line.strip().split(" --> "))


def test_the_flow_chart_has_the_arrows_of_the_graph_and_no_other(graph: dg.AssetGraph):
    chart = re.search(r"```mermaid\n(.*?)```", README, re.DOTALL)
    assert chart
    in_one = {
        key: "marts" if graph.get(key).group_name == "marts" else "reference"
        for key in graph.executable_asset_keys
        if graph.get(key).group_name == "marts" or key.to_user_string() in SEEDS | {"dim_country", "dim_date"}
    }
    station = {key: in_one.get(key, key.to_user_string()) for key in graph.executable_asset_keys}

    drawn = set(arrows(chart.group(1)))

    made_from = {
        (station[parent], station[key])
        for key in graph.executable_asset_keys
        for parent in graph.get(key).parent_keys
    }
    assert drawn == {(start, end) for start, end in made_from if start != end}


WHEN = {
    "every 10 s": 10,
    "every minute": 60,
    "every 30 s": 30,
    "03:00": "0 3 * * *",
    "04:00": "0 4 * * *",
    "Sunday 05:00": "0 5 * * 0",
    "every 2 min, off": "*/2 * * * *",
}
"""The seconds between two looks, or the line of cron, that the table of rules says in words."""


def test_the_table_of_rules_says_when_each_looks_or_runs(definitions: dg.Definitions):
    rules = {
        name: when
        for names, when, _what in table_under("| rule | when (UTC) | what |")
        for name in code_names(names)
    }
    # When this one asks for a run is in `automation/test_rules.py`.
    assert rules.pop("archive_raw_files") == "on the hour"

    repository = definitions.get_repository_def()
    looks = {one.name: one.minimum_interval_seconds for one in repository.sensor_defs}
    runs = {one.name: one.cron_schedule for one in repository.schedule_defs}

    del looks["archive_raw_files"]
    assert {name: WHEN[when] for name, when in rules.items()} == looks | runs


def test_each_way_to_start_dagster_by_itself_finds_the_definitions():
    (by_file,) = WorkspaceFileTarget([str(ROOT / "workspace.yaml")]).create_origins()
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["dg"]["project"]

    assert by_file.loadable_target_origin.module_name == "bandcamp_assets.definitions"
    assert settings["code_location_target_module"] == "bandcamp_assets.definitions"


def test_every_folder_and_file_of_the_layout_is_there_and_no_room_is_left_out():
    section = re.search(r"^## Layout\n\n```\n(.*?)```", README, re.MULTILINE | re.DOTALL)
    assert section
    package, _, rest = section.group(1).partition("dbt_project/  ")

    named = re.findall(r"(?:^|  )([a-z_]+(?:/|\.py))(?=  )", package.partition("\n")[2], re.MULTILINE)

    rooms = {f"{path.name}/" for path in (ROOT / "bandcamp_assets").iterdir() if (path / "__init__.py").exists()}
    assert {name for name in named if name.endswith("/")} == rooms
    assert [name for name in named if not (ROOT / "bandcamp_assets" / name).exists()] == []
    below = [ROOT / part for part in ("", "dbt_project", "infra", "bandcamp_assets_tests")]
    others = re.findall(r"\b([a-z_]+/|SCALE\.md)", rest)
    assert {"terraform/", "SCALE.md", "emulators/", "bench/"} <= set(others)
    assert [name for name in others if not any((folder / name).exists() for folder in below)] == []


def test_every_link_within_the_repository_leads_somewhere():
    tracked = subprocess.check_output(["git", "ls-files", "*.md"], cwd=ROOT, text=True).splitlines()

    lost = {name: lost_links(ROOT / name) for name in tracked}

    assert {"README.md", ".github/SECURITY.md", "infra/SCALE.md"} <= set(tracked)
    assert {name: places for name, places in lost.items() if places} == {}


def lost_links(document: Path) -> list[str]:
    """The links of a document that lead to no file, or to no heading of one."""
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    places = [place for place in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in place]
    return [place for place in places if not leads_somewhere(document, place)]


def leads_somewhere(document: Path, place: str) -> bool:
    path, _, heading = place.partition("#")
    target = document.parent / path if path else document
    if not heading or not target.exists():
        return target.exists()
    headings = re.findall(r"^#+ (.*)", target.read_text(), re.MULTILINE)
    return heading in {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}


def test_every_command_that_is_named_is_there():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"(?:`|^)make (\w+)", README, re.MULTILINE))
    asked = set(re.findall(r"bandcamp (\w+)`|bin/bandcamp (\w+)", README))
    modules = set(re.findall(r"python -m ([\w.]+)", README))

    assert {"run", "test", "ui", "dashboard", "doctor", "bench", "soak", "mutants", "compat", "scan"} <= targets
    assert [target for target in targets if not re.search(rf"^{target}:.*## \w+", makefile, re.MULTILINE)] == []
    assert {"".join(one) for one in asked} - set(commands.commands) == set()
    assert {"sql", "status", "prepare"} <= {"".join(one) for one in asked}
    assert modules == {f"bandcamp_assets_tests.{name}" for name in ("bench.large", "bench.cluster", "soak.home")}
    for module in modules:
        assert importlib.util.find_spec(module), module


def test_ui_and_dashboard_are_where_they_are_said_to_be():
    ports = {name: commands.commands[name].params[0] for name in ("ui", "dashboard")}

    assert {name: (port.name, port.default) for name, port in ports.items()} == {
        "ui": ("port", 3000),
        "dashboard": ("port", 3001),
    }
    assert "`make dashboard` and <http://127.0.0.1:3001>" in README
    assert re.search(r"`make ui` opens\s+the Dagster UI on <http://127\.0\.0\.1:3000>", README)


def test_every_target_of_make_is_described():
    makefile = (ROOT / "Makefile").read_text()

    targets = re.findall(r"^([a-z]+):(.*)", makefile, re.MULTILINE)

    assert len(targets) >= 17
    assert [target for target, rest in targets if not re.search(r"## \w+", rest)] == []


def test_the_workflow_runs_the_tests_on_the_versions_that_are_said():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    said = re.search(
        r"as locked on ([\d.,\sand]+),\s+with the oldest on ([\d.]+) and with the newest on ([\d.]+)\.", README
    )
    assert said

    locked, resolved = (workflow["jobs"][job]["strategy"]["matrix"] for job in ("locked", "resolved"))

    assert locked["python"] == re.findall(r"[\d.]+\d", said.group(1))
    assert resolved["include"] == [
        {"python": said.group(2), "resolution": "lowest-direct"},
        {"python": said.group(3), "resolution": "highest"},
    ]
    assert re.search(r"You need Python ([\d.]+) or newer", README).group(1) == "3.11"  # type: ignore[union-attr]
    assert project["requires-python"] == ">=3.11"
