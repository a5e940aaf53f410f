"""A sample is written with the same bytes each time, in bounded memory, within limits, and atomically."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bandcamp_assets.sources.sample import write_sample
from bandcamp_assets.sources.sample.chunks import CHUNK_ROWS, chunk_bounds, make_chunk
from bandcamp_assets.sources.sample.orders import make_world
from bandcamp_assets.sources.sample.plan import make_plan
from bandcamp_assets.system.errors import PlatformError

pytestmark = pytest.mark.xdist_group("samples")

PEAK_MEMORY = """
import re, sys
from pathlib import Path
from bandcamp_assets.sources.sample import catalogue, write_sample
catalogue.MAX_ARTISTS = 10_000
write_sample(Path(sys.argv[1]), rows=int(sys.argv[2]))
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""
"""With this limit the catalogue soon has its full size, as in a sample of at least 1,000,000 rows."""


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_same_rows_and_seed_give_the_same_bytes_and_counts(tmp_path: Path) -> None:
    first = write_sample(tmp_path / "first.csv", rows=85_000, seed=7)
    second = write_sample(tmp_path / "second.csv", rows=85_000, seed=7)

    assert _digest(tmp_path / "first.csv") == _digest(tmp_path / "second.csv")
    assert first == second


def test_another_seed_gives_other_sales_of_the_same_times(tmp_path: Path) -> None:
    first = write_sample(tmp_path / "first.csv", rows=1_000, seed=7)
    second = write_sample(tmp_path / "second.csv", rows=1_000, seed=8)

    assert _digest(tmp_path / "first.csv") != _digest(tmp_path / "second.csv")
    assert first.rejected == second.rejected


def test_bytes_do_not_depend_on_the_number_of_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for cores in (1, 4):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        write_sample(tmp_path / f"{cores}.csv", rows=130_000)

    assert _digest(tmp_path / "1.csv") == _digest(tmp_path / "4.csv")


def test_a_chunk_can_be_made_without_those_before_it(tmp_path: Path) -> None:
    rows, seed = 130_000, 5
    write_sample(tmp_path / "whole.csv", rows=rows, seed=seed)
    bounds = chunk_bounds(rows)

    last = make_chunk(make_world(rows, seed), make_plan(bounds, seed), 2, 2 * CHUNK_ROWS, rows)

    assert (tmp_path / "whole.csv").read_bytes().endswith(b"".join(last.pieces))


def test_chunks_cover_all_rows_once() -> None:
    for rows in (1_000, CHUNK_ROWS, 2 * CHUNK_ROWS - 1, 10 * CHUNK_ROWS + 1):
        bounds = chunk_bounds(rows)

        assert bounds[0] == 0
        assert bounds[-1] == rows
        assert all(bounds[1:] - bounds[:-1] >= min(rows, CHUNK_ROWS))


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports the peak memory of a process this way")
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks, sizes = [], []
    for rows in (300_000, 1_000_000):
        path = tmp_path / f"{rows}.csv"
        command = [sys.executable, "-c", PEAK_MEMORY, str(path), str(rows)]
        peaks.append(1024 * int(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        sizes.append(path.stat().st_size)
        path.unlink()

    assert peaks[1] - peaks[0] < (sizes[1] - sizes[0]) / 2


@pytest.mark.parametrize("rows", [-1, 0, 999, 100_000_001])
def test_refuses_sizes_out_of_bounds(tmp_path: Path, rows: int) -> None:
    with pytest.raises(PlatformError, match=f"{rows:,} rows"):
        write_sample(tmp_path / "sample.csv", rows=rows)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_refuses_a_seed_out_of_bounds(tmp_path: Path, seed: int) -> None:
    with pytest.raises(PlatformError, match="seed"):
        write_sample(tmp_path / "sample.csv", rows=1_000, seed=seed)


@pytest.mark.parametrize("seed", [0, 2**63 - 1])
def test_takes_the_smallest_and_the_largest_seed(tmp_path: Path, seed: int) -> None:
    assert write_sample(tmp_path / "sample.csv", rows=1_000, seed=seed).rows == 1_000


def test_reports_how_many_rows_are_written(tmp_path: Path) -> None:
    reported: list[int] = []

    write_sample(tmp_path / "sample.csv", rows=130_000, on_progress=reported.append)

    assert reported == chunk_bounds(130_000)[1:].tolist()


def test_an_interruption_leaves_no_file(tmp_path: Path) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sample(tmp_path / "sample.csv", rows=200_000, on_progress=interrupt)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_an_error_for_people(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="nowhere"):
        write_sample(tmp_path / "nowhere" / "sample.csv", rows=1_000)


def test_a_file_in_place_of_the_folder_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(PlatformError, match="file"):
        write_sample(tmp_path / "file" / "sample.csv", rows=1_000)
