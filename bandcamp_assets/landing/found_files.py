"""Finds the raw files in the landing folder without a catalog or manifest.

The folder of a raw file is named by the file's checksum, which identifies it. A page of the feed is identified by
its name. The file's modification time counts as its time of arrival.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bandcamp_assets.landing.arrival import describe, expected_counts_file
from bandcamp_assets.sources.feed import PageStore
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog.raw_files import FOUND
from bandcamp_assets.system.home import Home

_FOLDER = re.compile(r"[0-9a-f]{16}")
_SAMPLE = re.compile(r"bandcamp-sample-(\d+)\.csv")


def found_in_landing(home: Home) -> Iterator[RawFile]:
    """All raw files in landing, in no special order. Reads each of them whole."""
    if not home.landing.is_dir():
        return
    for folder in home.landing.iterdir():
        if _FOLDER.fullmatch(folder.name) and folder.is_dir():
            yield from _of_folder(folder)
    for page in PageStore(home.feed).settled():
        file = describe(page, page.name, origin="feed:")
        yield replace(file, stored_as=page.relative_to(home.landing).as_posix(), arrived_at=_time_of(page))


def _of_folder(folder: Path) -> Iterator[RawFile]:
    for path in sorted(folder.iterdir()):
        if not path.is_file():
            continue
        synthetic = expected_counts_file(path) != path and expected_counts_file(path).is_file()
        file = describe(path, path.name, origin=_origin(path, synthetic=synthetic), synthetic=synthetic)
        if file.file_id == folder.name:
            # Equal bytes under several names are one file.
            yield replace(file, stored_as=f"{folder.name}/{path.name}", arrived_at=_time_of(path))
            return


def _origin(path: Path, *, synthetic: bool) -> str:
    rows = _SAMPLE.fullmatch(path.name)
    return f"sample:rows={rows[1]}" if synthetic and rows else f"{FOUND}landing"


def _time_of(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
