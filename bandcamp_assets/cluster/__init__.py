"""Runs the work of the lake in this process, or on the workers of a Dask cluster.

The assets `staged_sales` and `cleaned_sales` use Dask's client themselves, because each is one step for many files
or days. Workers read the home, and write only to the scratch folder of the run. Only the run itself moves files
into the lake and records them. So a lost, repeated or abandoned task never changes the lake.
"""

from bandcamp_assets.cluster.cleaning import DayToClean, clean_days
from bandcamp_assets.cluster.staging import stage_files
from bandcamp_assets.cluster.workers import DaskWorkers, open_workers, verify_workers

__all__ = ["DaskWorkers", "DayToClean", "clean_days", "open_workers", "stage_files", "verify_workers"]
