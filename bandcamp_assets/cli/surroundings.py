"""Isolates the command from where it was started: from other projects' settings and modules, and from the locale.

Settings for this platform start with `BANDCAMP_` (see `settings`). In Dagster's own processes, `dbt.environment`
keeps other projects' settings from dbt.
"""

from __future__ import annotations

import locale
import os
import sys
from contextlib import suppress
from pathlib import Path

from bandcamp_assets.dbt.environment import LOG_LEVEL_VARIABLE, PREFIX

FOREIGN = ("DAGSTER_", PREFIX)
"""Prefixes of variables that steer Dagster and dbt. The platform itself sets those that they need."""

KEPT = ("DAGSTER_DISABLE_TELEMETRY", "DBT_SEND_ANONYMOUS_USAGE_STATS", LOG_LEVEL_VARIABLE)
"""Variables that change no table. They are kept, also for the processes of `bandcamp ui`."""


def stand_alone() -> None:
    """Remove what is not meant for this command. To be called before anything heavy is imported.

    The process may restart itself, with the same process id, to use UTF-8.
    """
    _speak_utf8()
    with suppress(FileNotFoundError):  # the working folder is gone; `main` reports it
        _leave_foreign_modules()
    _forget_other_projects()


def _speak_utf8() -> None:
    """Read and write UTF-8 in any locale, as names of artists, files and folders hold any characters."""
    if not sys.flags.utf8_mode and locale.getencoding().lower().replace("-", "") != "utf8":
        os.environ["PYTHONUTF8"] = "1"  # for the processes that it starts
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606
    for stream in (sys.stdout, sys.stderr):
        # For another encoding (PYTHONIOENCODING), and for names that are not UTF-8.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _leave_foreign_modules() -> None:
    """Remove the folders in `PYTHONPATH` from the import path, except this package's and the environment's."""
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
