"""Reads and decompresses the body of one HTTP answer as it arrives, up to a limit.

`client` decides for which statuses the body is read.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator

import requests

from bandcamp_assets.sources import http_answer
from bandcamp_assets.sources.feed.errors import unusable
from bandcamp_assets.sources.retry_policy import Interrupted

CHUNK_BYTES = 64 * 1024
_GZIP = ("gzip", "x-gzip")


def read_answer(response: requests.Response, address: str, *, max_bytes: int, deadline: float) -> bytes:
    """Read a body to its end.

    Args:
        response: The answer, opened as a stream.
        address: Where it comes from, for errors.
        max_bytes: A body that is larger when decompressed is refused.
        deadline: When the body must be complete, by `time.monotonic`.

    Raises:
        Interrupted: If the connection breaks or takes too long.
        PlatformError: If the body is too large, or not compressed as announced.
    """
    coding = http_answer.content_coding(response.headers)
    if coding not in (None, *_GZIP):
        raise unusable("The feed compresses its answer in a form that was not requested", address)
    chunks = _raw_chunks(response, deadline)
    body = bytearray()
    for piece in _unpacked(chunks, address, max_bytes) if coding else chunks:
        body += piece
        if len(body) > max_bytes:
            raise unusable(
                f"The feed's answer is larger than the {max_bytes} bytes that are allowed for it", address
            )
    return bytes(body)


def _raw_chunks(response: requests.Response, deadline: float) -> Iterator[bytes]:
    """Yield the bytes as they arrive."""
    received, announced = 0, http_answer.content_length(response.headers)
    # `read1` returns what has arrived. `read` would wait for a whole chunk, and hide how slow the server is.
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
        received += len(chunk)
        if time.monotonic() > deadline:
            raise Interrupted("the answer arrived too slowly")
        yield chunk
    if announced is not None and received < announced:
        raise Interrupted("the server closed the connection before the end")


def _unpacked(chunks: Iterator[bytes], address: str, max_bytes: int) -> Iterator[bytes]:
    """Decompress gzip in bounded pieces, because a small answer may decompress to any size."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            waiting = chunk
            while waiting and not unpacker.eof:
                yield unpacker.decompress(waiting, max_bytes + 1)
                waiting = unpacker.unconsumed_tail
    except zlib.error:
        raise unusable("The feed says that its answer is compressed, but it is not", address) from None
    if not unpacker.eof:
        raise Interrupted("the server closed the connection before the end")
