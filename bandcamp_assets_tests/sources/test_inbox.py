"""Complete files in an inbox are listed, unfinished ones are not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bandcamp_assets.sources.inbox import DeliveredFile, LocalInbox

NOW = 1_700_000_000.0


def put(folder: Path, name: str, *, age_seconds: float = 60, content: bytes = b"x") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (NOW - age_seconds, NOW - age_seconds))
    return path


def names(folder: Path) -> list[str]:
    return [drop.name for drop in LocalInbox(folder, now=lambda: NOW).delivered_files()]


def test_files_are_listed_in_the_order_of_delivery_with_those_in_subfolders(tmp_path: Path):
    put(tmp_path, "later.csv", age_seconds=10)
    put(tmp_path, "2020/earlier.csv.gz", age_seconds=20)

    assert names(tmp_path) == ["2020/earlier.csv.gz", "later.csv"]


@pytest.mark.parametrize(
    "name",
    [".hidden.csv", ".cache/a.csv", "a.csv.part", "a.csv.PART", "a.tmp", "a.crdownload", "a.csv~", "a.filepart"],
)
def test_a_file_with_the_name_of_an_unfinished_one_is_ignored(tmp_path: Path, name: str):
    put(tmp_path, name)

    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("age_seconds", "listed"), [(0, False), (4, False), (5, True), (-4, False), (-3600, True)]
)
def test_a_file_written_just_now_is_not_listed_yet(tmp_path: Path, age_seconds: float, listed: bool):
    put(tmp_path, "a.csv", age_seconds=age_seconds)

    assert names(tmp_path) == (["a.csv"] if listed else [])


def test_a_missing_folder_has_no_files(tmp_path: Path):
    assert names(tmp_path / "inbox") == []


def test_a_file_is_fetched_as_it_was_listed_or_not_at_all(tmp_path: Path):
    inbox = LocalInbox(tmp_path / "inbox", settle_seconds=5, now=lambda: NOW)
    path = put(tmp_path / "inbox", "a.csv", content=b"first")
    (drop,) = inbox.delivered_files()

    assert inbox.fetch(drop, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"first"
    path.write_bytes(b"second")
    assert not inbox.fetch(drop, tmp_path / "copy")
    path.unlink()
    assert not inbox.fetch(drop, tmp_path / "copy")
    assert not inbox.fetch(DeliveredFile("never.csv", 1, "1", NOW), tmp_path / "copy")
