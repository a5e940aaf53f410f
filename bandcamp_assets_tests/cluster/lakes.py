"""Lakes for these tests: files are landed, staged and cleaned as by the assets, without Dagster."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from bandcamp_assets.cluster import DaskWorkers, DayToClean, clean_days, stage_files
from bandcamp_assets.lake.made import CleanedDay, StagedFile
from bandcamp_assets.sources.delivery.file_format import FileFormat
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.scratch import scratch_folder
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row

ARRIVED_AT = datetime(2020, 10, 3, 12, tzinfo=UTC)
SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Lake:
    """A home with landed files."""

    home: Home
    raw: tuple[RawFile, ...]

    @classmethod
    def land(cls, root: Path, *contents: bytes) -> Lake:
        """A home with these files landed, in this order."""
        home = Home(root)
        home.prepare()
        files = []
        for number, content in enumerate(contents, start=1):
            (home.landing / f"{number}.csv").write_bytes(content)
            files.append(
                RawFile(
                    file_id=f"{number:016x}",
                    name=f"sales-{number}.csv",
                    stored_as=f"{number}.csv",
                    origin="path:test",
                    synthetic=False,
                    size=len(content),
                    sha256=hashlib.sha256(content).hexdigest(),
                    arrived_at=ARRIVED_AT,
                    arrival=number,
                    form=FileFormat() if content.startswith(b",_id") else None,
                )
            )
        return cls(home, tuple(files))

    def stage(self, workers: DaskWorkers | None, **how: int) -> list[StagedFile]:
        """Stage every file. The results do not have the duration."""
        return [replace(file, seconds=0.0) for file in stage_files(self.raw, self.home, workers, **how)]

    def days(self, staged: list[StagedFile], scratch: Path) -> list[DayToClean]:
        """Every day that was staged, as a task."""
        files: dict[date, list[str]] = {}
        for file in staged:
            for day in file.days:
                files.setdefault(day.sale_date, []).append(file.file_id)
        return [DayToClean(day, tuple(ids), self.home.lake, scratch) for day, ids in sorted(files.items())]

    def clean(self, staged: list[StagedFile], workers: DaskWorkers | None) -> list[CleanedDay]:
        """Clean every day that was staged."""
        with scratch_folder(self.home.scratch, "clean") as scratch:
            return list(clean_days(self.days(staged, scratch), workers))

    def files(self, layer: str) -> dict[str, bytes]:
        """Path and bytes of a layer's files."""
        root = self.home.lake / layer
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def sales(days: int, a_day: int, *, first: int = 0) -> bytes:
    """A raw file with sales, quoted line breaks, duplicates, and rejected and malformed rows."""
    rows = []
    for number in range(first, first + a_day * days):
        second = number - 1 if number % 50 == 1 else number
        rows.append(
            raw_row(
                number % days * SECONDS_A_DAY + second // days,
                artist_name={0: "A,\nB", 1: 'The "C"'}.get(number % 7, "D"),
                item_type="x" if number % 31 == 0 else "a",
                amount_paid_usd=f"{1 + number % 90}.{number % 100:02}",
            )
        )
    return csv_bytes(rows) + b"broken\n"
