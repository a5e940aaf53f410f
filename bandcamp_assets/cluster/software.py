"""What must be the same on every machine, so that a worker's result is the one this process would make."""

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
"""The packages that the work is made of."""


@dataclass(frozen=True)
class Software:
    """What a process works with. Two that differ may give different bytes for the same input.

    Attributes:
        contract: Version of the contract and its rules.
        code: Checksum of the code that parses and cleans.
        polars: Version of Polars, which writes the Parquet.
        distributed: Version of Dask, whose processes must speak alike.
        python: Version of Python, without the patch.
    """

    contract: str
    code: str
    polars: str
    distributed: str
    python: str

    def differences(self, other: Software) -> str:
        """What differs, as text: the name, the value here and the value there. Empty if nothing does."""
        pairs = [(field.name, getattr(self, field.name), getattr(other, field.name)) for field in fields(self)]
        return ", ".join(f"{name} {here} here, {there} there" for name, here, there in pairs if here != there)


@cache
def this_software() -> Software:
    """What this process works with."""
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
