"""Downloads one file over HTTP: whole, checked and in one step, or not at all.

A download that breaks, or whose process is killed, goes on where it stopped. What a broken attempt
is stands in `transfer`, when it is repeated in `retry_policy`, and what lies on disk meanwhile in
`partial_file`. What the file holds is not looked at here (see `zip_member`): a server that announces
fewer bytes than the file has, or announces none and hangs up early, is found out only by `expected`
or there.
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
from bandcamp_assets.sources.archive.transfer import Transfer
from bandcamp_assets.sources.retry_policy import Interrupted, RetryPolicy, retrying
from bandcamp_assets.system.disk import disk_error
from bandcamp_assets.system.errors import PlatformError

__all__ = ["DownloadProgress", "DownloadedFile", "ExpectedFile", "RetryPolicy", "download"]

DEFAULT_MAX_BYTES = 20_000_000_000


@dataclass(frozen=True)
class ExpectedFile:
    """What is known of a file beforehand; None where nothing is.

    Attributes:
        size_bytes: Its size.
        sha256: Its checksum, in hexadecimal.
    """

    size_bytes: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class DownloadedFile:
    """A file that arrived whole.

    Attributes:
        path: Where it stands.
        size_bytes: Its size.
        sha256: Its checksum, in hexadecimal.
        address: Where it came from, without user, password and query, which may be secrets.
        etag: The server's name for this version, if it gave one.
        last_modified: The server's date of this version, if it gave one.
        resumed_from_bytes: How much of it an earlier call had left.
        attempts: How many requests this call took; 0 if only the renaming was left to do.
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
    """Download `url` to `target`, replacing what stands there.

    Until the file is whole and checked it is `NAME.part` beside the target; that stays when the call
    fails for a reason that may pass, and the next call with the same address goes on from it.

    Args:
        url: A whole http or https address.
        target: Where the file shall stand; missing folders are made.
        expected: Size and checksum to insist on.
        policy: How often and how soon to try again; None for the defaults of `RetryPolicy`.
        on_progress: Called a few times a second.
        max_bytes: A larger file is refused, where no size is expected.

    Raises:
        PlatformError: If the address, the server, the network, the disk or the file is not in order.
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
                max_bytes=max_bytes,
                expected_bytes=expected.size_bytes,
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
    """Repeat attempts until the file is whole, then check it and move it to its place."""
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
            remedy="wait until it has finished, or stop it, and run again",
        ) from None
    try:
        yield
    finally:
        # While it is still held: whoever waits sees that its lock file is gone, and makes a new one.
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def _check(partial: PartialFile, expected: ExpectedFile, address: str) -> None:
    """See that the whole file is the one that was meant; if not, remove it."""
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
            remedy="see that the address is that of the right file; if it is, run again, "
            "and if the fault stays, get the file from another place and give its path",
        )


def _gave_up(broken: Interrupted, attempts: int, partial: PartialFile, address: str) -> PlatformError:
    """Make the error for a download that broke once too often."""
    total = partial.version.total_bytes if partial.version else None
    so_far = f"{partial.size_bytes} of {'unknown' if total is None else total} bytes"
    remedy = "check the network and the address, and run again: what has come in is kept"
    if broken.retry_after_seconds:
        remedy = f"the server asks to wait {broken.retry_after_seconds:.0f} seconds: run again after that"
    return PlatformError(
        f"The download broke off for good: {broken.reason} (attempt {attempts}, {so_far})",
        where=address,
        remedy=remedy,
    )
