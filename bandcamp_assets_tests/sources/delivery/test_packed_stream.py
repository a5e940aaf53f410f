"""Files compressed with gzip or zstandard are read; damaged or cut ones and bombs are refused."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from bandcamp_assets.sources.delivery.opening import open_delivered
from bandcamp_assets.sources.delivery.recognition import recognize
from bandcamp_assets.sources.delivery.zip_directory import ZipLimits
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row

CSV = csv_bytes(raw_row(number) for number in range(500))


def zstd(content: bytes) -> bytes:
    packed: bytes = pa.compress(content, "zstd", asbytes=True)
    return packed


PACKERS = pytest.mark.parametrize(
    "pack", [gzip.compress, zstd, bz2.compress, lzma.compress], ids=["gzip", "zstd", "bzip2", "xz"]
)
Pack = Callable[[bytes], bytes]


def read(path: Path, **limits: float) -> bytes:
    with open_delivered(path, limits=ZipLimits(**limits)) as stream:  # type: ignore[arg-type]
        return stream.read()


@PACKERS
def test_a_compressed_csv_is_read_like_the_csv_whatever_its_name(tmp_path: Path, pack: Pack):
    path = tmp_path / "sales.csv"
    path.write_bytes(pack(CSV))

    recognize(path, "sales.csv")

    assert read(path) == CSV


@PACKERS
def test_parts_compressed_one_after_the_other_are_one_file(tmp_path: Path, pack: Pack):
    path = tmp_path / "sales.csv.packed"
    path.write_bytes(pack(CSV[:5000]) + pack(CSV[5000:]))

    assert read(path) == CSV


@pytest.mark.parametrize("zeros", [1, 1024, 3_000_000])
@pytest.mark.parametrize("parts", [1, 2])
def test_zeros_after_a_gzip_file_are_padding_as_for_gunzip(tmp_path: Path, zeros: int, parts: int):
    path = tmp_path / "sales.csv.gz"
    middle = len(CSV) // parts
    path.write_bytes(b"".join(gzip.compress(part) for part in (CSV[:middle], CSV[middle:]) if part) + bytes(zeros))

    recognize(path, "sales.csv.gz")

    assert read(path) == CSV


@pytest.mark.parametrize("junk", [b"x", bytes(10) + b"x", b"\x1f\x8b"])
def test_anything_else_after_a_gzip_file_is_damage(tmp_path: Path, junk: bytes):
    path = tmp_path / "sales.csv.gz"
    path.write_bytes(gzip.compress(CSV) + junk)

    with pytest.raises(PlatformError, match="damaged or incomplete"):
        recognize(path, "sales.csv.gz")


@PACKERS
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_a_file_that_was_cut_short_is_refused_before_it_lands(tmp_path: Path, pack: Pack, kept: float):
    path = tmp_path / "sales.csv.packed"
    packed = pack(CSV)
    path.write_bytes(packed[: int(len(packed) * kept)])

    with pytest.raises(PlatformError, match="damaged or incomplete"):
        recognize(path, "sales.csv.packed")


def test_damage_inside_is_noticed_by_the_checksum(tmp_path: Path):
    path = tmp_path / "sales.csv.gz"
    packed = bytearray(gzip.compress(CSV, compresslevel=0))
    packed[len(packed) // 2] ^= 1
    path.write_bytes(packed)

    with pytest.raises(PlatformError, match="damaged or incomplete"):
        recognize(path, "sales.csv.gz")


@PACKERS
def test_a_bomb_is_refused(tmp_path: Path, pack: Pack):
    path = tmp_path / "sales.csv.packed"
    path.write_bytes(pack(b" " * 5_000_000))

    with pytest.raises(PlatformError, match="decompresses to more than"):
        read(path, ratio_free_bytes=100_000)


@PACKERS
def test_what_is_compressed_twice_is_not_a_csv(tmp_path: Path, pack: Pack):
    path = tmp_path / "sales.csv.packed"
    path.write_bytes(pack(gzip.compress(CSV)))

    with pytest.raises(PlatformError, match="not a CSV but a gzip file"):
        recognize(path, "sales.csv.packed")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"events": [}', "begins like a page of the feed but is not one"),
        (b"\x1f\x8b" + b"junk" * 20, "damaged or incomplete"),
        (b"a,b\n1,2\n", "column"),
    ],
    ids=["JSON", "gzip", "columns"],
)
def test_a_file_without_sales_is_refused(tmp_path: Path, content: bytes, message: str):
    path = tmp_path / "file"
    path.write_bytes(content)

    with pytest.raises(PlatformError, match=message):
        recognize(path, "file")
