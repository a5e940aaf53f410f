"""Every command, link and setting that a document names is there."""

from __future__ import annotations

import importlib.util
import re
import tomllib

import pytest
import yaml
from dagster._core.workspace.load_target import WorkspaceFileTarget

from bandcamp_assets.cli.main import commands
from bandcamp_assets.deployment.settings import DESCRIPTIONS
from bandcamp_assets_tests.documents.document import CONTRIBUTING, README, ROOT, Document, tracked_documents

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = dict(re.findall(r"^([a-z]+):(.*)", MAKEFILE, re.MULTILINE))
DOCUMENTS = tracked_documents()

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)


def test_the_documents_that_people_look_for_are_tracked() -> None:
    names = {document.name for document in DOCUMENTS}

    assert {"README.md", "CHANGELOG.md", "infra/SCALE.md"} <= names
    assert {f".github/{name}.md" for name in ("SECURITY", "CONTRIBUTING", "AGENTS")} <= names


@each_document
def test_every_link_within_the_repository_leads_somewhere(document: Document) -> None:
    prose = re.sub(r"```.*?```", "", document.text, flags=re.DOTALL)
    places = [place for place in re.findall(r"\]\(([^)\s]+)\)", prose) if "://" not in place]

    assert [place for place in places if not leads_somewhere(document, place)] == []


def leads_somewhere(document: Document, place: str) -> bool:
    if node := re.fullmatch(r"#!/\w+/[\w.]+\.(\w+)", place):  # an address within dbt's page of documentation
        return (
            node[1] == "sales"
            or any((ROOT / "dbt_project").rglob(f"{node[1]}.sql"))
            or any((ROOT / "dbt_project").rglob(f"{node[1]}.csv"))
        )
    path, _, heading = place.partition("#")
    target = document.path.parent / path if path else document.path
    if not heading or not target.exists():
        return target.exists()
    headings = re.findall(r"^#+ (.*)", target.read_text(), re.MULTILINE)
    return heading in {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}


@each_document
def test_every_command_that_is_named_is_there(document: Document) -> None:
    targets = set(re.findall(r"(?:`|^)make ([a-z]+)\b", document.text, re.MULTILINE))
    asked = set(re.findall(r"(?:`|bin/)bandcamp ([a-z]+)\b", document.text))
    modules = set(re.findall(r"python -m (bandcamp_[\w.]+)", document.text))

    assert targets - TARGETS.keys() == set()
    assert asked - commands.commands.keys() == set()
    assert [module for module in modules if not importlib.util.find_spec(module)] == []


@each_document
def test_every_setting_that_is_named_is_there(document: Document) -> None:
    named = set(re.findall(r"\bBANDCAMP_[A-Z_]+[A-Z]\b", document.text))

    assert named - DESCRIPTIONS.keys() == set()


def test_what_a_visitor_and_a_contributor_need_is_named() -> None:
    visitor, contributor = (set(re.findall(r"make (\w+)", one.text)) for one in (README, CONTRIBUTING))

    assert {"run", "test", "ui", "dashboard", "style"} <= visitor
    assert {"run", "test", "style", "lint", "compat", "bench", "soak", "mutants", "scan", "lock"} <= contributor


def test_every_target_of_make_is_described() -> None:
    assert len(TARGETS) >= 17
    assert [target for target, rest in TARGETS.items() if not re.search(r"## \w+", rest)] == []


def test_each_way_to_start_dagster_by_itself_finds_the_definitions() -> None:
    (by_file,) = WorkspaceFileTarget([str(ROOT / "workspace.yaml")]).create_origins()
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["dg"]["project"]

    assert by_file.loadable_target_origin.module_name == "bandcamp_assets.definitions"
    assert settings["code_location_target_module"] == "bandcamp_assets.definitions"


def test_the_workflow_runs_the_tests_on_the_versions_that_are_said() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    said = CONTRIBUTING.sentence(
        r"as locked on ([\d.,\sand]+), with the oldest on ([\d.]+) and with the newest on ([\d.]+)\."
    )

    locked, resolved = (workflow["jobs"][job]["strategy"]["matrix"] for job in ("locked", "resolved"))

    assert locked["python"] == re.findall(r"[\d.]+\d", said.group(1))
    assert resolved["include"] == [
        {"python": said.group(2), "resolution": "lowest-direct"},
        {"python": said.group(3), "resolution": "highest"},
    ]
