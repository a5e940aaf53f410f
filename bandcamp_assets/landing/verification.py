"""Whether a fetched file can be read as a whole, before it is let in. Its rows are not looked at."""

from __future__ import annotations

import hashlib
from pathlib import Path

from bandcamp_assets.errors import PlatformError
from bandcamp_assets.lake.chunks import read_header
from bandcamp_assets.landing.published_archive import CSV_NAME, CSV_SHA256, CSV_SIZE_BYTES
from bandcamp_assets.landing.zip_member import check_zip, is_zip, open_csv_stream

_BLOCK_BYTES = 2**20


def check_readable(path: Path, shown: str) -> None:
    """See that a file is a CSV of sales with every column, or a sound zip with just one such CSV.

    A zip is read to its end, because only then its checksum is known. A zip whose CSV bears the name of the
    published archive must hold that archive, byte for byte.

    Args:
        path: The file.
        shown: Its name for errors.

    Raises:
        PlatformError: If it is not.
    """
    with open_csv_stream(path) as stream:
        read_header(stream, shown)
    if not is_zip(path):
        return
    member = check_zip(path)
    size, digest = 0, hashlib.sha256()
    with open_csv_stream(path) as stream:
        while block := stream.read(_BLOCK_BYTES):
            size += len(block)
            digest.update(block)
    if Path(member.name).name == CSV_NAME and (size, digest.hexdigest()) != (CSV_SIZE_BYTES, CSV_SHA256):
        raise PlatformError(
            f"The file bears the name of the published archive but is not it: {size:,} bytes, SHA-256 "
            f"{digest.hexdigest()}; published are {CSV_SIZE_BYTES:,} bytes, SHA-256 {CSV_SHA256}",
            where=f"{shown}, member {member.name}",
            remedy="download it again, or rename the CSV if it is meant to be another file",
        )
