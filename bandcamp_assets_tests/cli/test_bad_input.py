"""Whatever is wrong outside the platform is one clear error and a failed exit status, and changes nothing."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets_tests.homes import BuiltHome, TestHome, empty
from bandcamp_assets_tests.raw_files import HEADER, csv_bytes, raw_row, write_csv

pytestmark = pytest.mark.xdist_group("two days")


@pytest.fixture(scope="module")
def home(built: BuiltHome, _home_root: Path) -> TestHome:
    """A home with a few real sales, which no bad input may change."""
    home = empty(_home_root)
    home.restore(built.saved)
    return home


def zipped(content: bytes) -> bytes:
    import io

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sales.csv", content)
    return buffer.getvalue()


GOOD = csv_bytes([raw_row(n) for n in range(2000)])

BAD_FILES = {
    "empty.csv": (b"", "The file is empty"),
    "no-column.csv": (
        csv_bytes([], header=[name for name in HEADER if name != "amount_paid"]),
        "lacks the column",
    ),
    "picture.csv": (b"\x89PNG\r\n\x1a\n\x00\x00\xff" * 50, "is not a CSV"),
    "page.csv": (b"<!doctype html>\n<html><body>404</body></html>\n", "none of the columns"),
    "torn.zip": (zipped(GOOD)[:-300], "zip"),
    "corrupt.zip": (zipped(GOOD)[:900] + b"\x00" * 64 + zipped(GOOD)[964:], "zip"),
    "picture.zip": (zipped(GOOD).replace(b"sales.csv", b"sales.png"), "The zip contains no"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_one_clear_error_and_changes_nothing(home: TestHome, tmp_path: Path, name: str):
    content, message = BAD_FILES[name]
    (tmp_path / name).write_bytes(content)
    files, tables = home.files(), home.tables()

    refused = home.bandcamp("run", "--source", str(tmp_path / name))

    assert refused.returncode == 1
    assert_one_clear_error(refused.stderr, message)
    assert home.files() == files
    assert home.tables() == tables
    assert home.ledger().holds


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        (["--source", "/no/such/file.csv"], {}, "where: /no/such/file.csv (--source)"),
        (
            [],
            {"BANDCAMP_SOURCE": "/no/such/file.csv"},
            "where: /no/such/file.csv (environment variable BANDCAMP_SOURCE)",
        ),
        ([], {"BANDCAMP_SAMPLE_ROWS": "7"}, "where: environment variable BANDCAMP_SAMPLE_ROWS"),
        (["--source", "/no/such/folder/"], {}, "The source is neither a file nor a folder"),
        ([], {"BANDCAMP_DEPLOYMENT": "cloud"}, "BANDCAMP_DEPLOYMENT"),
        ([], {"BANDCAMP_HOEM": "x"}, "did you mean BANDCAMP_HOME"),
    ],
)
def test_a_wrong_setting_is_one_clear_error_and_starts_no_run(
    home: TestHome, arguments: list[str], settings: dict[str, str], message: str
):
    runs = runs_of(home)

    refused = home.bandcamp("run", *arguments, **settings)

    assert refused.returncode == 1
    assert_one_clear_error(refused.stderr, message)
    assert runs_of(home) == runs


@pytest.mark.parametrize("rows", ["7", "many", "100000001"])
def test_a_number_of_rows_that_is_not_allowed_is_refused_before_anything_is_made(tmp_path: Path, rows: str):
    home = TestHome(tmp_path / "none")

    refused = home.bandcamp("run", "--rows", rows)

    assert refused.returncode == 2
    assert "Invalid value for '--rows'" in refused.stderr
    assert not home.root.exists()


def test_a_home_that_cannot_be_created_is_one_clear_error(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")

    refused = TestHome(tmp_path / "file" / "home").bandcamp("run")

    assert refused.returncode == 1
    assert_one_clear_error(refused.stderr, "BANDCAMP_HOME")


def test_status_without_a_home_is_one_clear_error(tmp_path: Path):
    refused = TestHome(tmp_path / "none").bandcamp("status")

    assert refused.returncode == 1
    assert_one_clear_error(refused.stderr, "nothing here yet")
    assert not (tmp_path / "none").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk")
@pytest.mark.parametrize(("options", "message"), [("size=5m", "No space left"), ("size=20m,ro", "Read-only")])
def test_a_full_or_read_only_disk_is_one_clear_error(tmp_path: Path, options: str, message: str):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        source = write_csv(tmp_path / "sales.csv", [raw_row(n) for n in range(20_000)])

        refused = TestHome(disk / "home").bandcamp("run", "--source", str(source))

        assert refused.returncode == 1
        assert_one_clear_error(refused.stderr, message)
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def runs_of(home: TestHome) -> int:
    """How many runs Dagster has recorded."""
    with open_instance(home.deployment.settings.home) as instance:
        return int(instance.get_runs_count())


def assert_one_clear_error(stderr: str, message: str) -> None:
    """The error says what, where and what to do, once, and shows no stack trace."""
    assert message in stderr
    assert stderr.count("error: ") == 1, stderr
    assert stderr.count("where: ") == 1, stderr
    assert "what to do: " in stderr
    assert "Traceback" not in stderr
