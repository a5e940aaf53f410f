"""Lands a folder, or several files, that a person named. A file that cannot be read does not stop the others.

`arrival` lands a single source. `refusals` reports what was refused, until it is gone or lands.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bandcamp_assets.landing.arrival import Landed, RefusedFileError, land, refuse_mixture
from bandcamp_assets.landing.known_files import delivery_of
from bandcamp_assets.sources.delivery.names import system_name
from bandcamp_assets.sources.source import FileSource, FilesSource
from bandcamp_assets.state.catalog import Catalog, Delivery
from bandcamp_assets.state.catalog.deliveries import SOURCES
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.progress import LOGGER


def land_files(source: FilesSource, home: Home, catalog: Catalog) -> list[Landed]:
    """Land each file of a folder, or each of several files, in their order.

    Raises:
        PlatformError: If none of them can be landed, or it would mix synthetic and real sales.
    """
    refuse_mixture(catalog, synthetic=False)
    landed: list[Landed] = []
    refused: list[RefusedFileError] = []
    for path in source.files():
        try:
            _refuse_what_is_no_file(path, source.paths)
            landed.append(land(FileSource(path), home, catalog))
        except RefusedFileError as reason:
            refused.append(reason)
            LOGGER.warning("raw_sales: refused %s", " ".join(str(reason).split()))
            if path.is_file():
                refusal = replace(delivery_of(FileSource(path)), refused=str(reason))
                catalog.record_deliveries([(refusal, None)], ())
    if landed:
        return landed
    shown = ", ".join(str(path) for path in source.paths)
    if not refused:
        raise PlatformError("The folder contains no file", where=shown, remedy="name a folder with files of sales")
    raise PlatformError(
        f"None of the {len(refused):,} files can be read; of the first: {refused[0].what}",
        where=f"{shown}, {refused[0].where}",
        remedy=refused[0].remedy,
    )


def standing_refusals_of_files(catalog: Catalog) -> Iterator[Delivery]:
    """The refused files that a person named and that are still there, unchanged."""
    for delivery in catalog.deliveries(SOURCES).values():
        path = Path(system_name(delivery.name))
        if delivery.refused and path.is_file() and delivery_of(FileSource(path)).version == delivery.version:
            yield delivery


def _refuse_what_is_no_file(path: Path, given: Sequence[Path]) -> None:
    """Refuse what must not be read. A link may lead to another file that was named, but not anywhere else."""
    what, remedy = "", "replace it with the file itself"
    if path.is_symlink() and not any(path.resolve().is_relative_to(one) for one in given):
        what = "The link leads out of the folder"
    elif not path.is_file():
        what = "It is a link to a folder, or a pipe, a socket or a device"
    elif not os.access(path, os.R_OK):
        what, remedy = "The file may not be read", "give yourself read permission (`chmod u+r`)"
    if what:
        raise RefusedFileError(what, where=str(path), remedy=remedy)
