"""A tiny dbt project on a real DuckDB file, and its assets."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest
from dagster import (
    AssetsDefinition,
    AssetSelection,
    AssetSpec,
    DagsterInstance,
    DailyPartitionsDefinition,
    Definitions,
    ExecuteInProcessResult,
    define_asset_job,
    in_process_executor,
)

from bandcamp_assets.dbt.manifest import prepare_manifest
from bandcamp_assets.dbt.project import DbtWorkspace
from bandcamp_assets.storage.warehouse import DuckDBWarehouse
from bandcamp_assets_tests.dbt.dbt_assets import NothingRecorded, dbt_assets

DAYS = DailyPartitionsDefinition("2020-09-09", end_date="2020-09-13")
SALES = [
    ("1", date(2020, 9, 9), "a", 1.00),
    ("2", date(2020, 9, 10), "t", 2.00),
    ("3", date(2020, 9, 10), "a", 3.50),
]


class Platform:
    """The tiny project with its warehouse and its assets, as in a deployment."""

    def __init__(self, project_dir: Path, root: Path) -> None:
        self.warehouse = DuckDBWarehouse(root / "warehouse.duckdb")
        self.workspace = DbtWorkspace(
            project_dir, root / "dbt", "local", {"DBT_WAREHOUSE_PATH": str(self.warehouse.path)}
        )
        self.instance = DagsterInstance.ephemeral()

    def load(self, sales: Sequence[tuple[str | None, date, str, float | None]] = SALES) -> None:
        with duckdb.connect(self.warehouse.path) as connection:
            connection.execute(
                "create schema if not exists bandcamp; create or replace table bandcamp.sales"
                "(_id varchar, sale_date date, item_type varchar, amount_paid_usd decimal(18, 2))"
            )
            for sale in sales:
                connection.execute("insert into bandcamp.sales values (?, ?, ?, ?)", list(sale))

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(self.warehouse.path) as connection:
            return connection.execute(sql).fetchall()

    def assets(self) -> list[AssetsDefinition]:
        prepare_manifest(self.workspace)
        return dbt_assets(self.workspace, DAYS)

    def run(
        self,
        selection: AssetSelection | str | None = None,
        days: tuple[str, str] | None = ("2020-09-09", "2020-09-10"),
        assets: list[AssetsDefinition] | None = None,
    ) -> ExecuteInProcessResult:
        everything = assets if assets is not None else self.assets()
        chosen = AssetSelection.all() if selection is None else selection
        job = define_asset_job("job", chosen)
        definitions = Definitions(
            assets=[*everything, AssetSpec("sales", partitions_def=DAYS)],
            jobs=[job],
            executor=in_process_executor,
            resources={"warehouse": self.warehouse, "build_state": NothingRecorded()},
        )
        tags = {}
        if days is not None:
            tags = {"dagster/asset_partition_range_start": days[0], "dagster/asset_partition_range_end": days[1]}
        return definitions.resolve_job_def("job").execute_in_process(
            instance=self.instance, tags=tags, raise_on_error=False
        )


MakePlatform = Callable[[dict[str, str]], Platform]
"""Makes a platform whose project has these files instead of its own."""


@pytest.fixture(scope="session")
def tiny_project() -> Path:
    return Path(__file__).parent / "project"


@pytest.fixture
def unprepared(tiny_project: Path, tmp_path: Path) -> Iterator[Platform]:
    """A platform whose project is not parsed yet."""
    made = Platform(tiny_project, tmp_path)
    made.load()
    yield made
    made.instance.dispose()


@pytest.fixture(scope="session")
def parsed(tiny_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parsed tiny project. Parsing takes seconds."""
    made = Platform(tiny_project, tmp_path_factory.mktemp("parsed"))
    prepare_manifest(made.workspace)
    return made.workspace.target_dir


@pytest.fixture
def platform(unprepared: Platform, parsed: Path) -> Platform:
    """A prepared platform that has built nothing."""
    shutil.copytree(parsed, unprepared.workspace.target_dir)
    return unprepared


@pytest.fixture
def changed_platform(tiny_project: Path, tmp_path: Path) -> Iterator[MakePlatform]:
    """Makes a platform whose project is a copy with some files replaced (texts by path)."""
    all_made: list[Platform] = []

    def make(files: dict[str, str]) -> Platform:
        project_dir = tmp_path / "project"
        shutil.copytree(tiny_project, project_dir)
        for name, text in files.items():
            (project_dir / name).parent.mkdir(exist_ok=True)
            (project_dir / name).write_text(text)
        all_made.append(Platform(project_dir, tmp_path))
        all_made[-1].load()
        return all_made[-1]

    yield make
    for made in all_made:
        made.instance.dispose()


@pytest.fixture(scope="session")
def finished(
    tiny_project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Platform, ExecuteInProcessResult]]:
    """A platform after one run over three days, not to be changed."""
    made = Platform(tiny_project, tmp_path_factory.mktemp("finished"))
    made.load()
    yield made, made.run(days=("2020-09-09", "2020-09-11"))
    made.instance.dispose()


@pytest.fixture(scope="session")
def declared(
    tiny_project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Platform, list[AssetsDefinition]]]:
    """The assets before any run, not to be changed."""
    made = Platform(tiny_project, tmp_path_factory.mktemp("declared"))
    yield made, made.assets()
    made.instance.dispose()
