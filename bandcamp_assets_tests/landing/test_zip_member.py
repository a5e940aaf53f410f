"""A zip with one sound CSV reads like the CSV; anything else is one clear error."""

from __future__ import annotations

import bz2
import io
import lzma
import random
import shutil
import stat
import struct
import subprocess
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import pytest

from bandcamp_assets.errors import PlatformError
from bandcamp_assets.landing.zip_directory import ZipLimits
from bandcamp_assets.landing.zip_member import (
    ZipMember,
    check_zip,
    is_zip,
    open_delivered,
    open_single_csv,
)

CSV = b"_id,artist_name\n" + b"".join(
    f"{row},{random.Random(row).random()}\n".encode()  # noqa: S311
    for row in range(60_000)
)
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


def make_zip(path: Path, *members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", method) as archive:
        warnings.filterwarnings("ignore", "Duplicate name")
        for name, data in members:
            archive.writestr(name, data)
    return path


def make_zip_with_entry(path: Path, info: zipfile.ZipInfo, data: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sales.csv", CSV)
        archive.writestr(info, data)
    return path


def change_directory_field(path: Path, offset: int, layout: str, value: int) -> None:
    """Overwrite a field of the first entry of the zip's directory, at its offset there (APPNOTE 4.3.12)."""
    data = bytearray(path.read_bytes())
    struct.pack_into(layout, data, data.index(b"PK\x01\x02") + offset, value)
    path.write_bytes(data)


def read_all(path: Path, *, limits: ZipLimits | None = None) -> bytes:
    with open_delivered(path, limits=limits or ZipLimits()) as stream:
        return stream.read()


# What reads


@pytest.mark.parametrize("method", METHODS)
def test_a_zip_reads_like_its_csv(tmp_path: Path, method: int) -> None:
    path = make_zip(tmp_path / "sales.zip", ("data/Sales.CSV", CSV), method=method)

    assert read_all(path) == CSV
    member = check_zip(path)
    assert (member.name, member.size_bytes) == ("data/Sales.CSV", len(CSV))


def test_the_member_is_described_by_the_zips_directory(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV), method=zipfile.ZIP_STORED)

    assert check_zip(path) == ZipMember("sales.csv", len(CSV), len(CSV))


@pytest.mark.parametrize("name", ["sales.csv", "sales.zip", "sales"])
def test_a_plain_csv_reads_as_it_is_whatever_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(CSV)

    assert not is_zip(path)
    assert read_all(path) == CSV


def test_a_zip_is_known_by_its_bytes_not_by_its_name(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.csv", ("x.csv", CSV))

    assert is_zip(path)
    assert read_all(path) == CSV


def test_an_empty_csv_is_left_to_those_who_read_headers(tmp_path: Path) -> None:
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


def test_a_large_member_is_read_without_being_held(tmp_path: Path) -> None:
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


# What is not one CSV


@pytest.mark.parametrize(
    ("names", "count"),
    [((), "none"), (("a.txt", "b/"), "none"), (("a.csv", "b.CSV"), "2"), (("a.csv", "a.csv"), "2")],
)
def test_there_must_be_exactly_one_csv(tmp_path: Path, names: tuple[str, ...], count: str) -> None:
    path = make_zip(tmp_path / "sales.zip", *((name, b"" if name.endswith("/") else b"a,b\n") for name in names))

    with pytest.raises(PlatformError, match=f"exactly one CSV, but holds {count}"):
        check_zip(path)


def test_a_zip_in_a_zip_is_no_csv(tmp_path: Path) -> None:
    inner = make_zip(tmp_path / "inner.zip", ("sales.csv", CSV)).read_bytes()

    with pytest.raises(PlatformError, match="exactly one CSV"):
        check_zip(make_zip(tmp_path / "a.zip", ("sales.zip", inner)))
    with pytest.raises(PlatformError, match="no CSV but a zip file"):
        check_zip(make_zip(tmp_path / "b.zip", ("sales.csv", inner)))
    with pytest.raises(PlatformError, match="no CSV but a zip file"):
        read_all(tmp_path / "b.zip")


@pytest.mark.parametrize(("pack", "kind"), [(lzma.compress, "xz"), (bz2.compress, "bzip2")])
def test_another_packing_is_named(tmp_path: Path, pack: type[bytes], kind: str) -> None:
    (tmp_path / "sales.csv").write_bytes(pack(CSV))

    with pytest.raises(PlatformError, match=f"no CSV but a {kind} file"):
        read_all(tmp_path / "sales.csv")


def test_a_missing_file_and_a_folder_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="No such file"):
        read_all(tmp_path / "sales.csv")
    with pytest.raises(PlatformError, match="Is a directory"):
        read_all(tmp_path)


# What is hostile


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
def test_names_that_lead_out_of_the_zip_are_refused(tmp_path: Path, name: str) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV), (name, CSV))

    with pytest.raises(PlatformError, match="leads out of it"):
        check_zip(path)


