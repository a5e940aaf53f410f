"""Keeps what one installation has made for all its homes: manifest, parsed project, lineage, documentation.

Parsing takes dbt seconds and gives the same result for every home. So the result is kept beside the installed
packages, under the fingerprint of all its inputs. It is kept only for the installation's own project, and only if
the folder can be written. Otherwise each home parses for itself.
"""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from pathlib import Path

from bandcamp_assets.dbt.project import DbtWorkspace, locate_project

KEPT = 8
"""How many versions of the project, its targets and their settings are kept."""


def kept_folder(workspace: DbtWorkspace, fingerprint: str) -> Path | None:
    """The installation's folder for this fingerprint; None if it keeps nothing."""
    folder = _root() / fingerprint
    return folder if folder.is_dir() and _is_own(workspace) else None


def take(workspace: DbtWorkspace, fingerprint: str) -> bool:
    """Copy what the installation keeps into the home, the manifest last; False if it keeps nothing."""
    kept = kept_folder(workspace, fingerprint)
    if kept is None:
        return False
    scratch = workspace.target_dir / f"parse-{uuid.uuid4().hex[:8]}"
    scratch.mkdir(parents=True)
    try:
        for target in _files(workspace):
            shutil.copyfile(kept / target.name, scratch / target.name)
        for target in _files(workspace):
            (scratch / target.name).replace(target)
    except FileNotFoundError:
        return False  # another process has just pruned it
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return True


def lineage_folder(workspace: DbtWorkspace, fingerprint: str) -> Path:
    """The folder of column lineage: the installation's if it can be written, else the home's."""
    kept = kept_folder(workspace, fingerprint)
    return (kept if kept and os.access(kept, os.W_OK) else workspace.target_dir) / "lineage"


def docs_page(workspace: DbtWorkspace, fingerprint: str) -> Path | None:
    """The installation's path of the documentation, which may not exist yet; None if it keeps nothing."""
    kept = kept_folder(workspace, fingerprint)
    return kept / "dbt_docs.html" if kept else None


def keep_file(made: Path, kept: Path) -> None:
    """Keep a file that was made for a home, if this installation can be written."""
    scratch = kept.with_name(f".{uuid.uuid4().hex}")
    try:
        shutil.copyfile(made, scratch)
        scratch.replace(kept)
    except OSError:  # read-only, or just pruned
        scratch.unlink(missing_ok=True)


def keep(workspace: DbtWorkspace, fingerprint: str) -> None:
    """Keep what a home has parsed for other homes, if this installation can be written."""
    if not _is_own(workspace) or kept_folder(workspace, fingerprint):
        return
    scratch = _root() / f".{uuid.uuid4().hex}"
    try:
        scratch.mkdir(parents=True)
        for source in _files(workspace):
            shutil.copyfile(source, scratch / source.name)
        scratch.rename(_root() / fingerprint)
        _prune()
    except OSError:  # read-only, or another process was faster
        shutil.rmtree(scratch, ignore_errors=True)


def _files(workspace: DbtWorkspace) -> tuple[Path, Path]:
    return workspace.parsed_path, workspace.manifest_path


def _is_own(workspace: DbtWorkspace) -> bool:
    return workspace.project_dir.resolve() == locate_project()


def _root() -> Path:
    return Path(sys.prefix) / "var" / "bandcamp-assets" / "dbt"


def _prune() -> None:
    newest_first = sorted(_root().iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in newest_first[KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)
