"""A zip with names that lead outside, or that decompresses to too much, is refused."""

from __future__ import annotations

import stat
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from bandcamp_assets.sources.delivery.zip_directory import ZipLimits
from bandcamp_assets.sources.delivery.zip_member import check_zip
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.sources.delivery.zips import (
    CSV,
    change_directory_field,
    make_zip,
    make_zip_with_entry,
    read_all,
)


@pytest.mark.parametrize(
    "name",
    [
        "/etc/sales.csv",
        "../sales.csv",
        "a/../../sales.csv",
        "..\\sales.csv",
        "\\\\host\\share\\sales.csv",
        "C:\\sales.csv",
        "c:sales.csv",
    ],
)
def test_names_that_lead_outside_the_zip_are_refused(tmp_path: Path, name: str) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV), (name, CSV))

    with pytest.raises(PlatformError, match="leads outside the zip"):
        check_zip(path)


def test_a_name_cut_short_by_a_nul_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv.txt", CSV))
    path.write_bytes(path.read_bytes().replace(b"sales.csv.txt", b"sales.csv\0txt"))

    with pytest.raises(PlatformError, match="leads outside the zip"):
        check_zip(path)


def test_two_dots_in_a_name_are_harmless(tmp_path: Path) -> None:
    assert read_all(make_zip(tmp_path / "sales.zip", ("sales..2020.csv", CSV))) == CSV


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    info = zipfile.ZipInfo("link.csv")
    info.external_attr = (kind | 0o644) << 16

    with pytest.raises(PlatformError, match="a link or a device"):
        check_zip(make_zip_with_entry(tmp_path / "sales.zip", info, b"/etc/passwd"))


def test_a_zip_of_very_many_entries_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV), *((f"{n}.txt", b"") for n in range(30)))

    with pytest.raises(PlatformError, match="31 entries, more than the 30"):
        check_zip(path, limits=ZipLimits(max_members=30))


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", b"0" * 20_000_000))

    with pytest.raises(PlatformError, match="more than 200 times as many"):
        read_all(path)


def test_a_small_csv_may_have_any_ratio(tmp_path: Path) -> None:
    data = b"0" * 1_000_000

    assert read_all(make_zip(tmp_path / "sales.zip", ("sales.csv", data))) == data


def test_a_csv_over_the_limit_is_refused_by_its_announced_size(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV))

    with pytest.raises(PlatformError, match="more than the 1000 allowed"):
        read_all(path, limits=ZipLimits(max_csv_bytes=1000))


def test_a_bomb_that_announces_a_small_size_is_not_read_beyond_it(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", b"0" * 20_000_000))
    change_directory_field(path, 24, "<I", 1000)

    tracemalloc.start()
    with pytest.raises(PlatformError, match="damaged"):
        read_all(path)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak_bytes < 10_000_000


def test_a_member_that_ends_before_its_announced_size_is_damage(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV))
    change_directory_field(path, 24, "<I", len(CSV) + 1)

    with pytest.raises(PlatformError, match="damaged"):
        read_all(path)


def test_a_compressed_size_beyond_the_file_is_damage(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV))
    change_directory_field(path, 20, "<I", 2**31)

    with pytest.raises(PlatformError, match="damaged"):
        check_zip(path)
