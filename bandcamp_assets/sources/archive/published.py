"""Known facts about the published archive of 1,000,000 sales. No I/O, no settings.

Sources: the page of the data set, components.one/datasets/bandcamp-sales, and the size and checksum that other
projects published for its one CSV. No source describes the zip around it. So these facts are checked when the zip
is opened (see `zip_member`), not while it is downloaded.
"""

from __future__ import annotations

DEFAULT_URL = "https://www.dropbox.com/s/wd38q80el16i19q/1000000-bandcamp-sales.zip?dl=1"
"""The zip that public projects download. `dl=1` asks for the file instead of a web page."""

CSV_NAME = "1000000-bandcamp-sales.csv"
"""Name of the one file in the zip."""

CSV_SIZE_BYTES = 294_567_935
"""Size of the CSV, not of the zip."""

CSV_SHA256 = "0ec5e536c85f419bfcb9a7626aa08a523578f253f6d10e1faa355aad19c4c87d"
"""Checksum of the CSV, not of the zip."""

CSV_ROWS = 1_000_000
"""Sales in the CSV, without the header."""
