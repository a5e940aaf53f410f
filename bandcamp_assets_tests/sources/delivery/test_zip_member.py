"""A zip with one sound CSV is read like the CSV; anything else is one clear error."""

from __future__ import annotations

import bz2
import lzma
import random
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from bandcamp_assets.sources.delivery.zip_directory import ZipLimits
from bandcamp_assets.sources.delivery.zip_member import (
    ZipMember,
    check_zip,
    is_zip,
    open_delivered,
    open_single_csv,
)
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
    member = check_zip(path)
    assert (member.name, member.size_bytes) == ("data/Sales.CSV", len(CSV))


def test_the_directory_of_the_zip_describes_the_member(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV), method=zipfile.ZIP_STORED)

    assert check_zip(path) == ZipMember("sales.csv", len(CSV), len(CSV))


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

    assert check_zip(path).name == "data/sales.csv"
    assert read_all(path) == CSV


def test_a_stream_can_be_read_line_by_line_and_in_pieces(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV))

    with open_single_csv(path) as stream:
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


@pytest.mark.parametrize(
    ("names", "count"),
    [((), "none"), (("a.txt", "b/"), "none"), (("a.csv", "b.CSV"), "2"), (("a.csv", "a.csv"), "2")],
)
def test_there_must_be_exactly_one_csv(tmp_path: Path, names: tuple[str, ...], count: str) -> None:
    path = make_zip(tmp_path / "sales.zip", *((name, b"" if name.endswith("/") else b"a,b\n") for name in names))

    with pytest.raises(PlatformError, match=f"exactly one CSV, but contains {count}"):
        check_zip(path)


def test_a_zip_in_a_zip_is_not_a_csv(tmp_path: Path) -> None:
    inner = make_zip(tmp_path / "inner.zip", ("sales.csv", CSV)).read_bytes()

    with pytest.raises(PlatformError, match="exactly one CSV"):
        check_zip(make_zip(tmp_path / "a.zip", ("sales.zip", inner)))
    with pytest.raises(PlatformError, match="not a CSV but a zip file"):
        check_zip(make_zip(tmp_path / "b.zip", ("sales.csv", inner)))
    with pytest.raises(PlatformError, match="not a CSV but a zip file"):
        read_all(tmp_path / "b.zip")


@pytest.mark.parametrize(("pack", "kind"), [(lzma.compress, "xz"), (bz2.compress, "bzip2")])
def test_another_compression_is_named(tmp_path: Path, pack: type[bytes], kind: str) -> None:
    (tmp_path / "sales.csv").write_bytes(pack(CSV))

    with pytest.raises(PlatformError, match=f"not a CSV but a {kind} file"):
        read_all(tmp_path / "sales.csv")


def test_a_missing_file_and_a_folder_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="No such file"):
        read_all(tmp_path / "sales.csv")
    with pytest.raises(PlatformError, match="Is a directory"):
        read_all(tmp_path)
