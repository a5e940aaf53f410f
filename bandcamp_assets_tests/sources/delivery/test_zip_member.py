"""A zip with one sound CSV is read like the CSV; anything else is one clear error."""

from __future__ import annotations

import random
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from bandcamp_assets.sources.delivery.opening import is_zip, open_delivered
from bandcamp_assets.sources.delivery.zip_directory import ZipLimits
from bandcamp_assets.sources.delivery.zip_member import ZipMember, check_zip
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.sources.delivery.zips import (
    CSV,
    METHODS,
    make_zip,
    read_all,
)

# One CSV


@pytest.mark.parametrize("method", METHODS)
def test_a_zip_reads_like_its_csv(tmp_path: Path, method: int) -> None:
    path = make_zip(tmp_path / "sales.zip", ("data/Sales.CSV", CSV), method=method)

    assert read_all(path) == CSV
    (member,) = check_zip(path).sales
    assert (member.name, member.size_bytes) == ("data/Sales.CSV", len(CSV))


def test_the_directory_of_the_zip_describes_the_member(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV), method=zipfile.ZIP_STORED)

    assert check_zip(path).sales == (ZipMember("sales.csv", len(CSV), len(CSV)),)


@pytest.mark.parametrize("name", ["sales.csv", "sales.zip", "sales"])
def test_a_plain_csv_is_read_unchanged_whatever_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(CSV)

    assert not is_zip(path)
    assert read_all(path) == CSV


def test_a_zip_is_known_by_its_bytes_not_by_its_name(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.csv", ("x.csv", CSV))

    assert is_zip(path)
    assert read_all(path) == CSV


def test_an_empty_csv_is_accepted_here(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").touch()

    assert read_all(tmp_path / "sales.csv") == b""
    assert read_all(make_zip(tmp_path / "sales.zip", ("sales.csv", b""))) == b""


def test_folders_and_litter_and_notes_do_not_count(tmp_path: Path) -> None:
    path = make_zip(
        tmp_path / "sales.zip",
        ("data/", b""),
        ("data/sales.csv", CSV),
        ("__MACOSX/data/._sales.csv", b"x"),
        ("data/._sales.csv", b"x"),
        ("data/.DS_Store", b"x"),
        ("README.txt", b"about"),
    )

    members = check_zip(path)
    assert [member.name for member in members.sales] == ["data/sales.csv"]
    assert members.others == ("README.txt",)
    assert read_all(path) == CSV


def test_a_stream_can_be_read_line_by_line_and_in_pieces(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV))

    with open_delivered(path) as stream:
        header = stream.readline()
        pieces = list(iter(lambda: stream.read(1000), b""))

    assert header == b"_id,artist_name\n"
    assert header + b"".join(pieces) == CSV


def test_a_large_member_is_not_held_in_memory(tmp_path: Path) -> None:
    size = 60_000_000
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", random.Random(0).randbytes(1000) * (size // 1000)))  # noqa: S311
    limits = ZipLimits(max_ratio=1100)

    tracemalloc.start()
    with open_delivered(path, limits=limits) as stream:
        seen = sum(len(piece) for piece in iter(lambda: stream.read(1 << 16), b""))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert seen == size
    assert peak_bytes < size / 5


def test_an_error_of_the_reader_is_not_taken_for_one_of_the_zip(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV))

    with pytest.raises(ValueError, match="mine"), open_delivered(path):
        raise ValueError("mine")


# Anything else


@pytest.mark.parametrize("names", [(), ("a.png", "b/"), ("README.txt",)])
def test_there_must_be_a_file_of_sales(tmp_path: Path, names: tuple[str, ...]) -> None:
    path = make_zip(tmp_path / "sales.zip", *((name, b"" if name.endswith("/") else b"a,b\n") for name in names))

    with pytest.raises(PlatformError, match="contains no CSV and no JSON"):
        check_zip(path)


def test_a_zip_may_hold_several_files_but_no_name_twice(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", ("a.csv", CSV), ("b/c.JSONL", b"{}"), ("picture.png", b"x"))

    assert [member.name for member in check_zip(path).sales] == ["a.csv", "b/c.JSONL"]
    with open_delivered(path, "b/c.JSONL") as stream:
        assert stream.read() == b"{}"
    with pytest.raises(PlatformError, match="contains a name twice"):
        check_zip(make_zip(tmp_path / "b.zip", ("a.csv", CSV), ("a.csv", CSV)))


def test_a_spreadsheet_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "book.xlsx", ("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>"))

    with pytest.raises(PlatformError, match="is a spreadsheet, not a CSV") as caught:
        check_zip(path)

    assert "save it as CSV in UTF-8" in caught.value.remedy


@pytest.mark.parametrize("name", ["sales.zip", "sales.csv.gz", "sales.parquet", "sales.xlsx"])
def test_what_is_packed_within_a_zip_is_refused_and_not_left_aside(tmp_path: Path, name: str) -> None:
    with pytest.raises(PlatformError, match="not read within a zip"):
        check_zip(make_zip(tmp_path / "a.zip", ("sales.csv", CSV), (name, b"x")))


def test_a_zip_in_a_zip_is_not_a_csv(tmp_path: Path) -> None:
    inner = make_zip(tmp_path / "inner.zip", ("sales.csv", CSV)).read_bytes()
    make_zip(tmp_path / "b.zip", ("sales.csv", inner))

    with pytest.raises(PlatformError, match="not a CSV but a zip file"):
        read_all(tmp_path / "b.zip")


@pytest.mark.parametrize(
    ("start", "kind"),
    [(b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!", "rar"), (b"\xd0\xcf\x11\xe0", "spreadsheet"), (b"%PDF-1", "PDF")],
)
def test_another_kind_of_file_is_named(tmp_path: Path, start: bytes, kind: str) -> None:
    (tmp_path / "sales.csv").write_bytes(start + CSV)

    with pytest.raises(PlatformError, match=f"not a CSV but a {kind}"):
        read_all(tmp_path / "sales.csv")


def test_a_missing_file_and_a_folder_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="No such file"):
        read_all(tmp_path / "sales.csv")
    with pytest.raises(PlatformError, match="Is a directory"):
        read_all(tmp_path)
