"""Makes and reads zips for the tests."""

from __future__ import annotations

import random
import struct
import warnings
import zipfile
from pathlib import Path

from bandcamp_assets.sources.delivery.opening import open_delivered
from bandcamp_assets.sources.delivery.zip_directory import ZipLimits

CSV = b"_id,artist_name\n" + b"".join(
    f"{row},{random.Random(row).random()}\n".encode()  # noqa: S311
    for row in range(60_000)
)
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


def make_zip(path: Path, *members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", method) as archive:
        warnings.filterwarnings("ignore", "Duplicate name")
        for name, data in members:
            archive.writestr(name, data)
    return path


def make_zip_with_entry(path: Path, info: zipfile.ZipInfo, data: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sales.csv", CSV)
        archive.writestr(info, data)
    return path


def change_directory_field(path: Path, offset: int, layout: str, value: int) -> None:
    """Overwrite a field of the first entry of the zip's directory, at its offset there (APPNOTE 4.3.12)."""
    data = bytearray(path.read_bytes())
    struct.pack_into(layout, data, data.index(b"PK\x01\x02") + offset, value)
    path.write_bytes(data)


def read_all(path: Path, *, limits: ZipLimits | None = None) -> bytes:
    with open_delivered(path, limits=limits or ZipLimits()) as stream:
        return stream.read()
