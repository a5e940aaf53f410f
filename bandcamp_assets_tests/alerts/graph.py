"""A small graph that fails as the test tells it, and the alert sensor on a real instance without a daemon."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import dagster as dg

from bandcamp_assets.defs.sensors.alerts import alerts
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.sources.inbox import Inboxes, LocalInbox
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.system.errors import PlatformError

DAYS = dg.DailyPartitionsDefinition("2020-09-09", end_date="2020-09-20")


@dataclass
class Weather:
    """What goes wrong in the next runs."""

    daily: BaseException | None = None
    whole: BaseException | None = None
    soft_passes: bool = True
    hard_passes: bool = True


def _no_logger(_context: dg.InitLoggerContext) -> logging.Logger:
    return logging.Logger("silent", level=logging.CRITICAL + 1)


@dataclass
class Watched:
    """The graph, its instance and its sensor.

    Attributes:
        instance: A real instance.
        settings: Where the alerts go.
        others: More assets.
        weather: What goes wrong.
        cursor: What the sensor remembers.
        summaries: What each tick said about itself.
    """

    instance: dg.DagsterInstance
    settings: Settings
    others: Sequence[dg.AssetsDefinition] = ()
    weather: Weather = field(default_factory=Weather)
    cursor: str | None = None
    summaries: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.catalog = Catalog(self.settings.home.catalog)
        self.definitions = self._definitions()
        self.tick()  # what happened before the first tick is known

    def tick(self) -> str:
        """Evaluate the sensor once, as the daemon would; give its summary."""
        with dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursor,
            definitions=self.definitions,
            resources={
                "settings": self.settings,
                "catalog": self.catalog,
                "inboxes": Inboxes((LocalInbox(self.settings.home.inbox),)),
            },
        ) as context:
            data = alerts.evaluate_tick(context)
        self.cursor = data.cursor
        assert data.run_requests in (None, [])
        self.summaries.append(data.skip_message or "")
        return self.summaries[-1]

    def run(self, asset: str, day: str = "", tags: dict[str, str] | None = None) -> dg.ExecuteInProcessResult:
        """Materialize an asset and evaluate its checks."""
        return self.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=self.instance,
            asset_selection=[dg.AssetKey(asset)],
            partition_key=day or None,
            tags=tags,
            run_config={"loggers": {"console": {}}},
            raise_on_error=False,
        )

    def _definitions(self) -> dg.Definitions:
        weather = self.weather

        @dg.asset(partitions_def=DAYS)
        def daily() -> None:
            if weather.daily:
                raise weather.daily

        @dg.asset
        def whole() -> None:
            if weather.whole:
                raise weather.whole

        @dg.asset_check(asset=whole)
        def soft() -> dg.AssetCheckResult:
            return dg.AssetCheckResult(
                passed=weather.soft_passes, severity=dg.AssetCheckSeverity.WARN, description="2 rows look odd"
            )

        @dg.asset_check(asset=whole, blocking=True)
        def hard() -> dg.AssetCheckResult:
            return dg.AssetCheckResult(
                passed=weather.hard_passes,
                description="3 days differ",
                metadata={"differences": ["2020-09-09: 7 rows are missing"]},
            )

        return dg.Definitions(
            assets=[daily, whole, *self.others],
            asset_checks=[soft, hard],
            sensors=[alerts],
            executor=dg.in_process_executor,
            loggers={"console": dg.LoggerDefinition(_no_logger)},
        )


def disk_full(where: str = "/data/home") -> PlatformError:
    """A fault that a person can mend."""
    return PlatformError("The file system refused: No space left", where=where, remedy="free some space")
