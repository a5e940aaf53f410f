"""The partitions of `defs.yaml` beside this. In YAML, partitions have no `end_offset`."""

import dagster as dg

from bandcamp_assets.defs.partitions import DAYS


@dg.template_var
def days() -> dg.DailyPartitionsDefinition:
    """The days that all assets of the platform share."""
    return DAYS
