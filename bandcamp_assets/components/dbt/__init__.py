"""dbt's models as assets. What dbt itself does in this process stands in `bandcamp_assets.dbt`.

`component` makes assets of a `defs.yaml` document, `translator` names them. `runner` is the body of their step: it
selects (`selection`), invokes dbt, and turns what dbt reports into Dagster's events (`events`, `lineage`, `cost`).
"""

from bandcamp_assets.components.dbt.component import DbtInProcess

__all__ = ["DbtInProcess"]
