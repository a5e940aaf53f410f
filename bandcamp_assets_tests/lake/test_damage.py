"""A lost or damaged file of the lake is reported by its name; other errors stay unchanged."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from bandcamp_assets.lake.damage import first_rows, readable
from bandcamp_assets.lake.parquet import scan
from bandcamp_assets.system.errors import PlatformError


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound.parquet"
    pl.DataFrame({"number": range(9)}).write_parquet(path)
    return path


@pytest.mark.parametrize(
    ("content", "what"),
    [(None, "A file of the lake is gone"), (b"no Parquet", "A file of the lake is damaged")],
)
def test_the_file_that_cannot_be_read_is_named_among_others(
    sound: Path, tmp_path: Path, content: bytes | None, what: str
):
    bad = tmp_path / "bad.parquet"
    if content:
        bad.write_bytes(content)

    with pytest.raises(PlatformError) as raised, readable([sound, bad]):
        scan([sound, bad]).collect()

    assert (raised.value.what, raised.value.where) == (what, str(bad))
    assert raised.value.remedy == "run `bandcamp run`: it is rebuilt from the layer before"


@pytest.mark.parametrize("error", [OSError("something else"), ZeroDivisionError()])
def test_an_error_that_no_file_causes_stays_unchanged(sound: Path, error: Exception):
    with pytest.raises(type(error)) as raised, readable([sound]):
        raise error

    assert raised.value is error


def test_the_first_rows_are_shown_as_an_example(sound: Path, tmp_path: Path):
    assert first_rows(sound)["number"].to_list() == [0, 1, 2, 3, 4]
    assert first_rows(sound, 2)["number"].to_list() == [0, 1]
    with pytest.raises(PlatformError, match="A file of the lake is gone"):
        first_rows(tmp_path / "gone.parquet")
