"""The jobs that people start by name: everything, and the parts of it that a run from the command line takes."""

from typing import Final

import dagster as dg

from bandcamp_assets.assets.common import DAYS

LANDING: Final = dg.AssetSelection.assets("raw_sales", "staged_sales", "rejected_sales")
"""What has no days yet: which days there are is known only once the files are read."""

DAILY: Final = dg.AssetSelection.assets("cleaned_sales").downstream() - dg.AssetSelection.groups("report")

JOBS: Final = [
    dg.define_asset_job(
        "everything",
        selection=dg.AssetSelection.all(),
        partitions_def=DAYS,
        description="Lands the configured source and builds every asset for the days of the run.",
    ),
    dg.define_asset_job("land", selection=LANDING, description="Lands and stages what is new."),
]
