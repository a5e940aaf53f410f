"""Looks for values in all that a folder holds: files as bytes, in every spelling, and unpacked where packed."""

from __future__ import annotations

import base64
import contextlib
import gzip
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import polars as pl


def spellings(value: str) -> set[bytes]:
    """A value as text, in an address, in JSON, and in base64 at each of its three offsets."""
    found = {value.encode(), quote(value, safe="").encode(), repr(value)[1:-1].encode()}
    for offset in range(3):
        # The first and last characters depend on what stands beside the value.
        found.add(base64.b64encode(b"\0" * offset + value.encode())[4:-4])
    return found


def traces(root: Path, values: Iterable[str]) -> list[str]:
    """Where in a folder any of the values stands: the path of each file, relative to the folder."""
    wanted = {spelling for value in values for spelling in spellings(value)}
    return sorted(
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and any(spelling in text for text in _texts(path) for spelling in wanted)
    )


def _texts(path: Path) -> Iterator[bytes]:
    """A file as it is, and what is packed inside of it."""
    content = path.read_bytes()
    yield path.name.encode()
    yield content
    if content.startswith(b"SQLite format 3"):
        yield from _cells(path)
    elif content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    elif content.startswith(b"PAR1"):
        yield pl.read_parquet(path).write_ndjson().encode()


def _cells(path: Path) -> Iterator[bytes]:
    """The cells of a database: long ones lie in pieces in the file, and Dagster packs its snapshots."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        tables = database.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (table,) in tables:
            for row in database.execute(f'select * from "{table}"'):
                for cell in row:
                    if isinstance(cell, str):
                        yield cell.encode()
                    elif isinstance(cell, bytes):
                        yield cell
                        with contextlib.suppress(zlib.error):
                            yield zlib.decompress(cell)
