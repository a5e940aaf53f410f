"""The jobs that people start by name: everything, and the parts of it that a run from the command line takes."""

from typing import Final

import dagster as dg

LANDING: Final = dg.AssetSelection.assets("raw_sales", "raw_objects", "staged_sales", "rejected_sales")
"""What has no days yet: which days there are is known only once the files are read."""

FEED: Final = dg.AssetSelection.assets("feed_pages")
"""The live feed, which asks a server on the network and so is part of a run only where that is wanted."""

JOBS: Final = [
    dg.define_asset_job(
        "everything",
        selection=dg.AssetSelection.all() - FEED,
        description="Lands the configured source and builds every asset for the days of the run.",
    ),
    dg.define_asset_job(
        "poll_feed",
        selection=FEED | dg.AssetSelection.assets("staged_sales", "rejected_sales"),
        description="Polls the live feed once, and stages what is new.",
    ),
    dg.define_asset_job("land", selection=LANDING, description="Lands and stages what is new."),
]
