"""Makes dbt's documentation of the project as one page that needs no server, with manifest and catalog inside."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bandcamp_assets.dbt import engine, installation
from bandcamp_assets.dbt.manifest import fingerprint_of, read_parsed
from bandcamp_assets.dbt.project import DbtWorkspace
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.scratch import name_of_own


def make_docs(workspace: DbtWorkspace, manifest: Mapping[str, Any], target: Path) -> None:
    """Write the documentation of the project to the file `target`.

    It is the same in every home, so the copy of the installation is used if there is one.

    Args:
        workspace: The prepared project. Its warehouse is open while this runs.
        manifest: The manifest of the definitions.
        target: The file, in an existing folder.

    Raises:
        PlatformError: If dbt cannot make the documentation.
    """
    kept = installation.docs_page(workspace, str(fingerprint_of(manifest)))
    if kept and kept.is_file():
        shutil.copyfile(kept, target)
        return
    _generate(workspace, manifest, target)
    if kept:
        installation.keep_file(target, kept)


def _generate(workspace: DbtWorkspace, manifest: Mapping[str, Any], target: Path) -> None:
    folder = workspace.builds_dir / name_of_own("docs")
    # The emulator has no catalog of columns, and the descriptions do not need it.
    catalog = ["--empty-catalog"] if workspace.is_emulated else []
    try:
        outcome = engine.invoke(
            workspace,
            ["docs", "generate", "--static", *catalog],
            target_path=folder,
            parsed=read_parsed(workspace, manifest),
        )
        if not outcome.succeeded:
            raise PlatformError(
                f"dbt cannot document its project: {outcome.message}",
                where=str(workspace.project_dir),
                remedy="fix what dbt names, and run again",
            )
        shutil.move(folder / "static_index.html", target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
