"""Shared by the tests of downloads: the bytes of a file, a quick retry policy, and an unfinished download."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from bandcamp_assets.sources.archive.download import (
    DownloadedFile,
    RetryPolicy,
    download,
)
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.sources.archive.faulty_server import (
    FaultyServer,
    cut_after,
    status,
)

BODY = b"PK\x03\x04" + random.Random(1).randbytes(600_000)  # noqa: S311
OTHER_BODY = b"PK\x03\x04" + random.Random(2).randbytes(600_000)  # noqa: S311
BODY_SHA256 = hashlib.sha256(BODY).hexdigest()
QUICK = RetryPolicy(
    attempts=3,
    first_wait_seconds=0.01,
    longest_wait_seconds=0.02,
    longest_retry_after_seconds=2,
    read_timeout_seconds=PATIENCE_SECONDS,
)


def fetch(server: FaultyServer, target: Path, **changes: object) -> DownloadedFile:
    return download(server.url, target, **{"policy": QUICK, **changes})  # type: ignore[arg-type]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def leave_a_part(server: FaultyServer, target: Path, size_bytes: int) -> None:
    """Make a download fail after so many bytes, as an earlier process would have left it."""
    server.answers.extend([cut_after(size_bytes), *[status(503)] * QUICK.attempts])
    with pytest.raises(PlatformError, match=f"the server answered 503 .*{size_bytes} of {len(server.body)} bytes"):
        fetch(server, target)
    server.answers.clear()
    server.requests.clear()
