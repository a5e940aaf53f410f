"""What the assets ask of an object store. Implementations stand beside this module."""

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
    """A flat store of immutable objects that are replaced whole. Keys are described in `keys`."""

    @property
    def place(self) -> str:
        """Where the objects lie, for people."""
        ...

    @property
    def is_local(self) -> bool:
        """Whether the objects lie in the home, so that looking at all of them costs next to nothing."""
        ...

    @property
    def workers(self) -> int:
        """How many objects are worth writing at the same time."""
        ...

    def verify(self) -> str:
        """See that the store is there and can be written, before anything moves.

        Returns:
            What was found, in a few words.

        Raises:
            PlatformError: If not.
        """
        ...

    def put(
        self, key: str, source: Path, *, crc32c: str = "", for_ever: bool = False
    ) -> tuple[StoredObject, bool]:
        """Store a file's bytes under `key`, in one step, unless the same bytes are there already.

        The object shares no bytes with the file: what damages one leaves the other whole.

        Args:
            key: Where.
            source: The file.
            crc32c: Its checksum, where the caller has just computed it.
            for_ever: Neither the file nor the object will ever change: raw files, as delivered.

        Returns:
            The object, and whether anything was written.
        """
        ...

    def keys(self, prefix: str) -> list[str]:
        """All keys that begin with `prefix`, in order."""
        ...

    def stat(self, keys: Iterable[str]) -> dict[str, StoredObject]:
        """The objects under these keys; a key without an object is left out."""
        ...

    def versions(self, prefix: str) -> dict[str, tuple[int, int]]:
        """Size and generation of the objects whose keys begin with `prefix`. Reads none of them."""
        ...

    def delete(self, key: str) -> None:
        """Remove the object under `key`, if there is one."""
        ...

    def readable(self, twins: Mapping[str, Path]) -> AbstractContextManager[dict[str, Path]]:
        """Files that hold the bytes of objects, for reading.

        Args:
            twins: The keys, each with a file that may hold the same bytes. Where size and checksum prove
                that it does, it may be given instead of a copy.

        Yields:
            A file for each key that has an object.
        """
        ...

    def locate(self, key: str) -> str:
        """The full name of the object under `key`, for people."""
        ...

    def link(self, key: str) -> Mapping[str, Any]:
        """Where a person can look at the object: a path or an address, by what to call it."""
        ...
