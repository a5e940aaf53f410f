"""What Dagster loads. Assembles and nothing else; the graph itself stands in `bandcamp_assets.graph`."""

import os

from bandcamp_assets.dbt.environment import dbt_environment
from bandcamp_assets.memory import loading

with loading(), dbt_environment():
    from bandcamp_assets.graph import build_definitions
    from bandcamp_assets.platform import Platform
    from bandcamp_assets.settings import Settings

    defs = build_definitions(Platform.assemble(Settings.from_env(os.environ)).ready_to_load())
