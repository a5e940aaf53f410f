"""The catalog's side of manifests: what it writes to each raw file's manifest, and how it is rebuilt from them.

`state.manifests` reads and writes the files. `landing.restoring` decides what to do if catalog and disk differ.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from bandcamp_assets.lake.made import StagedFile
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import deliveries, raw_files
from bandcamp_assets.state.catalog.catalog import Catalog
from bandcamp_assets.state.catalog.records import Delivery


@dataclass(frozen=True)
class Entry:
    """The content of one manifest: a raw file, and the history that its corrections need.

    Attributes:
        file: The raw file.
        deliveries: The names that stand for it.
        contract: The version of the contract that it is staged under; empty if it is not staged.
    """

    file: RawFile
    deliveries: tuple[Delivery, ...] = ()
    contract: str = ""


@dataclass(frozen=True)
class Held:
    """What a catalog is rebuilt from.

    Attributes:
        entries: All raw files, in the order of arrival.
        staged: The staged rows of raw files that are lost themselves.
        days: All days of which the lake holds anything.
        generation: The generation of the newest manifest.
    """

    entries: list[Entry]
    staged: list[StagedFile] = field(default_factory=list)
    days: Collection[date] = ()
    generation: int = 0


def written_manifests(catalog: Catalog) -> list[tuple[str, str, str]]:
    """Id, path and recorded manifest of all raw files. The manifest is empty if its content has changed since."""
    with catalog.transaction() as connection:
        return connection.execute("select file_id, stored_as, manifest from raw_files").fetchall()


def entries(catalog: Catalog, file_ids: Collection[str]) -> list[Entry]:
    """What the manifests of some raw files should hold, in the order of arrival."""
    if not file_ids:
        return []
    with catalog.transaction() as connection:
        files = raw_files.all_of(connection)
        names = deliveries.every(connection)
        contracts = dict(connection.execute("select file_id, contract from staged_files").fetchall())
    named: dict[str, list[Delivery]] = {}
    for one in names:
        named.setdefault(one.file_id, []).append(one)
    return [
        Entry(file, tuple(named.get(file.file_id, ())), contracts.get(file.file_id, ""))
        for file in files
        if file.file_id in file_ids
    ]


def generation(catalog: Catalog) -> int:
    """How often manifests have been written."""
    with catalog.transaction() as connection:
        row = connection.execute("select max(generation) from manifests").fetchone()
    return int(row[0] or 0)


def known_files(catalog: Catalog) -> set[str]:
    """The ids of all raw files."""
    with catalog.transaction() as connection:
        return {row[0] for row in connection.execute("select file_id from raw_files")}


def forget_manifests(catalog: Catalog, file_ids: Iterable[str]) -> None:
    """Commit that the manifests of these raw files are wrong on disk and must be written again."""
    with catalog.transaction() as connection:
        connection.executemany(
            "update raw_files set manifest = '' where file_id = ?", [(file_id,) for file_id in file_ids]
        )


def record_manifests(catalog: Catalog, written: Mapping[str, str], new_generation: int) -> None:
    """Commit which manifests are on disk now, and their new generation."""
    with catalog.transaction() as connection:
        connection.executemany(
            "update raw_files set manifest = ? where file_id = ?", [(text, key) for key, text in written.items()]
        )
        connection.execute("delete from manifests")
        connection.execute("insert into manifests values (?)", (new_generation,))


def replace_all(catalog: Catalog, held: Held) -> None:
    """Replace all records of raw files by what was found on disk, and mark everything else to be rebuilt.

    Deliveries that were refused stay, if the catalog knows any. All days of the lake are marked to be cleaned
    again, so that a later layer keeps no day that no raw file has any more.
    """
    tables = ("raw_files", "corrections", "staged_files", "staged_days", "layer_days", "built")
    with catalog.transaction() as connection:
        known = {row[0] for row in connection.execute("select sale_date from cleaned_days")}
        for table in tables:
            connection.execute(f"delete from {table}")  # noqa: S608 - our names
        connection.execute("update cleaned_days set inputs = ''")
        connection.executemany(
            "insert into cleaned_days (sale_date, inputs, rows, duplicates, sha256) values (?, '', 0, 0, '')",
            [(day.isoformat(),) for day in held.days if day.isoformat() not in known],
        )
        for entry in held.entries:
            raw_files.put(connection, entry.file)
            for one in entry.deliveries:
                deliveries.put(connection, one, one.file_id, one.before)
        for staged in held.staged:
            connection.execute(
                "insert into staged_files (file_id, contract, raw_rows, rejected, seconds) values (?, ?, ?, ?, 0)",
                (staged.file_id, staged.contract, staged.raw_rows, json.dumps(staged.rejected)),
            )
            connection.executemany(
                "insert into staged_days (sale_date, file_id, rows, amount_paid_usd) values (?, ?, ?, ?)",
                [(d.sale_date.isoformat(), staged.file_id, d.rows, str(d.amount_paid_usd)) for d in staged.days],
            )
        connection.execute("delete from manifests")
        connection.execute("insert into manifests values (?)", (held.generation,))
