"""The same story told to both warehouses: built, two days changed, the same two days again.

The sales are the dirty ones, and those of a small sample, which counts as the archive: 24 days with every kind of
dirt that the sample has.
"""

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
from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt, Job, close_warehouse
from bandcamp_assets_tests.dbt_project.marts_expected_data import sample_sales
from bandcamp_assets_tests.dbt_project.marts_expected_published import ARCHIVE
from bandcamp_assets_tests.emulators.google_cloud import GoogleCloud

DAILY = ("--select", "tag:daily")
ROLLUPS = ("sales_by_hour", "sales_by_segment", "sales_by_price")
BY_DAY = ("stg_sales", "usd_rates", "fct_sales", *ROLLUPS)
SAMPLE_ROWS, SAMPLE_DAYS = 1000, 24
STAGES = ("built", "two days changed", "the same two days again")

Tables = dict[str, pl.DataFrame]


SomeDbt = TypeVar("SomeDbt", bound=Dbt)


@dataclass
class Stages(Generic[SomeDbt]):
    """What one warehouse held after each stage, how its nodes ended, and which jobs it was sent.

    Attributes:
        sales: The sales that the stages begin with.
    """

    dbt: SomeDbt
    sales: pl.DataFrame
    tables: dict[str, Tables] = field(default_factory=dict)
    statuses: dict[str, Mapping[str, str]] = field(default_factory=dict)
    failures: dict[str, dict[str, int]] = field(default_factory=dict)
    jobs: dict[str, list[Job]] = field(default_factory=dict)

    def run(self) -> None:
        self.dbt.load_frame(self.sales_of("built"))
        self._keep("built", self.dbt.build())
        self.dbt.load_frame(self.sales_of(STAGES[1]))
        for stage in STAGES[1:]:
            # Marts are made anew whole: they come once, with the last.
            also = ["tag:marts"] if stage == STAGES[-1] else []
            self._keep(stage, self.dbt.build(*DAILY, *also, days=[CHANGED_DAY, EMPTIED_DAY]))

    def sales_of(self, stage: str) -> pl.DataFrame:
        return self.sales if stage == "built" else changed_sales(self.sales)

    def _keep(self, stage: str, statuses: Mapping[str, str]) -> None:
        self.statuses[stage] = statuses
        self.failures[stage] = self.dbt.failures
        self.jobs[stage] = self.dbt.jobs()[sum(len(jobs) for jobs in self.jobs.values()) :]
        self.tables[stage] = {name: self.dbt.table(name) for name in KEYS}


@pytest.fixture(scope="session")
def stages_sales(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    sample = sample_sales(tmp_path_factory.mktemp("sample"), rows=SAMPLE_ROWS, file_id=ARCHIVE)
    assert sample["sale_date"].n_unique() == SAMPLE_DAYS
    return pl.concat([dirty_sales(), sample])


@pytest.fixture(scope="session")
def local(
    manifest: Manifest, stages_sales: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stages[Dbt]]:
    stages = Stages(Dbt(tmp_path_factory.mktemp("local"), manifest), stages_sales)
    stages.run()
    yield stages
    close_warehouse()


@pytest.fixture(scope="session")
def cloud(
    google_cloud: GoogleCloud, stages_sales: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Stages[BigQueryDbt]:
    dbt = BigQueryDbt(tmp_path_factory.mktemp("gcp"), cloud=google_cloud, place=google_cloud.fresh())
    parsed = dbt.invoke("parse")
    assert parsed.success, parsed.exception
    dbt.manifest = cast("Manifest", parsed.result)
    stages = Stages(dbt, stages_sales)
    stages.run()
    return stages
