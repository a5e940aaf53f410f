"""Downloads one file over HTTP. The file appears complete and checked, in one step, or not at all.

A download that breaks, or whose process is killed, resumes where it stopped. `transfer` makes one attempt,
`retry_policy` decides about retries, and `partial_file` keeps the bytes on disk meanwhile. The contents are not
checked here (see `zip_member`). If a server announces fewer bytes than the file has, or announces no size and
closes the connection early, only `expected` or `zip_member` notices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock
import requests

from bandcamp_assets.sources import http_answer
from bandcamp_assets.sources.archive.download_progress import DownloadProgress, ProgressMeter
from bandcamp_assets.sources.archive.partial_file import PartialFile
from bandcamp_assets.sources.archive.size_limits import SizeLimits
from bandcamp_assets.sources.archive.transfer import Transfer
from bandcamp_assets.sources.retry_policy import Interrupted, RetryPolicy, retrying
from bandcamp_assets.system.disk import disk_error
from bandcamp_assets.system.errors import PlatformError

__all__ = ["DownloadProgress", "DownloadedFile", "ExpectedFile", "RetryPolicy", "download"]

DEFAULT_MAX_BYTES = 20_000_000_000


@dataclass(frozen=True)
class ExpectedFile:
    """What is known about a file in advance; None if unknown.

    Attributes:
        size_bytes: Its size.
        sha256: Its checksum, in hexadecimal.
    """

    size_bytes: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class DownloadedFile:
    """A file that arrived complete.

    Attributes:
        path: Its path.
        size_bytes: Its size.
        sha256: Its checksum, in hexadecimal.
        address: Its address, without user, password and query, which may be secrets.
        etag: The server's ETag of this version, if any.
        last_modified: The server's date of this version, if any.
        resumed_from_bytes: How many bytes an earlier call had downloaded.
        attempts: Requests of this call; 0 if only the rename was left to do.
    """

    path: Path
    size_bytes: int
    sha256: str
    address: str
    etag: str | None
    last_modified: str | None
    resumed_from_bytes: int
    attempts: int


def download(
    url: str,
    target: Path,
    *,
    expected: ExpectedFile | None = None,
    policy: RetryPolicy | None = None,
    on_progress: Callable[[DownloadProgress], None] | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> DownloadedFile:
    """Download `url` to `target`, and replace an existing file.

    Until the file is complete and checked, it is `NAME.part` next to the target. If the call fails for a reason
    that may pass, that part is kept, and the next call with the same address resumes from it.

    Args:
        url: A complete http or https address.
        target: The path of the file; missing folders are created.
        expected: The size and checksum that the file must have.
        policy: The retry policy; None for the defaults of `RetryPolicy`.
        on_progress: Called a few times a second.
        max_bytes: A larger file is refused, if no size is expected.

    Raises:
        PlatformError: If the address, the server, the network, the disk or the file has a fault.
    """
    http_answer.checked(url)
    policy = policy or RetryPolicy()
    expected = expected or ExpectedFile()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            _sole_use(target),
            closing(PartialFile(target, url)) as partial,
            requests.Session() as session,
        ):
            transfer = Transfer(
                url,
                partial,
                session,
                policy=policy,
                limits=SizeLimits(http_answer.printable(url), max_bytes, expected.size_bytes),
                is_checked_later=expected.sha256 is not None,
                meter=ProgressMeter(on_progress),
            )
            return _bring(transfer, partial, target, http_answer.printable(url), expected, policy)
    except OSError as error:
        raise disk_error(error, target) from error


def _bring(
    transfer: Transfer,
    partial: PartialFile,
    target: Path,
    address: str,
    expected: ExpectedFile,
    policy: RetryPolicy,
) -> DownloadedFile:
    """Repeat attempts until the file is complete, check it, and move it to its target."""
    resumed_from_bytes = partial.size_bytes
    try:
        retrying(policy)(transfer.attempt)
        _check(partial, expected, address)
    except Interrupted as broken:
        raise _gave_up(broken, transfer.requests_made, partial, address) from None
    finally:
        if partial.size_bytes == 0:
            partial.discard()
    version = partial.version
    partial.arrive()
    return DownloadedFile(
        path=target,
        size_bytes=partial.size_bytes,
        sha256=partial.sha256,
        address=address,
        etag=version.etag if version else None,
        last_modified=version.last_modified if version else None,
        resumed_from_bytes=resumed_from_bytes,
        attempts=transfer.requests_made,
    )


@contextmanager
def _sole_use(target: Path) -> Iterator[None]:
    """Keep a second process from writing to the same partial file. A killed process leaves no lock."""
    lock = filelock.FileLock(target.with_name(f"{target.name}.part.lock"))
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        raise PlatformError(
            "Another process is downloading this file",
            where=str(target),
            remedy="wait until it has finished, or stop it; then run again",
        ) from None
    try:
        yield
    finally:
        # Removed while the lock is held: a waiting process sees that the file is gone, and makes a new one.
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def _check(partial: PartialFile, expected: ExpectedFile, address: str) -> None:
    """Check that the complete file is the expected one; if not, remove it."""
    size, sha256 = partial.size_bytes, partial.sha256
    fault = None
    if size == 0:
        fault = "The server sent an empty file"
    elif http_answer.begins_like_web_page(partial.head(http_answer.SNIFFED_BYTES)):
        partial.discard()
        raise http_answer.web_page(address)
    elif expected.size_bytes not in (None, size):
        fault = f"The downloaded file has {size} bytes, but {expected.size_bytes} were expected"
    elif expected.sha256 is not None and expected.sha256.lower() != sha256:
        fault = f"The downloaded file has SHA-256 {sha256}, but {expected.sha256.lower()} was expected"
    if fault is not None:
        partial.discard()
        raise PlatformError(
            fault,
            where=address,
            remedy="check that the address is right, and run again; "
            "if the fault stays, get the file elsewhere and give its path",
        )


def _gave_up(broken: Interrupted, attempts: int, partial: PartialFile, address: str) -> PlatformError:
    """Make the error for a download that failed too often."""
    total = partial.version.total_bytes if partial.version else None
    so_far = f"{partial.size_bytes} of {'unknown' if total is None else total} bytes"
    remedy = "check the network and the address, and run again: the downloaded part is kept"
    if broken.retry_after_seconds:
        remedy = f"the server asks to wait {broken.retry_after_seconds:.0f} seconds: run again after that"
    return PlatformError(
        f"The download failed: {broken.reason} (attempt {attempts}, {so_far})",
        where=address,
        remedy=remedy,
    )