def test_a_name_cut_short_by_a_nul_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv.txt", CSV))
    path.write_bytes(path.read_bytes().replace(b"sales.csv.txt", b"sales.csv\0txt"))

    with pytest.raises(PlatformError, match="leads out of it"):
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


def test_a_bomb_that_announces_a_small_size_does_not_unpack_beyond_it(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", b"0" * 20_000_000))
    change_directory_field(path, 24, "<I", 1000)

    tracemalloc.start()
    with pytest.raises(PlatformError, match="damaged"):
        read_all(path)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak_bytes < 10_000_000


def test_a_member_that_ends_before_its_announced_size_is_damaged(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV))
    change_directory_field(path, 24, "<I", len(CSV) + 1)

    with pytest.raises(PlatformError, match="damaged"):
        read_all(path)


def test_a_packed_size_beyond_the_file_is_damaged(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV))
    change_directory_field(path, 20, "<I", 2**31)

    with pytest.raises(PlatformError, match="damaged"):
        check_zip(path)


# What cannot be read


def test_an_encrypted_csv_is_named_as_such(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV))
    change_directory_field(path, 8, "<H", 0x1)

    with pytest.raises(PlatformError, match="encrypted"):
        check_zip(path)


def test_a_zip_encrypted_by_the_real_tool_is_named_as_such(tmp_path: Path) -> None:
    tool = shutil.which("zip")
    if tool is None:
        pytest.skip("the zip command is not installed")
    (tmp_path / "sales.csv").write_bytes(CSV)
    subprocess.run([tool, "-q", "-P", "word", "sales.zip", "sales.csv"], cwd=tmp_path, check=True)

    with pytest.raises(PlatformError, match="encrypted"):
        read_all(tmp_path / "sales.zip")


def test_a_method_that_is_not_supported_is_named(tmp_path: Path) -> None:
    deflate64 = 9
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV))
    change_directory_field(path, 10, "<H", deflate64)

    with pytest.raises(PlatformError, match="not supported \\(number 9\\)"):
        check_zip(path)


@pytest.mark.parametrize("method", METHODS)
def test_a_flipped_byte_is_found_by_the_time_the_csv_is_read(tmp_path: Path, method: int) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV), method=method)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)

    with pytest.raises(PlatformError, match="damaged"):
        read_all(path)


def test_no_flipped_byte_anywhere_ends_in_anything_but_the_csv_or_a_clear_error(tmp_path: Path) -> None:
    csv = b"_id,artist_name\n1,None\n2,NA\n"
    whole = make_zip(tmp_path / "whole.zip", ("sales.csv", csv)).read_bytes()
    path = tmp_path / "sales.zip"
    outcomes = set()

    for position in range(4, len(whole)):  # the first four bytes say that it is a zip
        for flip in (0x01, 0x80, 0xFF):
            data = bytearray(whole)
            data[position] ^= flip
            path.write_bytes(data)
            try:
                outcomes.add(read_all(path))
            except PlatformError:
                outcomes.add(b"refused")

    assert outcomes == {csv, b"refused"}


@pytest.mark.parametrize("share", [0.0001, 0.1, 0.5, 0.9, 0.9999])
def test_a_truncated_zip_is_damaged(tmp_path: Path, share: float) -> None:
    whole = make_zip(tmp_path / "whole.zip", ("sales.csv", CSV)).read_bytes()
    path = tmp_path / "sales.zip"
    path.write_bytes(whole[: max(10, int(len(whole) * share))])

    with pytest.raises(PlatformError, match="damaged or incomplete"):
        check_zip(path)


def test_garbage_behind_the_magic_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "sales.zip"
    path.write_bytes(b"PK\x03\x04" + random.Random(3).randbytes(5000))  # noqa: S311

    with pytest.raises(PlatformError, match="damaged"):
        check_zip(path)


def test_damage_is_told_at_the_read_that_meets_it(tmp_path: Path) -> None:
    rows = io.BytesIO(random.Random(4).randbytes(5_000_000)).getvalue()  # noqa: S311
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", rows), method=zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[4_900_000] ^= 0xFF
    path.write_bytes(data)

    with open_delivered(path) as stream:
        assert stream.read(1_000_000) == rows[:1_000_000]
        with pytest.raises(PlatformError, match="damaged") as caught:
            stream.read()

    assert caught.value.where == f"{path}, member 'sales.csv'"
