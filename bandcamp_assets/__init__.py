"""An asset-based data platform for sales of independent music on Bandcamp."""

import warnings

from bandcamp_assets.system.memory import keep_memory_of_polars

keep_memory_of_polars()

# Single-run backfills and code references are marked beta; the versions are pinned, so no user need know.
warnings.filterwarnings("ignore", message=".* is currently in (beta|preview)")
# dagster-dbt requires an extra of sqlglot that has a successor; both are installed.
warnings.filterwarnings("ignore", message=r"sqlglot(\[rs\]|rs) is deprecated")
