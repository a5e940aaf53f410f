"""Archives raw files by declarative automation: on the hour, if files or pages have landed since the last time.

It fits here, as the asset has no days and what makes it out of date is just that another asset was made. The
condition stands beside the asset.
"""

import dagster as dg

archive_raw_files = dg.AutomationConditionSensorDefinition(
    "archive_raw_files",
    target=dg.AssetSelection.assets("raw_objects"),
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    description="Archives raw files and pages of the feed in the object store on the hour, if any landed.",
)
