"""A raw file as delivered, as a plain value. `lake.made` holds the results of staging and cleaning it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bandcamp_assets.sources.delivery.file_format import FileFormat


@dataclass(frozen=True)
class RawFile:
    """One raw file as delivered.

    Attributes:
        file_id: The first 16 hexadecimal digits of its SHA-256. Equal bytes are one file.
        name: Its name as delivered.
        stored_as: Its path relative to the landing folder.
        origin: Where it came from: `sample:…`, `archive:…`, `path:…`, `inbox:…` or `feed:…`; `found:…` if a lost
            catalog was rebuilt and no manifest named the origin.
        synthetic: Whether its sales are generated; the catalog's column is `made_up`. Synthetic and real sales
            never share a home.
        size: Bytes.
        sha256: Checksum of the bytes as delivered.
        arrived_at: When it arrived (UTC).
        arrival: Its number in the order of arrival, from 1; 0 while it is not recorded.
        withdrawn_at: When a corrected delivery replaced it, or when it was refused as a correction (UTC); None
            while its rows count.
        form: What it was found to be when it landed; None for pages of the feed, and if it is not recorded. It
            follows from the bytes.
    """

    file_id: str
    name: str
    stored_as: str
    origin: str
    synthetic: bool
    size: int
    sha256: str
    arrived_at: datetime
    arrival: int = 0
    withdrawn_at: datetime | None = None
    form: FileFormat | None = field(default=None, compare=False)
