"""dbt's models as assets. `bandcamp_assets.dbt` runs dbt itself.

`component` makes assets from a `defs.yaml` document, and `translator` names them. `runner` is the body of their
step: it selects nodes (`selection`), invokes dbt, and converts its reports to Dagster's events (`events`,
`lineage`, `cost`).
"""

from bandcamp_assets.components.dbt.component import DbtInProcess

__all__ = ["DbtInProcess"]
