"""The jobs that people start by name: everything, and the parts of it that a run from the command line takes."""

from typing import Final

import dagster as dg

LANDING: Final = dg.AssetSelection.assets("raw_sales", "raw_objects", "staged_sales", "rejected_sales")
"""What has no days yet: which days there are is known only once the files are read."""

JOBS: Final = [
    dg.define_asset_job(
        "everything",
        selection=dg.AssetSelection.all(),
        description="Lands the configured source and builds every asset for the days of the run.",
    ),
    dg.define_asset_job("land", selection=LANDING, description="Lands and stages what is new."),
]
