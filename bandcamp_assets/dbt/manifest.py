"""The manifest: `dbt parse` makes it once. It is refused once it is stale.

The graph is made from the manifest and only reads it. Whoever loads the graph first calls `prepare_manifest` or
`prepare_if_needed`. These parse only a stale manifest. Of several processes that start together, one parses.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock

from bandcamp_assets.dbt import engine, installation
from bandcamp_assets.dbt.project import DbtWorkspace, fingerprint
from bandcamp_assets.system.checksums import checksum
from bandcamp_assets.system.errors import PlatformError

FINGERPRINT_KEY = "BANDCAMP_FINGERPRINT"
"""The key of the fingerprint in the manifest's `metadata.env`."""


def prepare_manifest(workspace: DbtWorkspace) -> Path:
    """Make the manifest, unless the present one is current. Safe to call from several processes at once.

    Returns:
        The path of the manifest.

    Raises:
        PlatformError: If dbt cannot read the project. The old manifest then stays as it was.
    """
    workspace.target_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(workspace.home / "prepare.lock"):
        expected = fingerprint(workspace)
        if fingerprint_of(_read(workspace)) != expected:
            if not installation.take(workspace, expected):
                _parse(workspace, expected)
                installation.keep(workspace, expected)
            _seal(workspace)
    return workspace.manifest_path


def prepare_if_needed(workspace: DbtWorkspace) -> None:
    """Make the manifest if it is missing or stale. If it is current, nothing is locked or written.

    Raises:
        PlatformError: If dbt cannot read the project.
    """
    if fingerprint_of(_read(workspace)) != fingerprint(workspace):
        prepare_manifest(workspace)


def needs_parsing(workspace: DbtWorkspace) -> bool:
    """Whether preparing takes seconds, because neither the home nor the installation has a current manifest."""
    expected = fingerprint(workspace)
    prepared = fingerprint_of(_read(workspace)) == expected
    return not prepared and installation.kept_folder(workspace, expected) is None


def load_manifest(workspace: DbtWorkspace) -> Mapping[str, Any]:
    """Read the manifest.

    Raises:
        PlatformError: If it is missing, or was made from other sources, versions or settings.
    """
    manifest = _read(workspace)
    if manifest is None:
        raise _not_prepared("The dbt project is not prepared", workspace)
    if fingerprint_of(manifest) != fingerprint(workspace):
        raise _not_prepared("The dbt project has changed since it was prepared", workspace)
    return manifest


def read_parsed(workspace: DbtWorkspace, manifest: Mapping[str, Any]) -> bytes:
    """Read the project in dbt's own format, as it was parsed together with `manifest`, for `engine.invoke`.

    Raises:
        PlatformError: If the project was prepared again since.
    """
    if not workspace.parsed_path.is_file():
        raise _not_prepared("The dbt project is not prepared", workspace)
    if fingerprint_of(_read(workspace)) != fingerprint_of(manifest):
        raise PlatformError(
            "The dbt project was prepared again while this process was running",
            where=str(workspace.manifest_path),
            remedy="reload the definitions (in the UI: Deployment, Reload), or run again",
        )
    return workspace.parsed_path.read_bytes()


def exposed(manifest: Mapping[str, Any], name: str) -> list[str]:
    """The names of the models that an exposure is made from.

    Raises:
        PlatformError: If the project has no exposure of that name.
    """
    for exposure in manifest["exposures"].values():
        if exposure["name"] == name:
            return sorted(manifest["nodes"][node]["name"] for node in exposure["depends_on"]["nodes"])
    raise PlatformError(
        f"The dbt project has no exposure {name}",
        where="dbt_project/models/exposures.yml",
        remedy=f"name there the models that {name} is made from",
    )


def models_tagged(manifest: Mapping[str, Any], tag: str) -> list[str]:
    """The names of the models with a tag."""
    models = (node for node in manifest["nodes"].values() if node["resource_type"] == "model")
    return sorted(node["name"] for node in models if tag in node["tags"])


def project_vars(workspace: DbtWorkspace) -> Mapping[str, Any]:
    """The vars of the project in `dbt_project.yml`."""
    project = yaml.safe_load((workspace.project_dir / "dbt_project.yml").read_text())
    found: Mapping[str, Any] = project["vars"]
    return found


def _not_prepared(what: str, workspace: DbtWorkspace) -> PlatformError:
    return PlatformError(
        what, where=str(workspace.manifest_path), remedy="run `bandcamp prepare`, or `make ui`, which does it too"
    )


def _read(workspace: DbtWorkspace) -> dict[str, Any] | None:
    """The manifest; None if there is none, or if it or the parsed project is damaged."""
    try:
        if json.loads(_sealed_path(workspace).read_bytes()) != _checksums(workspace):
            return None
        manifest: dict[str, Any] = json.loads(workspace.manifest_path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return manifest


def _seal(workspace: DbtWorkspace) -> None:
    """Write the checksums of what was made. A byte that changes later would change what dbt builds."""
    sealed = _sealed_path(workspace)
    half_made = sealed.with_suffix(".new")
    half_made.write_text(json.dumps(_checksums(workspace)))
    half_made.replace(sealed)


def _sealed_path(workspace: DbtWorkspace) -> Path:
    return workspace.target_dir / "checksums.json"


def _checksums(workspace: DbtWorkspace) -> dict[str, str]:
    return {path.name: checksum(path) for path in (workspace.manifest_path, workspace.parsed_path)}


def fingerprint_of(manifest: Mapping[str, Any] | None) -> str | None:
    """The fingerprint of a manifest; None without a manifest, or if it is not ours."""
    found = (manifest or {}).get("metadata", {}).get("env", {}).get(FINGERPRINT_KEY)
    return None if found is None else str(found)


def _parse(workspace: DbtWorkspace, expected: str) -> None:
    for leftover in workspace.target_dir.glob("parse-*"):  # of killed processes, as this one holds the lock
        shutil.rmtree(leftover, ignore_errors=True)
    scratch = workspace.target_dir / f"parse-{uuid.uuid4().hex[:8]}"
    try:
        outcome = engine.invoke(workspace, ["parse"], target_path=scratch)
        if not outcome.succeeded:
            raise PlatformError(
                f"dbt cannot read its project: {outcome.message}",
                where=str(workspace.project_dir),
                remedy="fix the file that dbt names, and prepare again",
            )
        manifest = json.loads((scratch / "manifest.json").read_bytes())
        manifest["metadata"].setdefault("env", {})[FINGERPRINT_KEY] = expected
        (scratch / "manifest.json").write_text(json.dumps(manifest))
        # The manifest last. Until then, the old fingerprint is found.
        (scratch / workspace.parsed_path.name).replace(workspace.parsed_path)
        (scratch / "manifest.json").replace(workspace.manifest_path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
