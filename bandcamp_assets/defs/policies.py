"""What assets and checks of all layers share: owner, backfill policy, pools, and the job that reads everything."""

from __future__ import annotations

from typing import Final

import dagster as dg

OWNERS: Final = ["team:data-engineering"]
"""Who keeps the sales right, from the raw file to the fact. dbt's models name their owners in the project."""

REPORT_OWNERS: Final = ["team:analytics"]
"""Who answers for the marts and for what is shown of them."""

SINGLE_RUN: Final = dg.BackfillPolicy.single_run()
"""Any range of days is one run. Assets without partitions need this policy too, to be part of such a run."""

WAREHOUSE_POOL: Final = "duckdb"
"""The pool of everything that opens the DuckDB file. Its limit is one, as DuckDB takes one writer."""

LAKE_POOL: Final = "lake"
"""The pool of everything that writes landing, lake or objects, so that no two steps handle the same file at once.

Checks that compare these are in it too, so they never see a day that a run has only half written.
"""

RECONCILE: Final = "reconcile"
"""The job that counts every row and compares every byte, whether or not it has changed."""
