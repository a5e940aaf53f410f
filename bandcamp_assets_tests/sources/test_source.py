"""A source is parsed, or refused in one sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bandcamp_assets.sources.source import (
    ArchiveSource,
    FileSource,
    FilesSource,
    SampleSource,
    Source,
    parse_source,
)
from bandcamp_assets.system.errors import PlatformError


def parsed(text: str) -> Source:
    return parse_source(text, sample_rows=1000, archive_url="http://127.0.0.1/x.zip")


def test_words_and_paths_are_told_apart(tmp_path: Path):
    path = tmp_path / "sales.csv"
    path.touch()

    assert parsed("sample") == SampleSource(1000)
    assert parsed("archive") == ArchiveSource("http://127.0.0.1/x.zip")
    assert parsed(str(path)) == FileSource(path.resolve())


@pytest.mark.parametrize(
    "name", ["Bob's [best] *sales* 100%?.csv", "~nobody-of-that-name.csv", "$HOME `x`.csv", "🎵.csv"]
)
def test_a_file_may_have_any_name(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)

    assert parsed(name) == FileSource((tmp_path / name).resolve())


def test_a_folder_or_several_paths_are_a_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("b.csv", "a.json", ".hidden.csv", "README.md", "Thumbs.db", "below/c.csv", "one\ntwo.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)

    folder, several = parsed("."), parsed("b.csv\nbelow")

    assert isinstance(folder, FilesSource)
    assert isinstance(several, FilesSource)
    names = ["a.json", "b.csv", "below/c.csv", "one\ntwo.csv"]
    assert [path.relative_to(tmp_path).as_posix() for path in folder.files()] == names
    assert [path.name for path in several.files()] == ["b.csv", "c.csv"]
    assert parsed("one\ntwo.csv") == FileSource((tmp_path / "one\ntwo.csv").resolve())


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("no-such-file.csv", "The source is neither a file nor a folder"),
        ("smaple", "The source is neither a file nor a folder"),
        ("book.xlsx\nno-such-file.csv", "The source is a spreadsheet"),
        ("book.xlsx", "The source is a spreadsheet"),
        ("BOOK.XLS", "The source is a spreadsheet"),
        ("long" * 100 + ".csv", "File name too long"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, text: str, what: str, monkeypatch: pytest.MonkeyPatch):
    for name in ("book.xlsx", "BOOK.XLS", os.fsdecode(b"\xff.csv")):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)

    with pytest.raises(PlatformError, match=what):
        parsed(text)


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "locked.csv"
    path.touch()
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)  # as for everybody except root

    with pytest.raises(PlatformError, match="may not be read"):
        parsed(str(path))
