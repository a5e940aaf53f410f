"""Archives raw files by declarative automation: on the hour, if files or pages have landed since the last time.

It fits here, as the asset has no days and what makes it out of date is just that another asset was made.
"""

from __future__ import annotations

import dagster as dg

NAME = "archive_raw_files"
CRON = "0 * * * *"

_LANDED_SINCE = dg.AutomationCondition.any_deps_updated().since(
    dg.AutomationCondition.newly_requested() | dg.AutomationCondition.newly_updated()
)

ARCHIVE_HOURLY = (
    dg.AutomationCondition.cron_tick_passed(CRON, "UTC") & _LANDED_SINCE & ~dg.AutomationCondition.in_progress()
).with_label("on the hour, if files landed")
"""When `raw_objects` is made."""


def build_archive_sensor() -> dg.AutomationConditionSensorDefinition:
    """The sensor that looks at the conditions of assets."""
    return dg.AutomationConditionSensorDefinition(
        NAME,
        target=dg.AssetSelection.assets("raw_objects"),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=30,
        description="Archives raw files and pages of the feed in the object store on the hour, if any landed.",
    )
