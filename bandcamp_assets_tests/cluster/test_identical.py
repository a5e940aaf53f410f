"""Workers give the same Parquet and the same records as one process."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from bandcamp_assets.cluster import open_workers, shards
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.cluster.lakes import Lake, sales
from bandcamp_assets_tests.cluster.processes import Cluster
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row

LAYERS = ("staged_sales", "rejected_sales", "cleaned_sales", "duplicate_sales")


def test_files_and_days_are_the_same_byte_for_byte(tmp_path: Path, two_workers: Cluster) -> None:
    contents = (sales(5, 60), _zipped(sales(5, 60, first=150)), csv_bytes([]), sales(3, 40, first=7))
    here, there = (Lake.land(tmp_path / name, *contents) for name in ("here", "there"))
    staged = here.stage(None)
    cleaned = here.clean(staged, None)

    with open_workers(two_workers.address, there.home) as workers:
        staged_there = there.stage(workers)
        cleaned_there = there.clean(staged_there, workers)

    assert staged_there == staged
    assert cleaned_there == cleaned
    assert sum(day.duplicates for day in cleaned) > 0
    for layer in LAYERS:
        assert there.files(layer) == here.files(layer)
        assert here.files(layer)
    assert list(there.home.scratch.iterdir()) == []


def _zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("sales.csv", content)
    return packed.getvalue()


@pytest.fixture
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards of two chunks of two kilobytes. The process to compare with reads such chunks too."""
    from bandcamp_assets.cluster import staging as cluster_staging
    from bandcamp_assets.lake import reading

    read_chunks = reading.read_chunks
    monkeypatch.setattr(
        reading,
        "read_chunks",
        lambda stream, scratch, delimiter: read_chunks(stream, scratch, chunk_bytes=2000, delimiter=delimiter),
    )
    monkeypatch.setattr(
        cluster_staging,
        "cut",
        lambda file, path, scratch: shards.cut(file, path, scratch, chunk_bytes=2000, shard_chunks=2),
    )


def _sales_with_texts_like_sales() -> bytes:
    """Texts of several lines that look like records, some of them after a quote that never closes."""
    inner = (
        csv_bytes(raw_row(number, artist_name="EVIL") for number in range(900, 912)).decode().partition("\n")[2]
    )
    rows = [raw_row(n, album_title=f"first\n{inner}last" if n % 3 else "Title") for n in range(60)]
    good = csv_bytes(rows)
    return (
        good + csv_bytes([raw_row(61, artist_name="@")]).partition(b"\n")[2].replace(b"@", b'"open') + sales(2, 50)
    )


@pytest.mark.parametrize(
    "content", [sales(4, 150), _sales_with_texts_like_sales()], ids=["plain", "texts like sales"]
)
@pytest.mark.usefixtures("_small_shards")
def test_a_file_cut_into_shards_gives_the_same_rows(content: bytes, tmp_path: Path, two_workers: Cluster) -> None:
    here, there = (Lake.land(tmp_path / name, content) for name in ("here", "there"))
    staged = here.stage(None)

    with open_workers(two_workers.address, there.home) as workers:
        staged_there = there.stage(workers, cut_bytes=0)

    assert len(shards.cut(here.raw[0], here.home.landing / "1.csv", tmp_path, chunk_bytes=2000) or []) > 10
    assert staged_there == staged
    for layer in ("staged_sales", "rejected_sales"):
        assert _rows(there, layer) == _rows(here, layer)
    assert there.clean(staged_there, None) == here.clean(staged, None)
    assert there.files("cleaned_sales") == here.files("cleaned_sales")
    assert list(there.home.scratch.iterdir()) == []


def _rows(lake: Lake, layer: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of a layer's files, in order."""
    return {path: pl.read_parquet(io.BytesIO(content)).rows() for path, content in lake.files(layer).items()}


def test_shards_tile_the_file_and_begin_at_records(tmp_path: Path) -> None:
    lake = Lake.land(tmp_path, sales(4, 150))
    path = lake.home.landing / "1.csv"

    found = shards.cut(lake.raw[0], path, tmp_path, chunk_bytes=2000, shard_chunks=3)

    assert found
    content = path.read_bytes()
    ends = [shard.start + sum(shard.chunks) for shard in found]
    assert [shard.start for shard in found] == [content.index(b"\n") + 1, *ends[:-1]]
    assert ends[-1] == len(content)
    assert sum(len(shard.chunks) for shard in found) > len(found)


@pytest.mark.parametrize(
    "endless",
    [b"x" * (32 * 2**20), b'"' + csv_bytes([raw_row(7)]) * 40_000 + b'"'],
    ids=["an endless line", "an endless field of records"],
)
def test_a_file_with_an_endless_record_is_not_cut(endless: bytes, tmp_path: Path, two_workers: Cluster) -> None:
    content = sales(2, 20) + endless + b"\n" + csv_bytes([raw_row(5)]).split(b"\n", 1)[1]
    here, there = (Lake.land(tmp_path / name, content) for name in ("here", "there"))
    staged = here.stage(None)

    with open_workers(two_workers.address, there.home) as workers:
        staged_there = there.stage(workers, cut_bytes=0)

    assert shards.cut(here.raw[0], here.home.landing / "1.csv", tmp_path) is None
    assert staged_there == staged
    assert (staged[0].raw_rows, staged[0].rejected["malformed_row"]) == (40 + 3, 2)


def test_a_bad_file_is_reported_as_in_one_process_and_files_before_it_stay(
    tmp_path: Path, two_workers: Cluster
) -> None:
    lake = Lake.land(tmp_path, sales(2, 20), b"\x89PNG\r\n\x1a\n\xff", sales(2, 20, first=5))
    with pytest.raises(PlatformError) as alone:
        Lake(lake.home, lake.raw[1:2]).stage(None)

    with pytest.raises(PlatformError) as raised, open_workers(two_workers.address, lake.home) as workers:
        lake.stage(workers)

    assert str(raised.value) == str(alone.value)
    assert {path.rsplit("/")[-1] for path in lake.files("staged_sales")} == {"0000000000000001.parquet"}
    assert list(lake.home.scratch.iterdir()) == []


def test_a_day_whose_rows_are_all_gone_leaves_no_file(tmp_path: Path, two_workers: Cluster) -> None:
    lake = Lake.land(tmp_path, sales(2, 20))
    staged = lake.stage(None)
    lake.clean(staged, None)
    withdrawn = [replace(day, file_ids=()) for day in lake.days(staged, lake.home.scratch)]

    with open_workers(two_workers.address, lake.home) as workers:
        from bandcamp_assets.cluster import clean_days

        cleaned = list(clean_days(withdrawn, workers))

    assert [(day.rows, day.sha256) for day in cleaned] == [(0, "")] * len(withdrawn)
    assert lake.files("cleaned_sales") == {}
