"""A Parquet file is read, or refused if it is damaged, lacks a column, or claims more than sales can hold."""

from __future__ import annotations

import resource
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bandcamp_assets.sources.delivery.recognition import recognize
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.raw_files import raw_row


def frame(rows: int = 3) -> pl.DataFrame:
    return pl.DataFrame([raw_row(number) for number in range(rows)]).drop("")


@pytest.mark.parametrize("characters", [1_000_000, 100])
def test_a_text_that_many_rows_share_is_held_once_and_too_much_text_is_refused(tmp_path: Path, characters: int):
    rows, path = 20_000, tmp_path / "shared.parquet"
    values = [*raw_row().items(), ("artist_name", "x" * characters)]
    shared = {
        name: pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([value]))
        for name, value in values
        if name
    }
    pq.write_table(pa.table(shared), path, store_schema=False)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    if characters == 100:
        assert str(recognize(path, "shared.parquet")) == "Parquet"
    else:
        with pytest.raises(PlatformError, match="bytes in 20,000 rows"):
            recognize(path, "shared.parquet")

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**20


def test_many_rows_in_few_bytes_are_refused(tmp_path: Path):
    path = tmp_path / "rows.parquet"
    frame(1).select(pl.all().repeat_by(2_000_000).explode()).write_parquet(path)

    with pytest.raises(PlatformError, match="claims 2,000,000 rows"):
        recognize(path, "rows.parquet")


def test_a_column_of_lists_is_refused_by_name(tmp_path: Path):
    path = tmp_path / "lists.parquet"
    frame().with_columns(Artist_Name=pl.concat_list("artist_name")).drop("artist_name").write_parquet(path)

    with pytest.raises(PlatformError, match="The column Artist_Name holds lists"):
        recognize(path, "lists.parquet")


@pytest.mark.parametrize("at", [8, -40, -4])
def test_damage_is_one_clear_error(tmp_path: Path, at: int):
    path = tmp_path / "sales.parquet"
    frame().write_parquet(path)
    content = bytearray(path.read_bytes())
    content[at : at + 4 if at + 4 else None] = b"\xff\xfe\xfd\xfc"
    path.write_bytes(bytes(content))

    with pytest.raises(PlatformError, match="The Parquet file is damaged"):
        recognize(path, "sales.parquet")
