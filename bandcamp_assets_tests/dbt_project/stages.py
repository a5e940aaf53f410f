"""The same story told to both warehouses: built, two days changed, the same two days again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

import polars as pl
import pytest
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets_tests.dbt_project.bigquery_dbt import BigQueryDbt
from bandcamp_assets_tests.dbt_project.comparison import KEYS
from bandcamp_assets_tests.dbt_project.dirty_sales import (
    CHANGED_DAY,
    EMPTIED_DAY,
    changed_sales,
    dirty_sales,
)
from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt, close_warehouse
from bandcamp_assets_tests.emulators.google_cloud import GoogleCloud

DAILY = ("--select", "tag:daily")
BY_DAY = ("stg_sales", "usd_rates", "fct_sales")
STAGES = ("built", "two days changed", "the same two days again")

Tables = dict[str, pl.DataFrame]


SomeDbt = TypeVar("SomeDbt", bound=Dbt)


@dataclass
class Stages(Generic[SomeDbt]):
    """What one warehouse held after each stage, and how its nodes ended."""

    dbt: SomeDbt
    tables: dict[str, Tables] = field(default_factory=dict)
    statuses: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def run(self) -> None:
        sales = dirty_sales()
        self.dbt.load_frame(sales)
        self._keep("built", self.dbt.build())
        self.dbt.load_frame(changed_sales(sales))
        for stage in STAGES[1:]:
            # Marts are made anew whole: they come once, with the last.
            also = ["tag:marts"] if stage == STAGES[-1] else []
            self._keep(stage, self.dbt.build(*DAILY, *also, days=[CHANGED_DAY, EMPTIED_DAY]))

    def _keep(self, stage: str, statuses: Mapping[str, str]) -> None:
        self.statuses[stage] = statuses
        self.tables[stage] = {name: self.dbt.table(name) for name in KEYS}


@pytest.fixture(scope="session")
def local(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages[Dbt]]:
    stages = Stages(Dbt(tmp_path_factory.mktemp("local"), manifest))
    stages.run()
    yield stages
    close_warehouse()


@pytest.fixture(scope="session")
def cloud(google_cloud: GoogleCloud, tmp_path_factory: pytest.TempPathFactory) -> Stages[BigQueryDbt]:
    dbt = BigQueryDbt(tmp_path_factory.mktemp("gcp"), cloud=google_cloud, place=google_cloud.fresh())
    parsed = dbt.invoke("parse")
    assert parsed.success, parsed.exception
    dbt.manifest = cast("Manifest", parsed.result)
    stages = Stages(dbt)
    stages.run()
    return stages
