"""Manifests: the record of each raw file, written beside it, so that the catalog is not the only record.

A file is first put in its place, then recorded in the catalog, and then gets its manifest. The next run writes
what a kill left out. A manifest that the catalog does not know therefore means that the catalog has lost records.
`landing/manifests.json` counts how often manifests were written. With it an older copy of the catalog is noticed.
`landing.restoring` rebuilds the catalog then.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import Catalog, Delivery
from bandcamp_assets.state.catalog.manifest_entries import (
    Entry,
    entries,
    generation,
    record_manifests,
    written_manifests,
)
from bandcamp_assets.system.disk import disk_errors
from bandcamp_assets.system.home import Home

SUFFIX = ".manifest.json"
_FOLDER = re.compile(r"[0-9a-f]{16}")
_NAME = re.compile(rf"([0-9a-f]{{16}}){re.escape(SUFFIX)}")


@dataclass(frozen=True)
class Manifest:
    """A manifest as read from disk.

    Attributes:
        entry: What it says.
        generation: A number that grows with each writing. If two manifests differ, the later one is right.
    """

    entry: Entry
    generation: int


def name_in_landing(file_id: str, name: str) -> str:
    """The name under which a raw file is kept: its own, unless its manifest has that name."""
    return f"{name}.raw" if name.lower() == f"{file_id}{SUFFIX}" else name


def write_manifests(home: Home, catalog: Catalog) -> int:
    """Write the manifests that differ from the catalog, or are missing.

    Returns:
        How many were written.
    """
    now = generation(catalog)
    # If the generations differ, older manifests may be on disk. Their sizes do not show that, so all are read.
    thorough = _generation_on_disk(home) != now
    stale = entries(catalog, set(stale_manifests(home, catalog, deep=thorough)))
    if not stale and not thorough:
        return 0
    new = now + 1 if stale else now
    with disk_errors(home.landing):
        made = {}
        for entry in stale:
            text = _text(entry, new)
            path = _path(home.landing, entry.file.stored_as, entry.file.file_id)
            _write(path, text)
            made[entry.file.file_id] = f"{_digest(entry)} {len(text)} {path.stat().st_mtime_ns}"
        record_manifests(catalog, made, new)
        _write(_generation_file(home), json.dumps({"generation": new}).encode() + b"\n")
    return len(stale)


def stale_manifests(home: Home, catalog: Catalog, *, deep: bool = False) -> dict[str, Path]:
    """The manifests that are missing, changed on disk, or out of date with the catalog.

    Args:
        home: The home.
        catalog: What they should say.
        deep: Read all of them. Otherwise only their sizes and times are compared.

    Returns:
        Their paths, by the ids of their raw files.
    """
    places = {
        file_id: (_path(home.landing, stored_as, file_id), manifest)
        for file_id, stored_as, manifest in written_manifests(catalog)
    }
    return {
        file_id: path
        for file_id, (path, manifest) in places.items()
        if not _is_current(path, manifest, thorough=deep)
    }


def is_behind(home: Home, catalog: Catalog) -> bool:
    """Whether the catalog is an older copy, which does not know the latest manifests."""
    return _generation_on_disk(home) > generation(catalog)


def manifests_on_disk(home: Home) -> dict[str, Path]:
    """The manifests in the landing folder, by the ids of their files. Opens none of them."""
    if not home.landing.is_dir():
        return {}
    found = {}
    for folder in home.landing.iterdir():
        path = folder / f"{folder.name}{SUFFIX}"
        if _FOLDER.fullmatch(folder.name) and path.is_file():
            found[folder.name] = path
    if home.feed.is_dir():
        found |= {match[1]: path for path in home.feed.iterdir() if (match := _NAME.fullmatch(path.name))}
    return found


def read_manifests(home: Home) -> list[Manifest]:
    """All manifests that can be read. Damaged ones are skipped, as their files are still beside them."""
    return [manifest for path in manifests_on_disk(home).values() for manifest in _read(path)]


def generation_to_go_on_from(home: Home, manifests: list[Manifest]) -> int:
    """The latest generation of anything on disk."""
    return max([_generation_on_disk(home), *(one.generation for one in manifests)])


def _path(landing: Path, stored_as: str, file_id: str) -> Path:
    """The path of a raw file's manifest."""
    return (landing / stored_as).parent / f"{file_id}{SUFFIX}"


def _is_current(path: Path, manifest: str, *, thorough: bool) -> bool:
    try:
        digest, size, changed_ns = manifest.split(" ")
        status = path.stat()
    except (OSError, ValueError):
        return False
    if status.st_size != int(size):
        return False
    # A copied home may have lost the times of its files. So a changed time alone proves nothing.
    return (not thorough and status.st_mtime_ns == int(changed_ns)) or [
        _digest(found.entry) for found in _read(path)
    ] == [digest]


def _fields(entry: Entry) -> dict[str, Any]:
    file = entry.file
    return {
        "name": file.name,
        "bytes": file.size,
        "sha256": file.sha256,
        "origin": file.origin,
        "sales": "sample" if file.synthetic else "real",
        "arrived_at": file.arrived_at.isoformat(),
        "arrival": file.arrival,
        "withdrawn_at": file.withdrawn_at.isoformat() if file.withdrawn_at else None,
        "stored_as": file.stored_as,
        "file_id": file.file_id,
        "staged_under": entry.contract,
        "delivered_as": [asdict(one) for one in entry.deliveries],
    }


def _digest(entry: Entry) -> str:
    return _checksum(_fields(entry))


def _checksum(fields: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()[:16]


def _text(entry: Entry, written_in: int) -> bytes:
    fields = _fields(entry) | {"generation": written_in}
    return (json.dumps(fields | {"checksum": _checksum(fields)}, indent=1) + "\n").encode()


def _write(path: Path, text: bytes) -> None:
    """Write a small file in one step. It is not flushed to disk: if a crash loses it, it is written again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half_made = path.with_suffix(".half")
    half_made.write_bytes(text)
    half_made.replace(path)


def _read(path: Path) -> Iterator[Manifest]:
    try:
        said = json.loads(path.read_bytes())
        checksum = said.pop("checksum")
        is_of_its_folder = Path(said["stored_as"]).parent.name == path.parent.name
        if (
            checksum != _checksum(said)
            or said["file_id"] != path.name.removesuffix(SUFFIX)
            or not is_of_its_folder
        ):
            return
        file = RawFile(
            file_id=said["file_id"],
            name=said["name"],
            stored_as=f"{path.parent.name}/{Path(said['stored_as']).name}",
            origin=said["origin"],
            synthetic=said["sales"] == "sample",
            size=said["bytes"],
            sha256=said["sha256"],
            arrived_at=datetime.fromisoformat(said["arrived_at"]),
            arrival=said["arrival"],
            withdrawn_at=datetime.fromisoformat(said["withdrawn_at"]) if said["withdrawn_at"] else None,
        )
        names = tuple(
            Delivery(**{**one, "before": tuple((held, goes) for held, goes in one["before"])})
            for one in said["delivered_as"]
        )
        yield Manifest(Entry(file, names, said["staged_under"]), said["generation"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return


def _generation_file(home: Home) -> Path:
    return home.landing / "manifests.json"


def _generation_on_disk(home: Home) -> int:
    try:
        return int(json.loads(_generation_file(home).read_bytes())["generation"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0
