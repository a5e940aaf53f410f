"""An inbox, and the landing and staging of its files, for the tests of deliveries and corrections."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from bandcamp_assets.lake.made import StagedDay, StagedFile
from bandcamp_assets.landing.deliveries import Taken, take_deliveries
from bandcamp_assets.sources.inbox import LocalInbox
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.system.home import Home
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row

DAY = date(2020, 9, 9)


class Desk:
    """A home, its inbox, and what a person does with them. Files are told apart by the numbers of their rows."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.home.prepare()
        self.catalog = Catalog(self.home.catalog)
        self.inbox = LocalInbox(self.home.inbox, settle_seconds=0)

    def deliver(self, name: str, *numbers: int, content: bytes | None = None) -> None:
        path = self.home.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(csv_bytes(map(raw_row, numbers)) if content is None else content)

    def take(self) -> Taken:
        return take_deliveries([self.inbox], self.home, self.catalog)

    def stage(self, *only: str) -> None:
        """Record what staging would record, without the work. `only` names files by their rows; default: all."""
        done = {file.file_id for file in self.catalog.staged_files()}
        for file in self.catalog.current_files():
            if file.file_id not in done and (not only or self.numbers(file) in only):
                self.catalog.record_staged(self._staged(file))

    def _staged(self, file: RawFile) -> StagedFile:
        """One sale for a file with a numbered row. Other rows are not sales. A lone header has no rows."""
        rows = self.numbers(file).split()
        if any(number.isdigit() for number in rows):
            return StagedFile(file.file_id, "contract", 1, days=[StagedDay(DAY, 1, Decimal(1))])
        return StagedFile(file.file_id, "contract", len(rows), {"bad_timestamp": len(rows)} if rows else {})

    def current(self) -> list[str]:
        """The current raw files, each as the numbers of its rows."""
        return [self.numbers(file) for file in self.catalog.current_files()]

    def counted(self) -> list[str]:
        """The files whose rows count on the day, in the same form."""
        files = {file.file_id: file for file in self.catalog.raw_files()}
        return [self.numbers(files[file_id]) for file_id in self.catalog.staged_inputs().get(DAY, [])]

    def numbers(self, file: RawFile) -> str:
        lines = (self.home.landing / file.stored_as).read_text().splitlines()[1:]
        return " ".join(line.partition(",")[0] for line in lines)
