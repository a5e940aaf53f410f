"""Importing a module of the package opens and reads nothing. Files are opened only when they are needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import bandcamp_assets

WATCHED = """
import importlib, os, pkgutil, sys
import bandcamp_assets

PLACES, opened = sys.argv[1:], []

def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        path = os.path.abspath(arguments[0])
        if path.startswith(tuple(PLACES)) and os.path.exists(path) and not path.endswith((".py", ".pyc")):
            opened.append(path)
    elif event in ("sqlite3.connect", "socket.connect"):
        opened.append(event)

sys.addaudithook(watch)
names = [found.name for found in pkgutil.walk_packages(bandcamp_assets.__path__, "bandcamp_assets.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(len(names), *opened)
"""


def test_importing_every_module_opens_no_file_of_the_project_and_creates_no_home(tmp_path: Path):
    folder = Path(bandcamp_assets.__file__).parent
    project, home = folder.parent / "dbt_project", tmp_path / "home"

    said = subprocess.run(
        [sys.executable, "-c", WATCHED, str(folder), str(project), str(tmp_path)],
        cwd=tmp_path,
        env={"BANDCAMP_HOME": str(home), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )

    modules, *opened = said.stdout.split()
    assert int(modules) > 200
    assert opened == []
    assert list(tmp_path.iterdir()) == []
