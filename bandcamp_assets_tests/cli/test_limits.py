"""The system's limits are raised if possible. Otherwise a command reports them at the start."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bandcamp_assets.system.limits import ADDRESS_SPACE_BYTES, OPEN_FILES
from bandcamp_assets_tests.homes import BANDCAMP, TestHome
from bandcamp_assets_tests.patience import PATIENCE_SECONDS


def limit_to(limit: int, highest: int | None = None, kind: int = resource.RLIMIT_NOFILE) -> Callable[[], None]:
    """Give a new process a limit, and the highest limit that it may set."""
    before = resource.getrlimit(kind)[1]
    return lambda: resource.setrlimit(kind, (limit, before if highest is None else highest))


def bandcamp(home: TestHome, limits: Callable[[], object], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BANDCAMP, *arguments],
        env=home.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
        preexec_fn=limits,
    )


@pytest.mark.parametrize("command", ["run", "prepare", "ui"])
def test_too_few_open_files_are_one_clear_error_before_anything_is_made(tmp_path: Path, command: str):
    home = TestHome(tmp_path / "home")

    refused = bandcamp(home, limit_to(100, highest=OPEN_FILES - 1), command)

    assert refused.returncode == 1
    assert refused.stderr.startswith(
        f"error: A process may have {OPEN_FILES - 1} files open, but {OPEN_FILES} are needed\n"
    )
    assert "what to do: allow more" in refused.stderr
    assert not home.root.exists()


@pytest.mark.long
def test_a_low_limit_of_files_is_raised_and_the_required_address_space_is_enough(tmp_path: Path):
    home = TestHome(tmp_path / "home")
    files, addresses = (
        limit_to(50),
        limit_to(ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES, resource.RLIMIT_AS),
    )

    done = bandcamp(home, lambda: (files(), addresses()), "run", "--rows", "1000")

    assert done.returncode == 0, done.stderr


def test_too_few_addresses_are_one_clear_error_before_anything_is_made(tmp_path: Path):
    home = TestHome(tmp_path / "home")
    limit = 8 * 2**30

    refused = bandcamp(home, limit_to(limit, limit, resource.RLIMIT_AS), "run")

    assert refused.returncode == 1
    assert refused.stderr.startswith("error: A process may have 8 GiB of addresses, but 80 are needed")
    assert "what to do: remove the limit (`ulimit -v unlimited`)" in refused.stderr
    assert not home.root.exists()


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (limit_to(60), f"✓ limits       {OPEN_FILES} open files\n"),
        (limit_to(1000, highest=1000), "✓ limits       1000 open files\n"),
        (
            limit_to(60, highest=60),
            f"✗ limits       A process may have 60 files open, but {OPEN_FILES} are needed\n",
        ),
    ],
)
def test_the_doctor_reports_the_limit(tmp_path: Path, limits: Callable[[], None], said: str):
    done = bandcamp(TestHome(tmp_path / "home"), limits, "doctor")

    assert said in done.stdout
