"""dbt's project, parsed once in a test process and lent to homes on this machine.

Where a home lies is not in the parsed project, only in the fingerprint that it is checked by. Parsing takes 6 to 8
seconds of CPU for each home otherwise; the command that does it is tested in `cli` and `graph`.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

from bandcamp_assets.cli.prepare import prepare_platform
from bandcamp_assets.dbt.manifest import FINGERPRINT_KEY
from bandcamp_assets.dbt.project import DbtWorkspace, fingerprint
from bandcamp_assets.platform import Platform
from bandcamp_assets.settings import Settings

WITH_A_PLACE = {"DBT_WAREHOUSE_PATH"}
"""The only settings of dbt that may differ from home to home."""


def lend(home: Path) -> None:
    """Prepare a home's dbt project, unless it has one already."""
    ours = _workspace(home)
    if ours.target_dir.exists():
        return
    theirs = _workspace(Path(_prepared().name))
    assert {name for name in ours.env if ours.env[name] != theirs.env.get(name)} <= WITH_A_PLACE
    manifest = json.loads(theirs.manifest_path.read_bytes())
    manifest["metadata"]["env"][FINGERPRINT_KEY] = fingerprint(ours)
    ours.target_dir.mkdir(parents=True)
    shutil.copy(theirs.parsed_path, ours.parsed_path)
    ours.manifest_path.write_text(json.dumps(manifest))


@lru_cache
def _prepared() -> tempfile.TemporaryDirectory[str]:
    """A home of this process, prepared; it is gone when the process ends."""
    folder = tempfile.TemporaryDirectory(prefix="bandcamp-prepared-")
    prepare_platform({"BANDCAMP_HOME": folder.name})
    return folder


def _workspace(home: Path) -> DbtWorkspace:
    return Platform.assemble(Settings.from_env({"BANDCAMP_HOME": str(home)})).dbt
