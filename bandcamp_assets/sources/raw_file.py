"""A raw file, as it was delivered. A plain value: what was made of it stands in `lake.made`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class RawFile:
    """One raw file as delivered.

    Attributes:
        file_id: The first 16 hexadecimal digits of its SHA-256. Equal bytes are one file.
        name: Its name as delivered.
        stored_as: Its place below the landing folder.
        origin: Where it came from: `sample:…`, `archive:…`, `path:…`, `inbox:…` or `feed:…`; `found:…` where a
            catalog was made anew and no manifest said it.
        made_up: Whether its sales are generated. Made-up and real sales never share a home.
        size: Bytes.
        sha256: Checksum of the bytes as delivered.
        arrived_at: When it arrived (UTC).
        arrival: Its place in the order of arrival, from 1; 0 while it is not recorded.
        withdrawn_at: When a corrected delivery took its place, or when it was refused as a correction (UTC); None
            as long as its rows count.
    """

    file_id: str
    name: str
    stored_as: str
    origin: str
    made_up: bool
    size: int
    sha256: str
    arrived_at: datetime
    arrival: int = 0
    withdrawn_at: datetime | None = None
