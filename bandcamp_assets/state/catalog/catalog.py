"""The catalog's store: one SQLite file, one transaction for each commit point.

SQLite, because its commits survive a kill at any moment and its readers never wait long. The catalog holds a few
rows for each file and day, and no sales.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from pathlib import Path

from bandcamp_assets.lake.made import CleanedDay, StagedFile
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import (
    contents,
    corrections,
    counts,
    deliveries,
    lake,
    layers,
    raw_files,
    restaging,
)
from bandcamp_assets.state.catalog.contents import FileContent, ObjectContent
from bandcamp_assets.state.catalog.counts import Count
from bandcamp_assets.state.catalog.records import Delivery, Layer, Part
from bandcamp_assets.system.errors import PlatformError

_TABLES = """
create table if not exists raw_files (
    arrival integer primary key autoincrement, file_id text unique not null, name text not null,
    stored_as text not null, origin text not null, made_up integer not null, size integer not null,
    sha256 text not null, arrived_at text not null, withdrawn_at text
);
create table if not exists deliveries (
    inbox text not null, name text not null, size integer not null, version text not null, file_id text not null,
    refused text not null, primary key (inbox, name)
);
create index if not exists deliveries_by_file on deliveries (file_id);
create table if not exists corrections (
    old_file_id text not null, new_file_id text not null, primary key (old_file_id, new_file_id)
);
create table if not exists built (part text primary key, built_from text not null);
"""


class Catalog:
    """Reads and writes the catalog at `path`. Opens a connection for each call.

    Records of the lake exist once. Records of an object store and a warehouse exist for each `place` (empty: those
    in the home), so that one home can serve several.
    """

    def __init__(self, path: Path, place: str = "") -> None:
        self.path = path
        self.place = place

    def _here(self, name: str) -> str:
        return f"{name}@{self.place}" if self.place else name

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self.path, timeout=60, isolation_level="IMMEDIATE")
            try:
                connection.executescript(_TABLES + lake.TABLES + layers.TABLES + contents.TABLES + counts.TABLES)
                raw_files.upgrade(connection)
                with connection:
                    yield connection
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise PlatformError(
                f"The catalog cannot be used: {error}", where=str(self.path), remedy=_remedy(error)
            ) from error

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """A new transaction, for the modules of `catalog` that change several records at once."""
        return self._transaction()

    def add_raw_file(self, file: RawFile) -> RawFile:
        """Record a raw file that has arrived. Returns it with its place in the order of arrival.

        If it was withdrawn, its rows count again.
        """
        with self._transaction() as connection:
            return raw_files.add(connection, file)

    def add_raw_files(self, files: Iterable[RawFile]) -> None:
        """Record raw files that have arrived, in one transaction."""
        with self._transaction() as connection:
            for file in files:
                raw_files.add(connection, file)

    def raw_files(self) -> list[RawFile]:
        """All raw files in the order of arrival, including those whose rows no longer count."""
        with self._transaction() as connection:
            return raw_files.all_of(connection)

    def raw_file(self, file_id: str) -> RawFile | None:
        """One raw file, even if its rows no longer count; None if it is unknown."""
        with self._transaction() as connection:
            return raw_files.one(connection, file_id)

    def record_source(self, delivery: Delivery, file: RawFile) -> RawFile:
        """Commit a raw file that was named by its path. Returns its present record."""
        with self._transaction() as connection:
            return deliveries.record_source(connection, delivery, file)

    def judge_again(self, file_id: str, arrived_at: datetime) -> None:
        """Commit that a raw file must be staged again, with this time of arrival."""
        with self._transaction() as connection:
            raw_files.judge_again(connection, file_id, arrived_at)

    def current_files(self) -> list[RawFile]:
        """The raw files whose rows count, in the order of arrival."""
        return [file for file in self.raw_files() if file.withdrawn_at is None]

    def record_deliveries(
        self, delivered: Iterable[tuple[Delivery, RawFile | None]], present: Collection[str]
    ) -> None:
        """Commit the result for each file of an inbox: its raw file, or None if it was refused.

        A raw file replaces the earlier file of the same name. The earlier rows count until the new ones are
        staged.

        Args:
            delivered: Each file as it was in the inbox, and its raw file.
            present: All names in that inbox now.
        """
        with self._transaction() as connection:
            for delivery, file in delivered:
                deliveries.record(connection, delivery, file, present)

    def deliveries(self, inbox: str) -> dict[str, Delivery]:
        """The handled files of an inbox, by name."""
        with self._transaction() as connection:
            return deliveries.all_of(connection, inbox)

    def refused_corrections(self) -> list[Delivery]:
        """The deliveries that were refused as corrections, of all inboxes."""
        with self._transaction() as connection:
            return [one for one in deliveries.every(connection) if one.refused_file_id]

    def record_staged(self, *files: StagedFile, written: Iterable[FileContent] = ()) -> None:
        """Commit staged files. From now on their days count, and the files that they correct no longer do.

        A correction without a valid sale is refused instead (see `corrections`).

        Args:
            files: The results of staging, in the order of arrival.
            written: The files of the lake that hold them, and the raw files that were read.
        """
        with self._transaction() as connection:
            contents.record_files(connection, written)
            for file in files:
                restaging.mark_changed_days(connection, file)
                lake.record_staged(connection, file)
                corrections.settle(connection)

    def staged_files(self) -> list[StagedFile]:
        """All staged files with their days, in the order of arrival."""
        with self._transaction() as connection:
            return lake.staged_files(connection)

    def staged_inputs(self) -> dict[date, list[str]]:
        """The staged files that hold rows of each day, in the order of arrival."""
        with self._transaction() as connection:
            return lake.staged_inputs(connection)

    def days(self) -> set[date]:
        """The days that any staged file or any layer is known to hold. Makes no catalog where there is none."""
        if not self.path.exists():
            return set()
        with self._transaction() as connection:
            return lake.days(connection) | layers.days(connection)

    def record_cleaned(self, days: Iterable[CleanedDay], written: Iterable[FileContent] = ()) -> None:
        """Commit cleaned days, and the files that hold them."""
        with self._transaction() as connection:
            contents.record_files(connection, written)
            lake.record_cleaned(connection, days)

    def cleaned_days(self) -> dict[date, CleanedDay]:
        """All cleaned days."""
        with self._transaction() as connection:
            return lake.cleaned_days(connection)

    def record_content(
        self, layer: Layer, content: dict[date, str], objects: Iterable[ObjectContent] = ()
    ) -> None:
        """Commit that a layer now holds these cleaned files.

        Args:
            layer: The layer.
            content: SHA-256 of the cleaned file by day; empty for a day without sales.
            objects: The objects that hold them, if the layer has objects.
        """
        with self._transaction() as connection:
            contents.record_objects(connection, self.place, objects)
            layers.record(connection, self._here(layer.value), content)

    def forget_content(self, layer: Layer, days: Iterable[date], keys: Iterable[str] = ()) -> None:
        """Forget what a layer holds for these days, and the objects of these keys, before they are changed."""
        with self._transaction() as connection:
            contents.forget_objects(connection, self.place, keys)
            layers.forget(connection, self._here(layer.value), days)

    def content(self, layer: Layer) -> dict[date, str]:
        """The checksum of the cleaned file that a layer holds, by day."""
        with self._transaction() as connection:
            return layers.content(connection, self._here(layer.value))

    def file_contents(self) -> dict[str, FileContent]:
        """The files of the home as they were written, by their paths below it."""
        with self._transaction() as connection:
            return contents.files(connection)

    def object_contents(self) -> dict[str, ObjectContent]:
        """The objects as they were put, by their keys."""
        with self._transaction() as connection:
            return contents.objects(connection, self.place)

    def record_contents(self, files: Iterable[FileContent] = (), objects: Iterable[ObjectContent] = ()) -> None:
        """Commit that files and objects are right as they are now."""
        with self._transaction() as connection:
            contents.record_files(connection, files)
            contents.record_objects(connection, self.place, objects)

    def forget_files(self, paths: Iterable[str]) -> None:
        """Forget files, before they are removed."""
        with self._transaction() as connection:
            contents.forget_files(connection, paths)

    def suspect(self, paths: Iterable[str] = (), keys: Iterable[str] = ()) -> None:
        """Commit that files and objects may be damaged. The next survey compares them by checksum."""
        with self._transaction() as connection:
            contents.suspect_files(connection, paths)
            contents.suspect_objects(connection, self.place, keys)

    def counts(self) -> dict[str, Count]:
        """What files and tables held when they were last counted."""
        with self._transaction() as connection:
            return counts.all_of(connection)

    def record_counts(self, counted: Iterable[Count], gone: Iterable[str]) -> None:
        """Commit counts of files and tables, and forget those that are gone."""
        with self._transaction() as connection:
            counts.record(connection, counted, gone)

    def record_built(self, part: Part, built_from: str) -> None:
        """Commit that a part without days was built from the inputs with this fingerprint."""
        with self._transaction() as connection:
            connection.execute("insert or replace into built values (?, ?)", (self._here(part.value), built_from))

    def built_from(self, part: Part) -> str:
        """Fingerprint of the inputs that a part was built from; empty if it was never built."""
        with self._transaction() as connection:
            row = connection.execute(
                "select built_from from built where part = ?", (self._here(part.value),)
            ).fetchone()
        return row[0] if row else ""


def _remedy(error: sqlite3.Error) -> str:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return "run `bandcamp run`: it sets the file aside and rebuilds the catalog from the files of the home"
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "close the program that has the file open, and run again"
    return "see that the disk has room and the home can be written, and run again"
