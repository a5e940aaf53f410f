"""A raw file is compared with its checksum while it is read: nobody waits for the result before it is needed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bandcamp_assets.lake import raw_reading
from bandcamp_assets.lake.raw_reading import RawFileWhileRead
from bandcamp_assets.sources.raw_file import RawFile


def test_the_comparison_goes_on_beside_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    reading = threading.Event()
    monkeypatch.setattr(raw_reading, "checksum", lambda _path: "right" if reading.wait(1) else "too early")
    file = RawFile("f00d", "sales.csv", "f00d/sales.csv", "o", False, 1, "", datetime(2020, 10, 3, tzinfo=UTC))

    compared = RawFileWhileRead(tmp_path / "sales.csv", file, "right")
    reading.set()

    compared.finish()
