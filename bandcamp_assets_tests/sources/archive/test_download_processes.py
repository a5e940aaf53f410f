"""A download respects the size of the disk, and runs in one process at a time."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import bandcamp_assets
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.sources.archive.faulty_server import (
    Exchange,
    FaultyServer,
    stall_after,
    status,
)
from bandcamp_assets_tests.sources.archive.fetching import (
    BODY,
    BODY_SHA256,
    fetch,
    leave_a_part,
    names,
)

# The disk


def test_too_little_room_is_found_at_the_first_byte(target: Path) -> None:
    def offer_an_exabyte(exchange: Exchange) -> None:
        exchange.begin(200, Content_Length=10**18, ETag='"big"')
        exchange.write(BODY)

    with FaultyServer(BODY, offer_an_exabyte) as server, pytest.raises(PlatformError, match="bytes free"):
        fetch(server, target, max_bytes=10**19)

    assert names(target.parent) == []


@pytest.mark.parametrize("have_bytes", [0, 400_000])
@pytest.mark.parametrize("lacking_bytes", [0, 1])
def test_room_is_needed_for_exactly_the_missing_bytes(
    target: Path, monkeypatch: pytest.MonkeyPatch, have_bytes: int, lacking_bytes: int
) -> None:
    missing = len(BODY) - have_bytes
    free = shutil.disk_usage(target.parent.parent)._replace(free=missing - lacking_bytes)
    with FaultyServer(BODY) as server:
        if have_bytes:
            leave_a_part(server, target, have_bytes)
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder: free)

        if lacking_bytes:
            said = f"has {missing - 1} bytes free, and the download needs {missing} more"
            with pytest.raises(PlatformError, match=said):
                fetch(server, target)
        else:
            fetch(server, target)

    assert target.exists() == (not lacking_bytes)


LIMITED = """
import resource, sys
from pathlib import Path
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.sources.archive.download import download
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    download(sys.argv[1], Path(sys.argv[2]))
except PlatformError as error:
    print(error)
"""


def test_a_full_disk_is_one_error_and_keeps_the_part(target: Path) -> None:
    with FaultyServer(BODY) as server:
        run = subprocess.run(
            [sys.executable, "-c", LIMITED, server.url, str(target)],
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.startswith("The file system refused: File too large")
        assert run.stderr == ""
        assert not target.exists()

        arrived = fetch(server, target)

    assert arrived.resumed_from_bytes == 300_000
    assert target.read_bytes() == BODY


def test_a_folder_that_cannot_be_made_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with FaultyServer(BODY) as server, pytest.raises(PlatformError, match="file system refused"):
        fetch(server, tmp_path / "file" / "sales.zip")

    assert server.requests == []


def test_a_target_that_is_a_folder_is_one_error(target: Path) -> None:
    target.mkdir(parents=True)

    with FaultyServer(BODY) as server, pytest.raises(PlatformError, match="file system refused"):
        fetch(server, target)


# Other processes


DOWNLOADER = """
import sys
from pathlib import Path
from bandcamp_assets.sources.archive.download import download
download(sys.argv[1], Path(sys.argv[2]))
"""


def environment() -> dict[str, str]:
    package_parent = Path(bandcamp_assets.__file__).parent.parent
    return {**os.environ, "PYTHONPATH": str(package_parent)}


def start_downloader(server: FaultyServer, target: Path, wait_for_bytes: int) -> subprocess.Popen[bytes]:
    """Start a downloader as a process, and return when it has so many bytes on disk."""
    process = subprocess.Popen([sys.executable, "-c", DOWNLOADER, server.url, str(target)], env=environment())
    part = target.with_name("sales.zip.part")
    while not part.exists() or part.stat().st_size < wait_for_bytes:
        assert process.poll() is None, "the downloader ended before it could be killed"
        time.sleep(0.01)
    return process


def test_a_killed_download_resumes_in_the_next_process(target: Path) -> None:
    with FaultyServer(BODY, stall_after(400_000)) as server:
        process = start_downloader(server, target, wait_for_bytes=200_000)
        process.kill()
        process.wait()
        on_disk = target.with_name("sales.zip.part").stat().st_size
        assert not target.exists()

        arrived = fetch(server, target)

    assert server.asked_ranges == [None, f"bytes={on_disk}-"]
    assert arrived.resumed_from_bytes == on_disk
    assert arrived.sha256 == BODY_SHA256
    assert target.read_bytes() == BODY
    assert names(target.parent) == ["sales.zip"]


def test_two_processes_do_not_write_to_one_part(target: Path) -> None:
    with FaultyServer(BODY, stall_after(400_000)) as server:
        process = start_downloader(server, target, wait_for_bytes=200_000)
        with pytest.raises(PlatformError, match="Another process is downloading"):
            fetch(server, target)
        assert len(server.requests) == 1
        server.go_on.set()
        assert process.wait() == 0

    assert target.read_bytes() == BODY
    assert names(target.parent) == ["sales.zip"]


def test_a_download_killed_before_the_rename_needs_no_request(target: Path) -> None:
    with FaultyServer(BODY) as server:
        leave_a_part(server, target, 1000)
        with target.with_name("sales.zip.part").open("ab") as part:
            part.write(BODY[1000:])
        arrived = fetch(server, target)

        assert server.requests == []
    assert arrived.attempts == 0
    assert arrived.sha256 == BODY_SHA256
    assert target.read_bytes() == BODY


def test_a_part_that_grew_too_long_is_started_over(target: Path) -> None:
    with FaultyServer(BODY) as server:
        leave_a_part(server, target, 1000)
        with target.with_name("sales.zip.part").open("ab") as part:
            part.write(BODY + b"more")
        fetch(server, target)

    assert target.read_bytes() == BODY


def test_its_errors_can_be_sent_between_processes(target: Path) -> None:
    with FaultyServer(BODY, status(404)) as server, pytest.raises(PlatformError) as caught:
        fetch(server, target)

    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301
