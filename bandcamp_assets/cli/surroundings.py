"""What the command lets in of where it was started: neither other projects' settings and modules, nor the locale.

Whatever is meant for this platform begins with `BANDCAMP_` (see `settings`). In Dagster's own processes,
`dbt.environment` keeps other projects' settings from dbt.
"""

from __future__ import annotations

import locale
import os
import sys
from contextlib import suppress
from pathlib import Path

from bandcamp_assets.dbt.environment import LOG_LEVEL_VARIABLE, PREFIX

FOREIGN = ("DAGSTER_", PREFIX)
"""How variables begin that steer Dagster and dbt. Those that they need here are set where they are needed."""

KEPT = ("DAGSTER_DISABLE_TELEMETRY", "DBT_SEND_ANONYMOUS_USAGE_STATS", LOG_LEVEL_VARIABLE)
"""Change no table, and hold for the processes of `bandcamp ui`, too."""


def stand_alone() -> None:
    """Shut out what was not meant for this command. To be called before anything heavy is imported.

    The process may begin anew, under the same number, to speak UTF-8.
    """
    _speak_utf8()
    with suppress(FileNotFoundError):  # the working folder is gone, which `main` tells
        _leave_foreign_modules()
    _forget_other_projects()


def _speak_utf8() -> None:
    """Read and write UTF-8 in any locale: names of artists, files and folders do not end at ASCII."""
    if not sys.flags.utf8_mode and locale.getencoding().lower().replace("-", "") != "utf8":
        os.environ["PYTHONUTF8"] = "1"  # for the processes that it starts
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606
    for stream in (sys.stdout, sys.stderr):
        # Started with an encoding of its own (PYTHONIOENCODING), or printing a name that is not UTF-8.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _leave_foreign_modules() -> None:
    """Import nothing from folders in `PYTHONPATH`, but for the folder of this package and what is installed."""
    given = os.environ.pop("PYTHONPATH", "")
    if not given:
        return
    package = Path(__file__).resolve().parents[2]
    listed = [Path(os.path.realpath(folder)) for folder in given.split(os.pathsep)]
    own = [folder for folder in listed if folder == package or folder.is_relative_to(sys.prefix)]
    if own:
        os.environ["PYTHONPATH"] = os.pathsep.join(map(str, own))
    foreign = {*listed} - {*own}
    sys.path[:] = [folder for folder in sys.path if Path(os.path.realpath(folder)) not in foreign]


def _forget_other_projects() -> None:
    for name in list(os.environ):
        if name.startswith(FOREIGN) and name not in KEPT:
            del os.environ[name]
