"""Archives raw files by declarative automation: on the hour, if files or pages have landed since the last time.

Declarative automation fits here: the asset is not partitioned, and it is out of date as soon as its inputs are
updated. The condition is defined beside the asset.
"""

import dagster as dg

archive_raw_files = dg.AutomationConditionSensorDefinition(
    "archive_raw_files",
    target=dg.AssetSelection.assets("raw_objects"),
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    description="Archives raw files and pages of the feed in the object store on the hour, if any landed.",
)
