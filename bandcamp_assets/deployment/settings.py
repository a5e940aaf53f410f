"""Settings: read from the environment once, and checked.

An unknown `BANDCAMP_…` variable or value is an error that names it. A misspelt setting must not silently mean the
default. `bandcamp_assets.system.home` has the paths below the home.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bandcamp_assets.alerts import settings as alerts
from bandcamp_assets.alerts.settings import AlertSettings
from bandcamp_assets.deployment import openlineage
from bandcamp_assets.deployment.openlineage import OpenLineage
from bandcamp_assets.sources.archive.published import DEFAULT_URL
from bandcamp_assets.sources.feed import DEFAULT_URL as FEED_URL
from bandcamp_assets.sources.sample_size import MAX_ROWS, MIN_ROWS
from bandcamp_assets.storage.google_cloud import place
from bandcamp_assets.storage.google_cloud.place import GoogleCloud
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import DEFAULT_HOME, HOME_VARIABLE, Home
from bandcamp_assets.system.home_path import locate_home
from bandcamp_assets.system.setting_values import (
    absolute_folders,
    choice,
    scheduler_address,
    web_address,
    whole_number,
)

PREFIX = "BANDCAMP_"

DASHBOARD_URL = "http://127.0.0.1:3001/"

DESCRIPTIONS = {
    "BANDCAMP_HOME": "Folder for all state of the platform. Default: .bandcamp in the working directory.",
    "BANDCAMP_DEPLOYMENT": "local (a folder as object store, DuckDB as warehouse) or gcp (Cloud Storage, "
    "BigQuery). Default: local.",
    "BANDCAMP_SOURCE": "What raw_sales lands: sample, archive, or the path of a file or a folder. "
    "Default: the sample into an empty home, nothing new into one that holds files.",
    "BANDCAMP_SOURCE_FOLDERS": "Folders in which the path of a source must lie, absolute, with `:` between. "
    "Whoever reaches the UI may name one. Default: any path.",
    "BANDCAMP_SAMPLE_ROWS": f"Rows of the generated sample, {MIN_ROWS} to {MAX_ROWS}. Default: 200000.",
    "BANDCAMP_ARCHIVE_URL": "Where SOURCE=archive downloads from. Default: the published archive.",
    "BANDCAMP_FEED": "Whether the live feed is polled by the daemon, and must be fresh: on or off. Default: off.",
    "BANDCAMP_FEED_URL": "Address of the live feed of sales. Default: Bandcamp's own.",
    "BANDCAMP_FEED_CONTACT_URL": "Where the feed's owner finds who is polling; sent as part of the User-Agent. "
    "Default: none.",
    "BANDCAMP_FEED_MAX_PAGES": "Pages asked for in one poll at most, 1 to 10000. Default: 500.",
    "BANDCAMP_FEED_PAUSE_SECONDS": "Wait between one page and the next request, 0 to 60. Default: 1.",
    "BANDCAMP_FEED_SECONDS": "Longest time for one page, with all retries, 1 to 600. Default: 120.",
    "BANDCAMP_MARTS": "When the daemon builds marts and report of changed days: at_once, hourly at most, or "
    "nightly at 03:00 UTC. `bandcamp run` always does. Default: at_once; nightly with gcp, where builds cost.",
    "BANDCAMP_KEEP_RUNS_DAYS": "Days for which Dagster's runs are kept, 1 to 3650. A run that holds the latest of "
    "an asset, day or check stays longer. Default: 30.",
    "BANDCAMP_DASHBOARD_URL": "Where people open the dashboard; shown on its asset. "
    f"Default: {DASHBOARD_URL}, which `bandcamp dashboard` serves.",
    "BANDCAMP_DASK_SCHEDULER": "Scheduler of a Dask cluster that parses and cleans, such as tcp://host:8786 or "
    "tls://host:8786; its workers share BANDCAMP_HOME. Default: none, in this process.",
    **openlineage.DESCRIPTIONS,
    **alerts.DESCRIPTIONS,
    **place.DESCRIPTIONS,
}
"""The meaning of every setting. `SETTINGS.md` is made from this."""

DEPLOYMENTS = ("local", "gcp")

MARTS = ("at_once", "hourly", "nightly")

_MARTS_OF = {"local": "at_once", "gcp": "nightly"}


@dataclass(frozen=True)
class Settings:
    """The platform's settings, all valid.

    Attributes:
        home: The folder of all state.
        deployment: Which object store and warehouse the graph uses.
        source: `sample`, `archive` or a path; empty if the user names none.
        source_folders: Folders that must contain the path of a source; empty for any path.
        sample_rows: Rows of the generated sample.
        archive_url: Address of the published archive.
        feed: Whether the daemon polls the live feed.
        feed_url: Address of the live feed.
        feed_contact_url: Where the feed's owner finds who is polling; empty for nowhere.
        feed_max_pages: The most pages in one poll.
        feed_pause_seconds: Wait between one page and the next.
        feed_seconds: Longest time for one page with its retries.
        marts: How often the daemon builds the marts: one of `MARTS`.
        keep_runs_days: Days for which Dagster's runs are kept.
        dashboard_url: Where people open the dashboard; ends with a slash.
        dask_scheduler: Address of the Dask scheduler whose workers parse and clean; empty for this process.
        openlineage: Where lineage goes.
        alerts: Where alerts go.
        google_cloud: Project, bucket and dataset in Google Cloud; None in the local deployment.
    """

    home: Home
    deployment: str = "local"
    source: str = ""
    source_folders: tuple[Path, ...] = ()
    sample_rows: int = 200_000
    archive_url: str = DEFAULT_URL
    feed: bool = False
    feed_url: str = FEED_URL
    feed_contact_url: str = ""
    feed_max_pages: int = 500
    feed_pause_seconds: int = 1
    feed_seconds: int = 120
    marts: str = "at_once"
    keep_runs_days: int = 30
    dashboard_url: str = DASHBOARD_URL
    dask_scheduler: str = ""
    openlineage: OpenLineage = field(default_factory=OpenLineage)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    google_cloud: GoogleCloud | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read and check the settings in `env`.

        Raises:
            PlatformError: If a name is unknown, or a value is not allowed.
        """
        given = {name: value for name, value in env.items() if name.startswith(PREFIX) and value != ""}
        _refuse_unknown_names(given)
        deployment = choice("BANDCAMP_DEPLOYMENT", given.get("BANDCAMP_DEPLOYMENT", "local"), DEPLOYMENTS)
        return cls(
            home=Home(locate_home(given.get(HOME_VARIABLE, DEFAULT_HOME))),
            deployment=deployment,
            source=given.get("BANDCAMP_SOURCE", ""),
            source_folders=absolute_folders("BANDCAMP_SOURCE_FOLDERS", given.get("BANDCAMP_SOURCE_FOLDERS", "")),
            sample_rows=whole_number(
                "BANDCAMP_SAMPLE_ROWS",
                given.get("BANDCAMP_SAMPLE_ROWS", "200000"),
                MIN_ROWS,
                MAX_ROWS,
                of="rows",
            ),
            archive_url=given.get("BANDCAMP_ARCHIVE_URL", DEFAULT_URL),
            feed=choice("BANDCAMP_FEED", given.get("BANDCAMP_FEED", "off"), ("on", "off")) == "on",
            feed_url=web_address("BANDCAMP_FEED_URL", given.get("BANDCAMP_FEED_URL", FEED_URL)),
            feed_contact_url=web_address("BANDCAMP_FEED_CONTACT_URL", given.get("BANDCAMP_FEED_CONTACT_URL", "")),
            feed_max_pages=_number(given, "BANDCAMP_FEED_MAX_PAGES", 500, 1, 10_000),
            feed_pause_seconds=_number(given, "BANDCAMP_FEED_PAUSE_SECONDS", 1, 0, 60),
            feed_seconds=_number(given, "BANDCAMP_FEED_SECONDS", 120, 1, 600),
            marts=choice("BANDCAMP_MARTS", given.get("BANDCAMP_MARTS", _MARTS_OF[deployment]), MARTS),
            keep_runs_days=_number(given, "BANDCAMP_KEEP_RUNS_DAYS", 30, 1, 3650),
            dashboard_url=_folder(
                web_address("BANDCAMP_DASHBOARD_URL", given.get("BANDCAMP_DASHBOARD_URL", DASHBOARD_URL))
            ),
            dask_scheduler=scheduler_address("BANDCAMP_DASK_SCHEDULER", given.get("BANDCAMP_DASK_SCHEDULER", "")),
            openlineage=OpenLineage.from_env(given),
            # It also masks what other variables hold as secrets.
            alerts=AlertSettings.from_env(env),
            google_cloud=GoogleCloud.from_env(given) if deployment == "gcp" else None,
        )


def _folder(address: str) -> str:
    return address if address.endswith("/") else f"{address}/"


def _number(given: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    return whole_number(name, given.get(name, str(default)), low, high)


def _refuse_unknown_names(given: Mapping[str, str]) -> None:
    for name in given:
        if name not in DESCRIPTIONS:
            close = difflib.get_close_matches(name, DESCRIPTIONS, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(DESCRIPTIONS)}"
            shown = name if name.isprintable() else repr(name)
            raise PlatformError("There is no such setting", where=f"environment variable {shown}", remedy=hint)
