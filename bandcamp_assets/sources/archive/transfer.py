"""Makes one attempt to fetch the rest of a file over HTTP into its `PartialFile`.

An attempt ends in one of three ways: the file is complete, `Interrupted` (a retry may help), or `PlatformError` (a
retry cannot help). `download` retries, checks and moves the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from typing import NoReturn

import requests
import urllib3

from bandcamp_assets.sources import http_answer
from bandcamp_assets.sources.archive.download_progress import ProgressMeter
from bandcamp_assets.sources.archive.partial_file import PartialFile, RemoteVersion, url_digest
from bandcamp_assets.sources.archive.size_limits import SizeLimits
from bandcamp_assets.sources.retry_policy import Interrupted, RetryPolicy, retry_after_seconds
from bandcamp_assets.system.errors import PlatformError

CHUNK_BYTES = 256 * 1024
MAX_REDIRECTS = 10
USER_AGENT = "bandcamp-assets"


class Transfer:
    """Fetches one file, attempt by attempt.

    Args:
        url: Complete web address.
        partial: The part of the file on disk. Nothing else may write to it.
        session: The HTTP session.
        policy: The retry policy, for its timeouts.
        limits: A file of another size is refused.
        is_checked_later: Whether a checksum is known, which would reveal wrongly joined bytes.
        meter: Counts every chunk.
    """

    def __init__(
        self,
        url: str,
        partial: PartialFile,
        session: requests.Session,
        *,
        policy: RetryPolicy,
        limits: SizeLimits,
        is_checked_later: bool,
        meter: ProgressMeter,
    ) -> None:
        self._url = url
        self._address = http_answer.printable(url)
        self._partial = partial
        self._session = session
        self._timeouts = (policy.connect_timeout_seconds, policy.read_timeout_seconds)
        self._limits = limits
        self._is_checked_later = is_checked_later
        self._meter = meter
        self._fruitless_attempts = 0
        self.requests_made = 0
        session.max_redirects = MAX_REDIRECTS

    def attempt(self) -> None:
        """Fetch the missing bytes.

        Raises:
            Interrupted: If a retry may help. It contains the number of attempts in a row without a new byte.
            PlatformError: If a retry cannot help.
        """
        most_before = self._partial.most_bytes
        try:
            self._fetch_rest()
        except Interrupted as broken:
            has_gained = self._partial.most_bytes > most_before
            self._fruitless_attempts = 1 if has_gained else self._fruitless_attempts + 1
            broken.fruitless_attempts = self._fruitless_attempts
            raise
        finally:
            self._partial.close()

    def _fetch_rest(self) -> None:
        version = self._partial.version
        if version is not None and version.total_bytes == self._partial.size_bytes:
            return  # an earlier process was killed between the last byte and the rename
        headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **self._range_headers()}
        self.requests_made += 1
        try:
            with self._session.get(self._url, headers=headers, stream=True, timeout=self._timeouts) as response:
                self._receive(response, asked_for_rest="Range" in headers)
        # `from None`, because the texts of the errors and of their causes contain the address with its secrets.
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _verdict(error, self._address) from None

    def _range_headers(self) -> dict[str, str]:
        version = self._partial.version
        if version is None or version.coding or not (version.validator or self._is_checked_later):
            return {}
        rest = {"Range": f"bytes={self._partial.size_bytes}-"}
        return rest | {"If-Range": version.validator} if version.validator else rest

    def _receive(self, response: requests.Response, *, asked_for_rest: bool) -> None:
        status = response.status_code
        if status == 416 and asked_for_rest:
            self._settle_unsatisfied_range(response)
            return
        if http_answer.is_worth_retrying(status):
            wait = retry_after_seconds(response.headers.get("Retry-After"), datetime.now(UTC))
            raise Interrupted(f"the server answered {status}", retry_after_seconds=wait)
        if status not in (200, 206):
            raise http_answer.refusal(status, self._address)
        if http_answer.is_web_page(response.headers):
            raise http_answer.web_page(self._address)
        chunks = self._chunks(response)
        if status == 206:
            self._check_continuation(response, asked_for_rest=asked_for_rest)
        else:
            first = next(chunks, b"")
            if http_answer.begins_like_web_page(first):
                raise http_answer.web_page(self._address)
            self._begin(response)
            chunks = chain([first], chunks)
        self._append(chunks)
        self._check_length()

    def _begin(self, response: requests.Response) -> None:
        """Start over with the version that the server sends now from its first byte."""
        coding = http_answer.content_coding(response.headers)
        total = http_answer.content_length(response.headers) if coding is None else None
        self._accept(total or 0, total)
        version = RemoteVersion(
            url_sha256=url_digest(self._url),
            etag=response.headers.get("ETag"),
            last_modified=response.headers.get("Last-Modified"),
            total_bytes=total,
            coding=coding,
        )
        self._partial.restart(version)
        self._limits.refuse_too_little_room(self._partial.path.parent, total or 0)

    def _check_continuation(self, response: requests.Response, *, asked_for_rest: bool) -> None:
        """Check that the server sends the bytes after ours, and of the same version."""
        version, answer = self._partial.version, http_answer.content_range(response.headers.get("Content-Range"))
        if version is None or answer is None or not asked_for_rest:
            self._start_over("the server sent a part of the file that was not requested")
        total = version.total_bytes if version.total_bytes is not None else answer.total_bytes
        is_next = answer.start == self._partial.size_bytes and answer.total_bytes in (None, total)
        # Some servers ignore If-Range and send the rest of whatever file they have now.
        is_same = all(
            ours is None or theirs in (None, ours)
            for ours, theirs in (
                (version.etag, response.headers.get("ETag")),
                (version.last_modified, response.headers.get("Last-Modified")),
            )
        )
        if not is_next or not is_same or http_answer.content_coding(response.headers):
            self._start_over("the server sent other bytes than requested")
        self._accept(total or 0)
        self._partial.version = replace(version, total_bytes=total)
        self._limits.refuse_too_little_room(self._partial.path.parent, (total or 0) - self._partial.size_bytes)

    def _settle_unsatisfied_range(self, response: requests.Response) -> None:
        """The server has no bytes after ours: the file is either complete, or another version."""
        answer = http_answer.content_range(response.headers.get("Content-Range"))
        version = self._partial.version
        announced = version.total_bytes if version is not None else None
        size = self._partial.size_bytes
        if answer is None or answer.total_bytes != size or announced not in (None, size):
            self._start_over("the server's file has become shorter")

    def _chunks(self, response: requests.Response) -> Iterator[bytes]:
        coding = http_answer.content_coding(response.headers)
        if coding not in (None, "gzip", "x-gzip", "deflate"):
            raise PlatformError(
                "The server compresses the file in a form that was not requested",
                where=self._address,
                remedy="use an address that sends the file uncompressed, or download it by hand and give its path",
            )
        # `read1` returns what has arrived. `read` would wait for a whole chunk, and lose it if the connection
        # breaks.
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=coding is not None):
            yield chunk

    def _append(self, chunks: Iterator[bytes]) -> None:
        partial, version = self._partial, self._partial.version
        total = version.total_bytes if version is not None else None
        for chunk in chunks:
            self._accept(partial.size_bytes + len(chunk))
            partial.append(chunk)
            self._meter.received(len(chunk), partial.size_bytes, total)
        self._meter.report(partial.size_bytes, total)

    def _check_length(self) -> None:
        total = self._partial.version.total_bytes if self._partial.version is not None else None
        if total is not None and self._partial.size_bytes < total:
            raise Interrupted("the server closed the connection before the end")
        if total is not None and self._partial.size_bytes > total:
            self._start_over("the server sent more bytes than it had announced")

    def _accept(self, size_bytes: int, announced: int | None = None) -> None:
        """Check a size. Bytes of a file that is refused are not kept."""
        try:
            self._limits.check(size_bytes, announced)
        except PlatformError:
            self._partial.discard()
            raise

    def _start_over(self, reason: str) -> NoReturn:
        self._partial.discard()
        raise Interrupted(reason)


def _verdict(
    error: requests.RequestException | urllib3.exceptions.HTTPError, address: str
) -> PlatformError | Interrupted:
    """Distinguish a temporary fault from a permanent one."""
    if isinstance(error, requests.TooManyRedirects):
        what = f"The server redirects too often (more than {MAX_REDIRECTS} times)"
    elif isinstance(error, requests.exceptions.InvalidSchema | requests.exceptions.InvalidURL):
        what = "The server redirects to something that is not a web address"
    elif isinstance(error, urllib3.exceptions.DecodeError | requests.exceptions.ContentDecodingError):
        what = "The server says that it compresses the file, but the bytes are not compressed so"
    elif "CERTIFICATE_VERIFY_FAILED" in str(error):
        what = "The server's certificate is not trusted"
    else:
        return Interrupted(http_answer.describe(error))
    return PlatformError(
        what, where=address, remedy="check the address, or download the file by hand and give its path"
    )
