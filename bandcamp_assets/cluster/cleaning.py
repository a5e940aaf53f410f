"""Cleans days in this process or on workers, with the same function and the same bytes as result.

`lake.cleaning` cleans a day. The asset chooses the days and records them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bandcamp_assets.cluster.attempt import Attempt, attempt_folder
from bandcamp_assets.cluster.workers import DaskWorkers
from bandcamp_assets.lake.cleaning import clean_into, inputs_fingerprint, scan_staged
from bandcamp_assets.lake.damage import STAGED_REMEDY, readable, require
from bandcamp_assets.lake.layout import cleaned_file, duplicate_file, staged_file
from bandcamp_assets.lake.made import CleanedDay
from bandcamp_assets.system.checksums import sha256_of
from bandcamp_assets.system.disk import disk_errors, replace_file


@dataclass(frozen=True)
class DayToClean:
    """One day.

    Attributes:
        day: The day (UTC).
        file_ids: The raw files with rows of that day, in the order of their arrival.
        lake: The lake's folder.
        scratch: The run's scratch folder, on the same disk.
        crc32cs: Recorded checksums of the staged files, in the same order; empty if none are known.
    """

    day: date
    file_ids: tuple[str, ...]
    lake: Path
    scratch: Path
    crc32cs: tuple[str, ...] = ()


def clean_days(days: Sequence[DayToClean], workers: DaskWorkers | None) -> Iterator[CleanedDay]:
    """Clean days in the given order. Put each into the lake, and then yield it.

    Raises:
        PlatformError: If a day cannot be cleaned. Earlier days are in the lake.
    """
    if workers is None:
        for day in days:
            yield _clean_into(day, day.lake, day.scratch)
        return
    attempts = workers.run_in_order(clean_apart, days, lambda day: f"the day {day.day}")
    for day, attempt in zip(days, attempts, strict=True):
        _publish(attempt, day.lake)
        yield attempt.made


def clean_apart(day: DayToClean) -> Attempt[CleanedDay]:
    """Clean a day into a separate lake in the run's scratch folder. Runs on a worker."""
    folder = attempt_folder(day.scratch, str(day.day))
    with disk_errors(folder):
        return Attempt(folder, _clean_into(day, folder, folder))


def _clean_into(day: DayToClean, lake: Path, scratch: Path) -> CleanedDay:
    staged = [staged_file(day.lake, day.day, file_id) for file_id in day.file_ids]
    for path, crc32c in zip(staged, day.crc32cs, strict=False):
        require(path, crc32c, name="staged file", remedy=STAGED_REMEDY)
    with readable(staged):
        cleaned = clean_into(scan_staged(staged), day.day, lake=lake, scratch=scratch)
    return CleanedDay(
        sale_date=day.day,
        inputs=inputs_fingerprint(day.file_ids),
        rows=cleaned.sales,
        duplicates=cleaned.duplicates,
        sha256=sha256_of(cleaned.path) if cleaned.path else "",
    )


def _publish(attempt: Attempt[CleanedDay], lake: Path) -> None:
    """Move a day from its separate lake to the lake, in the same order as `write_day`."""
    day = attempt.made.sale_date
    for place, rows in ((duplicate_file, attempt.made.duplicates), (cleaned_file, attempt.made.rows)):
        target = place(lake, day)
        with disk_errors(target):
            if rows:
                replace_file(place(attempt.folder, day), target)
            else:
                target.unlink(missing_ok=True)
    shutil.rmtree(attempt.folder, ignore_errors=True)
