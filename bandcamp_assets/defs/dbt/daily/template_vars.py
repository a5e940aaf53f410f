"""What `defs.yaml` beside this cannot say itself: partitions in YAML know no `end_offset`."""

import dagster as dg

from bandcamp_assets.defs.partitions import DAYS


@dg.template_var
def days() -> dg.DailyPartitionsDefinition:
    """The days that all assets of the platform share."""
    return DAYS
