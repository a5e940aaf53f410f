"""The IO manager of single frames writes whole files, records them in the catalog, and reads them as inputs."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from dagster_polars import PolarsParquetIOManager
from dagster_polars.io_managers.parquet import scan_parquet
from upath import UPath

from bandcamp_assets.components.parquet_io import MADE_FROM, ParquetFrames
from bandcamp_assets.defs.io_managers import PARQUET, parquet
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.state.catalog import Catalog, Part
from bandcamp_assets.system.home import Home

FRAME = pl.DataFrame({"day": ["2020-09-10", "2020-09-11"], "rows": [3, 4]})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=Home(tmp_path / "home"))
    settings.home.prepare()
    return settings


@pytest.fixture
def catalog(settings: Settings) -> Catalog:
    return Catalog(settings.home.catalog)


def asset_of(frame: pl.DataFrame, made_from: str) -> dg.AssetsDefinition:
    @dg.asset(io_manager_key=PARQUET)
    def ledger() -> dg.MaterializeResult[pl.DataFrame]:
        return dg.MaterializeResult(value=frame, metadata={MADE_FROM: made_from})

    return ledger


def materialize(settings: Settings, catalog: Catalog, *assets: dg.AssetsDefinition) -> dg.ExecuteInProcessResult:
    resources = {"settings": settings, "catalog": catalog, PARQUET: parquet}
    return dg.materialize(assets, resources=resources, raise_on_error=False)


def test_another_asset_takes_the_frame_as_its_input(settings: Settings, catalog: Catalog) -> None:
    taken: list[pl.DataFrame] = []

    @dg.asset
    def added_by_a_user(ledger: pl.DataFrame) -> None:
        taken.append(ledger)

    result = materialize(settings, catalog, asset_of(FRAME, "a"), added_by_a_user)

    assert result.success
    assert taken[0].equals(FRAME)


def test_the_catalog_knows_the_file_and_what_it_was_made_from(settings: Settings, catalog: Catalog) -> None:
    materialize(settings, catalog, asset_of(FRAME, "a fingerprint"))

    assert catalog.built_from(Part.LEDGER) == "a fingerprint"
    assert "lake/ledger.parquet" in catalog.file_contents()
    assert pl.read_parquet(settings.home.lake / "ledger.parquet", glob=False).equals(FRAME)


def test_a_failed_write_leaves_the_earlier_file_and_records_nothing(
    settings: Settings, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    materialize(settings, catalog, asset_of(FRAME, "before"))

    def fail_half_way(_self: object, _context: object, _df: object, path: UPath) -> None:
        Path(str(path)).write_bytes(b"PAR1 half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(PolarsParquetIOManager, "write_df_to_path", fail_half_way)
    failed = materialize(settings, catalog, asset_of(FRAME.head(1), "after"))

    assert not failed.success
    assert catalog.built_from(Part.LEDGER) == "before"
    assert pl.read_parquet(settings.home.lake / "ledger.parquet", glob=False).equals(FRAME)
    assert not list(settings.home.scratch.iterdir())


def test_the_reader_of_dagster_polars_still_fails_with_polars_2(tmp_path: Path) -> None:
    """When this fails, `ParquetFrames.scan_df_from_path` can go."""
    FRAME.write_parquet(tmp_path / "frame.parquet")
    context = dg.build_input_context()

    with pytest.raises(TypeError, match=r"rechunk|retries"):
        scan_parquet(UPath(tmp_path / "frame.parquet"), context)

    assert ParquetFrames().scan_df_from_path(UPath(tmp_path / "frame.parquet"), context).collect().equals(FRAME)
