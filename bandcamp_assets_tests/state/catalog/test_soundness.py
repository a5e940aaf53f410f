"""A damaged catalog is set aside with all its files. A sound one stays."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.catalog.soundness import is_damaged, set_aside_if_damaged


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a catalog with some pages."""
    catalog = Catalog(tmp_path / "catalog.sqlite")
    arrived_at = datetime(2020, 10, 3, tzinfo=UTC)
    catalog.add_raw_files(
        [RawFile(f"{n:016x}", "n" * 99, "s", "o", False, 1, "s", arrived_at) for n in range(200)]
    )
    return catalog.path


def garbage(path: Path) -> None:
    path.write_bytes(b"no catalog" * 500)


def wrong_page(path: Path) -> None:
    """A page in the middle is replaced by another page."""
    body = bytearray(path.read_bytes())
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (size,) = connection.execute("pragma page_size").fetchone()
        (root,) = connection.execute("select rootpage from sqlite_master where name = 'raw_files'").fetchone()
    body[(root - 1) * size : root * size] = body[:size]
    path.write_bytes(body)


def wrong_order(path: Path) -> None:
    """Every page can be read, but an index does not fit its table."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "pragma writable_schema = on;"
            "update sqlite_master set sql = replace(sql, 'name text not null', 'name text not null check (0)')"
            " where name = 'raw_files';"
        )


@pytest.mark.parametrize("hurt", [garbage, wrong_page, wrong_order])
def test_a_damaged_catalog_is_set_aside_whole(path: Path, hurt: Callable[[Path], None]):
    hurt(path)
    body = path.read_bytes()
    path.with_name("catalog.sqlite-shm").write_bytes(b"beside it")  # SQLite itself removes a foreign journal

    aside = set_aside_if_damaged(path)

    assert aside
    assert re.fullmatch(r"catalog\.damaged-\d{8}T\d{12}\.sqlite", aside.name)
    assert aside.read_bytes() == body
    assert {one.name for one in path.parent.iterdir()} - {"catalog.lock"} == {aside.name, f"{aside.name}-shm"}


def test_a_sound_catalog_stays_and_a_missing_one_is_not_damaged(path: Path):
    missing = path.with_name("other.sqlite")

    assert (is_damaged(path), is_damaged(missing)) == (False, False)
    assert set_aside_if_damaged(path) is None
    assert set_aside_if_damaged(missing) is None
    assert path.is_file()
    assert not missing.exists()


def test_a_catalog_that_is_locked_at_the_moment_is_not_taken_for_a_damaged_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    connect = sqlite3.connect
    with contextlib.closing(connect(path, isolation_level=None)) as other:
        other.execute("begin exclusive")
        monkeypatch.setattr(sqlite3, "connect", lambda path, **options: connect(path, **options | {"timeout": 0}))

        assert not is_damaged(path)
