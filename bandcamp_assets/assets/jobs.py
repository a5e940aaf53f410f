"""The jobs that people start by name: everything, and the parts of it that a run from the command line takes."""

from typing import Final

import dagster as dg

FEED: Final = dg.AssetSelection.assets("feed_pages")
"""The live feed. A run polls it only where its configuration says so."""

LANDING: Final = FEED | dg.AssetSelection.assets("raw_sales", "raw_objects", "staged_sales", "rejected_sales")
"""What has no days yet: which days there are is known only once the files are read."""

POLL: Final = {"ops": {"feed_pages": {"config": {"poll": True}}}}
"""The configuration of a run that polls the feed."""

JOBS: Final = [
    dg.define_asset_job(
        "everything",
        selection=dg.AssetSelection.all(),
        description="Lands the configured source and builds every asset for the days of the run.",
    ),
    dg.define_asset_job(
        "poll_feed",
        selection=FEED | dg.AssetSelection.assets("staged_sales", "rejected_sales"),
        config=POLL,
        description="Polls the live feed once, and stages what is new.",
    ),
    # Without the feed: what it lacks must not hold up files.
    dg.define_asset_job("land", selection=LANDING - FEED, description="Lands and stages what is new."),
]
