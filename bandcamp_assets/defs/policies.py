"""What assets and checks of all layers share: their owner, how they backfill, and what waits for what."""

from __future__ import annotations

from typing import Final

import dagster as dg

OWNERS: Final = ["team:data"]

SINGLE_RUN: Final = dg.BackfillPolicy.single_run()
"""Any range of days is one run. Assets without partitions need it too, to be part of such a run."""

WAREHOUSE_POOL: Final = "duckdb"
"""The pool of everything that opens the DuckDB file. It holds one, as DuckDB takes one writer."""

LAKE_POOL: Final = "lake"
"""The pool of everything that writes landing, lake or objects, so that no file is handled twice at once.

Checks that compare these are in it too: they never see a day half-way between two runs.
"""
