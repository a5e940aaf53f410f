"""Where the pure work of the lake runs: in this process, or on the workers of a Dask cluster.

Dask's client stands inside of the assets `stage` and `clean`, as each is one step for many files or days.
Workers only read the home, and write below the scratch folder of the run that asked. The run alone moves
files into the lake and records them: a task that was lost, repeated or left over never touches the lake.
"""

from bandcamp_assets.cluster.cleaning import DayToClean, clean_days
from bandcamp_assets.cluster.staging import stage_files
from bandcamp_assets.cluster.workers import DaskWorkers, open_workers, verify_workers

__all__ = ["DaskWorkers", "DayToClean", "clean_days", "open_workers", "stage_files", "verify_workers"]
