"""What the inbox refuses, as the command shows it: by name, once, and without stopping other files."""

from __future__ import annotations

import ctypes
import os
import subprocess
from pathlib import Path

import dagster as dg
import pytest

from bandcamp_assets.landing.refusals import CLOSED
from bandcamp_assets_tests.defs.automation.robot import Robot
from bandcamp_assets_tests.homes import BANDCAMP, TestHome
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row, write_csv

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


def as_plain_user(home: TestHome, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command without the power of root to read any file, if the tests run as root."""
    libc = ctypes.CDLL(None)

    def give_up() -> None:
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH) if os.geteuid() == 0 else ():
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)

    return subprocess.run(
        [BANDCAMP, *arguments],
        env=home.environment(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=give_up,
        timeout=PATIENCE_SECONDS,
    )


def deliver(home: TestHome, name: str | bytes, content: bytes) -> Path:
    path = home.root / "inbox" / os.fsdecode(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (1_600_000_000, 1_600_000_000))
    return path


@pytest.mark.long
def test_a_bad_file_in_the_inbox_is_named_in_the_summary_and_does_not_stop_others_or_a_source(
    home: TestHome, tmp_path: Path
):
    locked = deliver(home, "locked.csv", csv_bytes([raw_row(1)]))
    locked.chmod(0)
    deliver(home, "good.csv", csv_bytes([raw_row(2)]))
    deliver(home, b"Verk\xe4ufe.csv", csv_bytes([raw_row(3)]))
    deliver(home, b"\xff.zip", b"PK\x03\x04")
    deliver(home, "desktop.ini", b"[.ShellClassInfo]")
    source = write_csv(tmp_path / os.fsdecode(b"Gr\xf6\xdfe.csv"), [raw_row(4)])

    first = as_plain_user(home, "run", "--source", str(source))
    status = as_plain_user(home, "status")
    locked.chmod(0o600)
    robot = Robot(home)
    again = robot.sensor("dropped_files")

    assert (first.returncode, status.returncode) == (0, 0), first.stderr
    said = first.stdout + first.stderr
    assert (
        "! refused: inbox/locked.csv: The file may not be read: Permission denied; allow this user" in first.stdout
    )
    assert "! refused: inbox/\\xff.zip: " in first.stdout
    assert (said.count("locked.csv"), said.count("xff.zip"), said.count("desktop.ini")) == (1, 1, 0)
    assert "! refused: inbox/locked.csv" in status.stdout
    assert home.fact()[0] == 3
    assert isinstance(again, dg.RunRequest)
    assert robot.execute(again, "land").success
    assert home.ledger().raw_rows == 4


@pytest.mark.long
def test_a_home_with_a_sample_says_everywhere_in_the_same_words_that_its_inbox_takes_no_real_files(home: TestHome):
    quiet = home.run("--rows", "1000")
    for number in range(30):
        deliver(home, f"{number}.csv", csv_bytes([raw_row(number)]))

    run, status = home.bandcamp("run"), home.bandcamp("status")
    robot = Robot(home)
    skipped = robot.sensor("dropped_files")
    landed = robot.execute(
        dg.RunRequest(run_config={"ops": {"raw_sales": {"config": {"only_inboxes": True}}}}), "land"
    )

    closed = f"{CLOSED} (30 files wait in it)"
    assert f"! {CLOSED}\n" in quiet
    assert f"! {closed}\n" in run.stdout
    assert run.stderr.count(closed) == 1
    assert f"! {closed}\n" in status.stdout
    assert "7.csv" not in run.stdout + run.stderr + status.stdout
    assert skipped == closed
    (check,) = [
        one for one in landed.get_asset_check_evaluations() if one.check_name == "dropped_files_can_be_read"
    ]
    assert (check.passed, check.severity, check.description) == (False, dg.AssetCheckSeverity.WARN, closed)
    assert home.ledger().raw_rows == 1000


def test_an_empty_home_gets_no_sample_by_default_instead_of_refused_files(home: TestHome):
    deliver(home, "sales.zip", b"PK\x03\x04")

    refused = home.bandcamp("run")

    assert refused.returncode == 1
    assert "None of the files in the inbox could be landed" in refused.stderr
    assert refused.stderr.count("! refused: inbox/sales.zip: ") == 1
    assert refused.stderr.count("sales.zip") == 2
    assert home.deployment.catalog.raw_files() == []
