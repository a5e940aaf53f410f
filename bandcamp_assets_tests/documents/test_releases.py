"""Releases, hooks and forms: what GitHub would run is held to the files it names, and to GitHub's own schemas."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bandcamp_assets.cli.main import commands
from bandcamp_assets_tests.documents.document import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def load(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / name).read_text())


def recipe(target: str) -> list[str]:
    """The commands of a target of the Makefile, as make would run them."""
    said = subprocess.check_output(["make", "--dry-run", "--always-make", target], cwd=ROOT, text=True)
    return [line.strip() for line in said.splitlines()]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what `.ci/release-notes` reads."""
    (tmp_path / ".ci").mkdir()
    for name in (".ci/release-notes", "pyproject.toml", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    pyproject, changelog = tmp_path / "pyproject.toml", tmp_path / "CHANGELOG.md"
    pyproject.write_text(re.sub(r'(?m)^version = ".*"', 'version = "1.2.3"', pyproject.read_text()))
    changelog.write_text("# Changelog\n\n## [1.2.3] - 2026-01-31\n\n- New.\n\n## [1.2.2] - 2026-01-01\n\n- Old.\n")
    return tmp_path


def notes(checkout: Path, tag: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([checkout / ".ci" / "release-notes", tag], capture_output=True, text=True, check=False)


def test_the_notes_of_a_release_are_its_section_of_the_changelog(checkout: Path) -> None:
    done = notes(checkout, "v1.2.3")

    assert (done.returncode, done.stdout) == (0, "- New.\n")


@pytest.mark.parametrize(
    ("tag", "heading", "said"),
    [
        ("v1.2.4", "## [1.2.3] - 2026-01-31", "pyproject.toml has version 1.2.3"),
        ("1.2.3", "## [1.2.3] - 2026-01-31", "The tag is 1.2.3"),
        ("v1.2.3", "## [1.2.3] - Unreleased", "put the date of the release there"),
        ("v1.2.3", "## [1.3.0] - 2026-01-31", "has no section for 1.2.3"),
    ],
)
def test_a_tag_that_does_not_fit_is_refused(tag: str, heading: str, said: str, checkout: Path) -> None:
    changelog = checkout / "CHANGELOG.md"
    changelog.write_text(changelog.read_text().replace("## [1.2.3] - 2026-01-31", heading))

    done = notes(checkout, tag)

    assert done.returncode == 1
    assert said in done.stderr
    assert done.stdout == ""


def test_the_version_stands_in_one_place() -> None:
    version = re.search(r'(?m)^version = "(.+)"', (ROOT / "pyproject.toml").read_text())
    assert version
    names = subprocess.check_output(
        ["git", "ls-files", "*.py", "*.yml", "*.toml", "*Dockerfile"], cwd=ROOT, text=True
    )
    said = [name for name in names.split() if f'version = "{version[1]}"' in (ROOT / name).read_text()]

    assert said == ["pyproject.toml"]


def test_the_hooks_do_what_make_style_does() -> None:
    hooks = [hook["entry"] for repo in load(".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]

    assert hooks == [line for line in recipe("style") if re.match(r"\.venv/bin/(ruff|mypy|lint-imports)\b", line)]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_unless_a_job_says_more_and_runs_only_actions_of_github(workflow: Path) -> None:
    text, jobs = workflow.read_text(), yaml.safe_load(workflow.read_text())["jobs"]
    used = [step["uses"] for job in jobs.values() for step in job.get("steps", ()) if "uses" in step]
    checkouts = [
        step for job in jobs.values() for step in job.get("steps", ()) if "checkout" in step.get("uses", "")
    ]

    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
    assert [action for action in used if not re.fullmatch(r"actions/[\w-]+@v\d+", action)] == []
    assert [step for step in checkouts if step["with"]["persist-credentials"]] == []
    assert [name for name, job in jobs.items() if "uses" not in job and "timeout-minutes" not in job] == []


def test_workflows_run_targets_and_files_that_exist() -> None:
    steps = [
        step["run"]
        for path in WORKFLOWS
        for job in yaml.safe_load(path.read_text())["jobs"].values()
        for step in job.get("steps", ())
        if "run" in step
    ]
    targets = {word for run in steps for line in re.findall(r"^make (.*)$", run, re.M) for word in line.split()}
    files = {name for run in steps for name in re.findall(r"(?<!\S)(\.ci/[\w-]+|infra/[\w/]+)", run)}

    makefile = (ROOT / "Makefile").read_text()
    assert {"dist", "sbom", "site"} <= targets
    assert [one for one in targets if "=" not in one and not re.search(rf"(?m)^{one}:", makefile)] == []
    assert {".ci/run", ".ci/release-notes", "infra/production/Dockerfile"} <= files
    assert [name for name in files if not (ROOT / name).exists()] == []


def test_nothing_is_published_without_a_tag() -> None:
    jobs = load(".github/workflows/release.yml")["jobs"]
    writing = {name for name, job in jobs.items() if "write" in job.get("permissions", {}).values()}

    assert writing == {"package", "image", "publish", "site"}
    on_tags = "github.ref_type == 'tag'"
    assert jobs["publish"]["if"] == on_tags
    assert jobs["site"]["needs"] == "publish"
    attest = [step for step in jobs["package"]["steps"] if "attest" in step.get("uses", "")]
    login, build = jobs["image"]["steps"][-2:]
    assert [step["if"] for step in (*attest, login)] == [on_tags, on_tags]
    assert build["env"]["PUSH"] == "${{ " + on_tags + " }}"
    assert "push=$PUSH" in build["run"]
    assert all("test" in jobs[name]["needs"] for name in ("package", "image"))


def test_what_is_published_is_what_make_makes() -> None:
    upload = load(".github/workflows/pages.yml")["jobs"]["build"]["steps"][-1]["with"]["path"]
    package = load(".github/workflows/release.yml")["jobs"]["package"]["steps"][-1]["with"]["path"]

    assert f".venv/bin/bandcamp site {upload}" in recipe("site")
    assert any(line.endswith(f"hatchling build --directory {package}") for line in recipe("dist"))


def test_dependabot_looks_where_there_is_something() -> None:
    marks = {
        "github-actions": ".github/workflows/test.yml",
        "docker": "Dockerfile",
        "docker-compose": "compose.yaml",
        "terraform": "versions.tf",
    }

    for update in load(".github/dependabot.yml")["updates"]:
        folder = ROOT / update["directory"].lstrip("/")
        assert (folder / marks.pop(update["package-ecosystem"])).is_file(), update
    assert marks == {}


def test_the_form_for_faults_asks_for_the_report() -> None:
    fields = {field["id"]: field for field in load(".github/ISSUE_TEMPLATE/bug.yml")["body"] if "id" in field}

    report = fields["report"]
    assert report["validations"]["required"]
    assert "bandcamp doctor --report" in report["attributes"]["description"]
    assert "--report" in [option for one in commands.commands["doctor"].params for option in one.opts]


@pytest.mark.long
def test_the_schemas_of_github_and_the_scanner_of_workflows_agree() -> None:
    scans = [line for line in recipe("scan") if "check-jsonschema" in line or "zizmor" in line]

    assert len(scans) == 6
    for scan in scans:
        done = subprocess.run(scan, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S602
        if "error sending request" in done.stderr.lower() and not os.environ.get("CI"):
            pytest.skip("the index of packages does not answer")
        assert done.returncode == 0, done.stdout + done.stderr
