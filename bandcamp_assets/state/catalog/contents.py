"""The catalog's records of files and objects as they were written, to find loss and damage.

Size and modification time are a cheap sign that a file is unchanged. Its checksum is the proof. A file without a
record may come from an earlier version and be right. All functions run within a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from bandcamp_assets.storage.objects import StoredObject

TABLES = """
create table if not exists file_contents (
    path text primary key, size integer not null, changed_ns integer not null, crc32c text not null
);
create table if not exists object_contents (
    place text not null, key text not null, size integer not null, generation integer not null,
    crc32c text not null, primary key (place, key)
);
"""

SUSPECT = -2
"""A time that no file has: the next survey compares the file by its checksum."""


@dataclass(frozen=True)
class FileContent:
    """A file of the home as it was written.

    Attributes:
        path: Its path below the home.
        size: Bytes.
        changed_ns: When it was last changed, in nanoseconds since 1970.
        crc32c: CRC32C of its bytes, in base64.
    """

    path: str
    size: int
    changed_ns: int
    crc32c: str


@dataclass(frozen=True)
class ObjectContent:
    """An object as it was written.

    Attributes:
        key: Its key.
        size: Bytes.
        generation: A number that changes whenever the object is replaced.
        crc32c: CRC32C of its bytes, in base64.
    """

    key: str
    size: int
    generation: int
    crc32c: str

    @classmethod
    def of(cls, key: str, stored: StoredObject) -> Self:
        """The record of an object as the store holds it now."""
        return cls(key, stored.size, stored.generation, stored.crc32c)

    @property
    def version(self) -> tuple[int, int]:
        """Size and generation, as `ObjectStore.versions` gives them."""
        return self.size, self.generation

    @property
    def is_suspect(self) -> bool:
        """Whether it may be damaged."""
        return self.generation == SUSPECT


def record_files(connection: sqlite3.Connection, files: Iterable[FileContent]) -> None:
    """Record files as they are now."""
    connection.executemany(
        "insert or replace into file_contents values (?, ?, ?, ?)",
        [(file.path, file.size, file.changed_ns, file.crc32c) for file in files],
    )


def files(connection: sqlite3.Connection) -> dict[str, FileContent]:
    """All recorded files, by path."""
    rows = connection.execute("select path, size, changed_ns, crc32c from file_contents").fetchall()
    return {row[0]: FileContent(*row) for row in rows}


def suspect_files(connection: sqlite3.Connection, paths: Iterable[str]) -> None:
    """Have the next survey compare files by checksum."""
    connection.executemany(
        "update file_contents set changed_ns = ? where path = ?", [(SUSPECT, path) for path in paths]
    )


def forget_files(connection: sqlite3.Connection, paths: Iterable[str]) -> None:
    """Forget files before they are removed."""
    connection.executemany("delete from file_contents where path = ?", [(path,) for path in paths])


def record_objects(connection: sqlite3.Connection, place: str, objects: Iterable[ObjectContent]) -> None:
    """Record objects as they are now."""
    connection.executemany(
        "insert or replace into object_contents values (?, ?, ?, ?, ?)",
        [(place, held.key, held.size, held.generation, held.crc32c) for held in objects],
    )


def objects(connection: sqlite3.Connection, place: str) -> dict[str, ObjectContent]:
    """All recorded objects of a place, by key."""
    rows = connection.execute(
        "select key, size, generation, crc32c from object_contents where place = ?", (place,)
    ).fetchall()
    return {row[0]: ObjectContent(*row) for row in rows}


def suspect_objects(connection: sqlite3.Connection, place: str, keys: Iterable[str]) -> None:
    """Have the next survey compare objects by checksum."""
    connection.executemany(
        "update object_contents set generation = ? where place = ? and key = ?",
        [(SUSPECT, place, key) for key in keys],
    )


def forget_objects(connection: sqlite3.Connection, place: str, keys: Iterable[str]) -> None:
    """Forget objects before they are replaced or removed."""
    connection.executemany(
        "delete from object_contents where place = ? and key = ?", [(place, key) for key in keys]
    )
