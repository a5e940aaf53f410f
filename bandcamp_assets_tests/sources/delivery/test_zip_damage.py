"""A zip that is damaged, encrypted or compressed by an unknown method is one clear error."""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from bandcamp_assets.sources.delivery.opening import open_delivered
from bandcamp_assets.sources.delivery.zip_member import check_zip
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.sources.delivery.zips import (
    CSV,
    METHODS,
    change_directory_field,
    make_zip,
    read_all,
)


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

    with pytest.raises(PlatformError, match="unsupported method \\(number 9\\)"):
        check_zip(path)


@pytest.mark.parametrize("method", METHODS)
def test_a_flipped_byte_is_found_while_the_csv_is_read(tmp_path: Path, method: int) -> None:
    path = make_zip(tmp_path / "sales.zip", ("sales.csv", CSV), method=method)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)

    with pytest.raises(PlatformError, match="damaged"):
        read_all(path)


def test_with_any_flipped_byte_the_result_is_the_csv_or_a_clear_error(tmp_path: Path) -> None:
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


def test_garbage_after_the_magic_number_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "sales.zip"
    path.write_bytes(b"PK\x03\x04" + random.Random(3).randbytes(5000))  # noqa: S311

    with pytest.raises(PlatformError, match="damaged"):
        check_zip(path)


def test_damage_is_reported_by_the_read_that_meets_it(tmp_path: Path) -> None:
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
