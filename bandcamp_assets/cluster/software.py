"""The software that must be the same on every machine, so that a worker gives the result of this process."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass, fields
from functools import cache
from importlib.metadata import version
from pathlib import Path

import bandcamp_assets
from bandcamp_assets.contract.version import contract_version

_WORK = ("cluster", "contract", "lake", "sources")
"""The packages whose code does the work."""


@dataclass(frozen=True)
class Software:
    """The software of a process. If it differs, the same input may give different bytes.

    Attributes:
        contract: Version of the contract and its rules.
        code: Checksum of the code that parses and cleans.
        polars: Version of Polars, which writes the Parquet.
        distributed: Version of Dask, whose processes must speak the same protocol.
        python: Version of Python, without the patch level.
    """

    contract: str
    code: str
    polars: str
    distributed: str
    python: str

    def differences(self, other: Software) -> str:
        """The differences as text: the name, the value here and the value there. Empty if there are none."""
        pairs = [(field.name, getattr(self, field.name), getattr(other, field.name)) for field in fields(self)]
        return ", ".join(f"{name} {here} here, {there} there" for name, here, there in pairs if here != there)


@cache
def this_software() -> Software:
    """The software of this process."""
    return Software(
        contract=contract_version(),
        code=_code(),
        polars=version("polars"),
        distributed=version("distributed"),
        python=".".join(platform.python_version_tuple()[:2]),
    )


def _code() -> str:
    root = Path(bandcamp_assets.__path__[0])
    digest = hashlib.sha256()
    for package in _WORK:
        for path in sorted((root / package).rglob("*.py")):
            digest.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
