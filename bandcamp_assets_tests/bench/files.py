"""The files that are measured: made-up sales of 24 days, the same moved to later days, and one single day."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pyarrow as pa

from bandcamp_assets.sources.sample import write_sample

DAYS = 24
"""Days of a sample."""

DAYS_APART = 22
"""The days from the start of a sample to that of the next. With 24, the last of 100 would lie in the future."""

ROWS = 1_000_000
"""Rows of one sample; a longer history has several, one behind the other."""

SAMPLES = 3
"""Different samples in a history. Further ones are these again, on later days and so of other ids."""

_DAY_SECONDS = 86_400
_FIRST_SECOND = 1_599_609_600  # 2020-09-09
_TIME = re.compile(rb"(?<![\d.])(?:1599|160[01])\d{6}(?=\.\d)")
"""The time of a sale in `utc_date` and `_id`. Where a picture's number looks like one, it is moved too."""


def write_history(path: Path, rows: int) -> Path:
    """A CSV of so many rows from 2020-09-09 on, 1,000,000 in 24 days; two of those days are also the next ones'.

    It is compressed with zstandard if its name ends in `.zst`.
    """
    with tempfile.TemporaryDirectory(dir=path.parent) as name, pa.output_stream(path) as target:
        for number in range(-(-rows // ROWS)):
            sample = _sample(Path(name), number % SAMPLES, min(ROWS, rows - number * ROWS))
            with sample.open("rb") as source:
                header = source.readline()
                if not number:
                    target.write(header)
                _copy_moved(source, target, number * DAYS_APART)
    return path


def _sample(folder: Path, seed: int, rows: int) -> Path:
    path = folder / f"{seed}-{rows}.csv"
    if not path.exists():
        write_sample(path, rows=rows, seed=seed)
    return path


def write_day_after(path: Path, rows: int) -> Path:
    """A CSV of about 40,000 sales of the day that follows a history of so many rows."""
    sample = path.with_suffix(".part")
    write_sample(sample, rows=ROWS, seed=12345)
    day = 11
    start, end = (_FIRST_SECOND + (day + more) * _DAY_SECONDS for more in (0, 1))
    later = (-(-rows // ROWS) - 1) * DAYS_APART + DAYS - day
    with sample.open("rb") as source, path.open("wb") as target:
        target.write(source.readline())
        for line in source:
            fields = line.split(b",", 2)
            seconds = fields[1].partition(b".")[0] if len(fields) > 1 else b""
            if seconds.isdigit() and start <= int(seconds) < end:
                target.write(_moved(line, later))
    sample.unlink()
    return path


def _copy_moved(source, target, days: int) -> None:
    while block := source.read(2**24):
        block += source.readline()
        target.write(_moved(block, days) if days else block)


def _moved(text: bytes, days: int) -> bytes:
    return _TIME.sub(lambda found: b"%d" % (int(found[0]) + days * _DAY_SECONDS), text)
