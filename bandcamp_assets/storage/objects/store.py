"""The interface of an object store, as the assets use it. The implementations are beside this module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


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
    """A flat store of objects that are only replaced as a whole. `keys` describes the keys."""

    @property
    def place(self) -> str:
        """The folder or bucket of the objects, for people."""
        ...

    @property
    def is_local(self) -> bool:
        """Whether the objects are in the home, where looking at all of them costs almost nothing."""
        ...

    @property
    def workers(self) -> int:
        """How many objects to write at the same time."""
        ...

    def verify(self) -> str:
        """Check that the store exists and can be written, before any data is moved.

        Returns:
            The findings, in a few words.

        Raises:
            PlatformError: If the store cannot be used.
        """
        ...

    def put(
        self, key: str, source: Path, *, crc32c: str = "", for_ever: bool = False
    ) -> tuple[StoredObject, bool]:
        """Store a file's bytes under `key` in one step, unless the same bytes are there already.

        The object shares no bytes with the file, so damage to one does not reach the other.

        Args:
            key: The key.
            source: The file.
            crc32c: Its checksum, if the caller has just computed it.
            for_ever: Neither the file nor the object will ever change, as for raw files. From its first moment
                the object is protected from deletion, if the settings say so.

        Returns:
            The object, and whether anything was written.
        """
        ...

    @property
    def protection(self) -> str:
        """How the settings protect raw files from deletion; empty if they do not."""
        ...

    def protect(self, prefix: str) -> int:
        """Protect the objects with this prefix from deletion, as the settings say. Returns how many were not."""
        ...

    def keys(self, prefix: str) -> list[str]:
        """All keys with this prefix, in order."""
        ...

    def stat(self, keys: Iterable[str]) -> dict[str, StoredObject]:
        """The objects under these keys. A key without an object is left out."""
        ...

    def versions(self, prefix: str) -> dict[str, tuple[int, int]]:
        """Size and generation of the objects with this prefix. Reads none of them."""
        ...

    def delete(self, key: str) -> None:
        """Remove the object under `key`, if there is one."""
        ...

    def readable(self, twins: Mapping[str, Path]) -> AbstractContextManager[dict[str, Path]]:
        """Files that hold the bytes of objects, for reading.

        Args:
            twins: The keys, each with a file that may hold the same bytes. If size and checksum prove that it
                does, the file itself may be yielded instead of a copy.

        Yields:
            A file for each key that has an object.
        """
        ...

    def locate(self, key: str) -> str:
        """The full name of the object under `key`, for people."""
        ...

    def link(self, key: str) -> Mapping[str, Any]:
        """A web page where a person can look at the object, by its label, if there is one."""
        ...
