"""Checks that a delivered file can be read, before it is accepted. Its rows are not checked."""

from __future__ import annotations

import hashlib
from pathlib import Path

from bandcamp_assets.lake.chunks import read_header
from bandcamp_assets.lake.pages import read_page_file
from bandcamp_assets.sources.archive.published import CSV_NAME, CSV_SHA256, CSV_SIZE_BYTES
from bandcamp_assets.sources.delivery.zip_member import check_zip, holds_pages, is_packed, is_zip, open_delivered
from bandcamp_assets.sources.feed.page import UnreadablePage, read_body
from bandcamp_assets.system.errors import PlatformError

_BLOCK_BYTES = 2**20


def check_readable(path: Path, shown: str) -> None:
    """Check that a file is a CSV of sales with every column, plain or compressed, or holds pages of the feed.

    A compressed file is read to its end, because only then its checksum is known. A zip whose CSV has the name of
    the published archive must contain that archive, byte for byte.

    Args:
        path: The file.
        shown: Its name for errors.

    Raises:
        PlatformError: If it is none of these.
    """
    if holds_pages(path):
        _check_pages(path, shown)
        return
    with open_delivered(path) as stream:
        read_header(stream, shown)
        if not is_zip(path):
            while stream.read(_BLOCK_BYTES) if is_packed(path) else b"":
                pass
            return
    _check_zip(path, shown)


def _check_zip(path: Path, shown: str) -> None:
    member = check_zip(path)
    size, digest = 0, hashlib.sha256()
    with open_delivered(path) as stream:
        while block := stream.read(_BLOCK_BYTES):
            size += len(block)
            digest.update(block)
    if Path(member.name).name == CSV_NAME and (size, digest.hexdigest()) != (CSV_SIZE_BYTES, CSV_SHA256):
        raise PlatformError(
            f"The file has the name of the published archive but is not that file: {size:,} bytes, SHA-256 "
            f"{digest.hexdigest()}; the published one has {CSV_SIZE_BYTES:,} bytes, SHA-256 {CSV_SHA256}",
            where=f"{shown}, member {member.name}",
            remedy="download it again, or rename the CSV if it is meant to be another file",
        )


def _check_pages(path: Path, shown: str) -> None:
    try:
        read_body(read_page_file(path))
    except UnreadablePage as fault:
        raise PlatformError(
            f"The file begins like a page of the feed but is not one: {fault}",
            where=shown,
            remedy="deliver pages as the feed answers them, or a CSV with the archive's columns",
        ) from fault
