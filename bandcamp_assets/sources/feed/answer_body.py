"""The body of one HTTP answer: read as it comes, unpacked, and never more of it than is allowed.

Which statuses have a body worth reading is the concern of `client`.
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
        max_bytes: A larger body, unpacked, is refused.
        deadline: When it must be whole, by `time.monotonic`.

    Raises:
        Interrupted: If it breaks off or takes too long.
        PlatformError: If it is too large, or packed in another way than it says.
    """
    coding = http_answer.content_coding(response.headers)
    if coding not in (None, *_GZIP):
        raise unusable("The feed packs its answer in a form that was not asked for", address)
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
    """Give the bytes as they come over the line."""
    received, announced = 0, http_answer.content_length(response.headers)
    # read1 gives what has come in; read would wait for a whole chunk, and so hide how slowly it comes.
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
        received += len(chunk)
        if time.monotonic() > deadline:
            raise Interrupted("the answer came in too slowly")
        yield chunk
    if announced is not None and received < announced:
        raise Interrupted("the server closed the connection before the end")


def _unpacked(chunks: Iterator[bytes], address: str, max_bytes: int) -> Iterator[bytes]:
    """Undo gzip, a bounded piece at a time: a small answer may unpack to any size."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            waiting = chunk
            while waiting and not unpacker.eof:
                yield unpacker.decompress(waiting, max_bytes + 1)
                waiting = unpacker.unconsumed_tail
    except zlib.error:
        raise unusable("The feed says that it packs its answer, but sends something else", address) from None
    if not unpacker.eof:
        raise Interrupted("the server closed the connection before the end")
