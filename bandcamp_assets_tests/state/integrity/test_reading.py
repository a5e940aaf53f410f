"""Damage does not propagate: a layer compares what it reads first, and damaged files are rebuilt."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator, Mapping
from pathlib import Path

import dagster as dg
import pytest

from bandcamp_assets import cluster
from bandcamp_assets.defs.assets import cleaning, objects, staging, warehouse
from bandcamp_assets.lake.damage import DamagedFileError
from bandcamp_assets.lake.made import StagedFile
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.integrity.damage import Kind
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets_tests.state.integrity.conftest import LayeredHome
from bandcamp_assets_tests.state.integrity.test_survey import change

LAYERS = {
    "lake/staged_sales/*/*": cleaning.clean,
    "lake/cleaned_sales/*/*": objects.sales_objects,
    "objects/sales/*/*": warehouse.sales,
}


def change_silently(path: Path) -> None:
    """Change a byte, but neither size nor time."""
    stat = path.stat()
    change(path)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def all_but(home: LayeredHome, path: Path) -> dict[Path, bytes]:
    """Every other file of lake and objects."""
    return {
        other: other.read_bytes()
        for folder in ("lake", "objects")
        for other in (home.root / folder).rglob("*")
        if other.is_file() and other != path
    }


@pytest.mark.parametrize(("pattern", "asset"), LAYERS.items())
def test_a_damaged_file_replaces_nothing_and_is_named(
    layered: LayeredHome, pattern: str, asset: dg.AssetsDefinition
):
    path = layered.one(pattern)
    change_silently(path)
    before = all_but(layered, path)
    figures = layered.deployment.warehouse.figures("sales")

    with pytest.raises(PlatformError, match="damaged") as refused:
        layered.build(asset)

    assert refused.value.where == str(path)
    assert "bandcamp run" in refused.value.remedy
    assert all_but(layered, path) == before
    assert layered.deployment.warehouse.figures("sales") == figures


@pytest.mark.parametrize("pattern", LAYERS)
def test_a_refused_file_is_found_by_the_next_survey_and_rebuilt(layered: LayeredHome, pattern: str):
    path = layered.one(pattern)
    right = path.read_bytes()
    change_silently(path)
    with pytest.raises(PlatformError, match="damaged"):
        layered.build(LAYERS[pattern])

    assert [one.place for one in layered.survey().damage] == [str(path)]
    layered.land()
    layered.build()

    assert path.read_bytes() == right
    assert not layered.survey(deep=True).damage


def test_a_damaged_raw_file_reaches_neither_lake_nor_archive(layered: LayeredHome):
    raw = layered.one("landing/*/sales.csv")
    layered.one("lake/staged_sales/*/*").unlink()
    layered.one("objects/raw/*/*").unlink()
    change_silently(raw)
    before = all_but(layered, raw)

    with pytest.raises(PlatformError, match="not those that landed") as refused:
        layered.land()

    assert refused.value.where == str(raw)
    assert "deliver the same file again" in refused.value.remedy
    assert all_but(layered, raw) == before


@pytest.mark.parametrize("pattern", ["lake/staged_sales/*/*", "lake/rejected_sales/*", "objects/raw/*/*"])
def test_landing_rebuilds_its_own_files(layered: LayeredHome, pattern: str):
    path = layered.one(pattern)
    right = path.read_bytes()
    change(path)

    layered.land()

    assert path.read_bytes() == right
    assert not layered.survey(deep=True).damage


def test_damaged_rejected_rows_are_named_when_they_are_read_and_rebuilt_by_the_next_run(
    layered: LayeredHome,
):
    path = layered.one("lake/rejected_sales/*")
    right, stat = path.read_bytes(), path.stat()
    path.write_bytes(bytes(len(right)))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    with pytest.raises(PlatformError, match="A file of the lake is damaged") as refused:
        layered.land()
    layered.land()

    assert refused.value.where == str(path)
    assert path.read_bytes() == right


def test_a_lost_cleaned_file_does_not_remove_its_object(layered: LayeredHome):
    cleaned, held = layered.one("lake/cleaned_sales/*/*"), layered.one("objects/sales/*/*")
    cleaned.unlink()

    with pytest.raises(PlatformError, match="cleaned file is gone"):
        layered.build(objects.sales_objects)

    assert held.is_file()


def test_the_error_keeps_its_fields_when_it_comes_from_another_process():
    error = DamagedFileError("A file is gone", path=Path("lake/a"), remedy="run again")

    loaded = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own

    assert type(loaded) is DamagedFileError
    assert (loaded.what, loaded.path, loaded.where, loaded.remedy) == (
        "A file is gone",
        Path("lake/a"),
        "lake/a",
        "run again",
    )


def test_a_raw_file_that_changes_once_it_was_staged_is_not_recorded_as_right(
    layered: LayeredHome, monkeypatch: pytest.MonkeyPatch
):
    raw = layered.one("landing/*/sales.csv")
    layered.one("lake/staged_sales/**/*.parquet").unlink()

    def stage_files(
        files: list[RawFile], home: Home, workers: None, *, crc32cs: Mapping[str, str]
    ) -> Iterator[StagedFile]:
        for file in cluster.stage_files(files, home, workers, crc32cs=crc32cs):
            raw.write_bytes(raw.read_bytes()[::-1])
            yield file

    monkeypatch.setattr(staging, "stage_files", stage_files)
    layered.land()

    found = layered.survey()

    assert [one.place for one in found.among(Kind.RAW)] == [str(raw)]
