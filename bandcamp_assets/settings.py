"""Settings, read from the environment once, checked, and never guessed.

An unknown `BANDCAMP_…` variable or value is an error that names it: a misspelt setting must not
silently mean the default. Where things lie below the home is said in `bandcamp_assets.home`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bandcamp_assets.errors import PlatformError
from bandcamp_assets.home import Home
from bandcamp_assets.landing.published_archive import DEFAULT_URL

PREFIX = "BANDCAMP_"

DESCRIPTIONS = {
    "BANDCAMP_HOME": "Folder for all state of the platform. Default: .bandcamp in the working directory.",
    "BANDCAMP_DEPLOYMENT": "local (a folder as object store, DuckDB as warehouse). Default: local.",
    "BANDCAMP_SOURCE": "What raw_sales lands: sample, archive, or the path of a .csv or .zip. "
    "Default: the sample into an empty home, nothing new into one that holds files.",
    "BANDCAMP_SAMPLE_ROWS": "Rows of the generated sample, 1000 to 100000000. Default: 200000.",
    "BANDCAMP_ARCHIVE_URL": "Where SOURCE=archive downloads from. Default: the published archive.",
}
"""Every setting there is, with what it means; the README's table is checked against this."""

DEPLOYMENTS = ("local",)


@dataclass(frozen=True)
class Settings:
    """The platform's settings, all valid.

    Attributes:
        home: Where all state lies.
        deployment: Which object store and warehouse serve the graph.
        source: `sample`, `archive` or a path; empty where the user names none.
        sample_rows: Rows of the generated sample.
        archive_url: Address of the published archive.
    """

    home: Home
    deployment: str = "local"
    source: str = ""
    sample_rows: int = 200_000
    archive_url: str = DEFAULT_URL

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read and check the settings in `env`.

        Raises:
            PlatformError: For an unknown name, or a value that is none of those allowed.
        """
        given = {name: value for name, value in env.items() if name.startswith(PREFIX) and value != ""}
        _refuse_unknown_names(given)
        return cls(
            home=Home(Path(given.get("BANDCAMP_HOME", ".bandcamp")).expanduser().absolute()),
            deployment=_choice("BANDCAMP_DEPLOYMENT", given.get("BANDCAMP_DEPLOYMENT", "local"), DEPLOYMENTS),
            source=given.get("BANDCAMP_SOURCE", ""),
            sample_rows=_rows("BANDCAMP_SAMPLE_ROWS", given.get("BANDCAMP_SAMPLE_ROWS", "200000")),
            archive_url=given.get("BANDCAMP_ARCHIVE_URL", DEFAULT_URL),
        )


def _refuse_unknown_names(given: Mapping[str, str]) -> None:
    for name in given:
        if name not in DESCRIPTIONS:
            close = difflib.get_close_matches(name, DESCRIPTIONS, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(DESCRIPTIONS)}"
            raise PlatformError("There is no such setting", where=f"environment variable {name}", remedy=hint)


def _choice(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise PlatformError(
            f"'{value}' is no value of this setting",
            where=f"environment variable {name}",
            remedy=f"set it to one of: {', '.join(allowed)}",
        )
    return value


def _rows(name: str, value: str) -> int:
    try:
        rows = int(value.replace("_", ""))
    except ValueError:
        rows = -1
    if not 1_000 <= rows <= 100_000_000:
        raise PlatformError(
            f"'{value}' is no number of rows",
            where=f"environment variable {name}",
            remedy="give a whole number from 1000 to 100000000",
        )
    return rows
