"""What the assets ask of an object store. Implementations stand beside this module."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import google_crc32c

_BLOCK_BYTES = 2**20


@dataclass(frozen=True)
class StoredObject:
    """One object as the store holds it.

    Attributes:
        uri: Its full address.
        size: Bytes.
        crc32c: CRC32C of its bytes, in base64 as Google Cloud Storage writes it.
        generation: A number that changes whenever the object is replaced.
    """

    uri: str
    size: int
    crc32c: str
    generation: int


class ObjectStore(Protocol):
    """A flat store of immutable objects that are replaced whole."""

    def put(self, key: str, source: Path) -> tuple[StoredObject, bool]:
        """Store a file's bytes under `key`, in one step, unless the same bytes are there already.

        Returns:
            The object, and whether anything was written.
        """
        ...

    def get(self, key: str) -> StoredObject | None:
        """The object under `key`, its checksum worked out from the bytes; None if there is none."""
        ...

    def delete(self, key: str) -> None:
        """Remove the object under `key`, if there is one."""
        ...

    def local_path(self, key: str) -> Path:
        """A file that holds the object's bytes, for reading."""
        ...


def sales_key(day: date | str) -> str:
    """The key of one day's sales."""
    return f"sales/sale_date={day}/sales.parquet"


def checksum(path: Path) -> str:
    """CRC32C of a file's bytes, in base64."""
    crc = 0
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK_BYTES):
            crc = google_crc32c.extend(crc, block)
    return base64.b64encode(crc.to_bytes(4, "big")).decode()
