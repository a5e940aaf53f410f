"""What the command lets in of where it was started: neither other projects' settings and modules, nor the locale.

Whatever is meant for this platform begins with `BANDCAMP_` (see `settings`). What dbt sees of the environment is
said in `dbt.engine`, as it is started by Dagster's processes, too.
"""

from __future__ import annotations

import locale
import os
import sys
from pathlib import Path

_OF_DAGSTER = "DAGSTER_"
_KEPT = "DAGSTER_DISABLE_TELEMETRY"
"""Says nothing of any project, and holds for the processes of `bandcamp ui`, too."""


def stand_alone() -> None:
    """Shut out what was not meant for this command. To be called before anything heavy is imported.

    The process may begin anew, under the same number, to speak UTF-8.
    """
    _speak_utf8()
    _leave_foreign_modules()
    _forget_other_instances()


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
    package = Path(__file__).resolve().parents[2]
    listed = [Path(folder) for folder in os.environ.pop("PYTHONPATH", "").split(os.pathsep)]
    own = [folder for folder in listed if package == folder.resolve() or folder.is_relative_to(sys.prefix)]
    if own:
        os.environ["PYTHONPATH"] = os.pathsep.join(map(str, own))
    foreign = {str(folder.absolute()) for folder in listed if folder not in own}
    sys.path[:] = [folder for folder in sys.path if folder not in foreign]


def _forget_other_instances() -> None:
    for name in list(os.environ):
        if name.startswith(_OF_DAGSTER) and name != _KEPT:
            del os.environ[name]
