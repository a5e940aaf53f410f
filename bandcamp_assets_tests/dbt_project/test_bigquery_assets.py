"""The assets of the dbt project as Dagster runs them on BigQuery: what it is told, and what is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import psutil  # type: ignore[import-untyped]
import pytest
from dagster import (
    AssetKey,
    AssetSpec,
    DagsterInstance,
    DailyPartitionsDefinition,
    Definitions,
    ExecuteInProcessResult,
    define_asset_job,
    in_process_executor,
)

from bandcamp_assets.dbt import engine
from bandcamp_assets.dbt.manifest import load_manifest, prepare_manifest, read_parsed
from bandcamp_assets.dbt.project import DbtWorkspace, fingerprint
from bandcamp_assets.storage.warehouse import DayFigures
from bandcamp_assets_tests.dbt.dbt_assets import NothingRecorded, dbt_assets
from bandcamp_assets_tests.dbt_project.bigquery_dbt import BigQueryDbt, environment
from bandcamp_assets_tests.dbt_project.dirty_sales import dirty_sales
from bandcamp_assets_tests.dbt_project.duckdb_dbt import PROJECT
from bandcamp_assets_tests.emulators.faults import Delay
from bandcamp_assets_tests.emulators.google_cloud import GoogleCloud
from bandcamp_assets_tests.emulators.proxy import FaultProxy

DAYS = DailyPartitionsDefinition("2020-09-30", end_date="2020-10-07")


@dataclass
class Warehouse:
    """The part of a warehouse that the assets need, on the emulator."""

    dbt: BigQueryDbt

    def access(self) -> AbstractContextManager[None]:
        return nullcontext()

    def session(self) -> AbstractContextManager[None]:
        return nullcontext()

    def relation(self, table: str) -> str:
        return table

    def query(self, sql: str) -> pl.DataFrame:
        return self.dbt.frame(sql)

    def figures(self, table: str, days: object = None) -> dict[date, DayFigures]:
        rows = self.dbt.query(f"select sale_date, count(*), sum(amount_paid_usd) from {table} group by 1")
        return {day: DayFigures(count, Decimal(usd)) for day, count, usd in rows}  # type: ignore[misc, arg-type]


@dataclass
class Prepared:
    """The dbt project on a dataset with sales."""

    dbt: BigQueryDbt
    workspace: DbtWorkspace


@dataclass
class Deployment(Prepared):
    """That, and one run over all of it."""

    result: ExecuteInProcessResult

    def materializations(self, name: str) -> dict[str | None, dict[str, Any]]:
        """The metadata of an asset by partition."""
        return {
            event.partition: {
                key: value.value for key, value in event.step_materialization_data.materialization.metadata.items()
            }
            for event in self.result.all_events
            if event.is_step_materialization and event.asset_key == AssetKey(name)
        }

    def metadata(self, name: str) -> dict[str, Any]:
        """The metadata of an asset; of its last day if it has days."""
        return list(self.materializations(name).values())[-1]


@pytest.fixture(scope="module")
def prepared(google_cloud: GoogleCloud, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("assets")
    dbt = BigQueryDbt(folder, cloud=google_cloud, place=google_cloud.fresh())
    dbt.load_frame(dirty_sales())
    return Prepared(dbt, DbtWorkspace(PROJECT, folder / "dbt", "gcp", environment(google_cloud, dbt.place)))


@pytest.fixture(scope="module")
def deployment(prepared: Prepared) -> Iterator[Deployment]:
    dbt, workspace = prepared.dbt, prepared.workspace
    prepare_manifest(workspace)
    assets = dbt_assets(workspace, DAYS)
    definitions = Definitions(
        assets=[*assets, AssetSpec("sales", partitions_def=DAYS)],
        jobs=[define_asset_job("job", "*")],
        executor=in_process_executor,
        resources={"warehouse": Warehouse(dbt), "build_state": NothingRecorded()},
    )
    tags = {
        "dagster/asset_partition_range_start": "2020-09-30",
        "dagster/asset_partition_range_end": "2020-10-06",
    }
    with DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_job_def("job").execute_in_process(instance=instance, tags=tags)
        yield Deployment(dbt, workspace, result)


@pytest.mark.long
def test_a_model_carries_what_it_cost(deployment: Deployment) -> None:
    metadata = deployment.metadata("fct_sales")

    assert metadata["bytes_processed"] > 0
    assert metadata["bytes_billed"] >= metadata["bytes_processed"]
    assert metadata["slot_seconds"] > 0
    assert metadata["estimated_cost_usd"] == pytest.approx(metadata["bytes_billed"] / 2**40 * 6.25)
    [labels] = [
        request["configuration"]["labels"]
        for request in deployment.dbt.cloud.job_requests()
        if request.get("jobReference", {}).get("jobId") == metadata["job_id"]
    ]
    assert labels["dbt_model"] == "fct_sales"
    assert "job" not in metadata, "the console knows no job of an emulator"


@pytest.mark.long
def test_a_data_test_carries_what_it_cost(deployment: Deployment) -> None:
    checks = {one.check_name: one.metadata for one in deployment.result.get_asset_check_evaluations()}

    assert checks["fct_sales_rules"]["bytes_billed"].value > 0  # type: ignore[operator]


@pytest.mark.long
def test_a_seed_is_loaded_not_queried_and_shows_no_cost(deployment: Deployment) -> None:
    assert not {"bytes_billed", "job_id"} & deployment.metadata("countries").keys()


@pytest.mark.long
def test_columns_lineage_and_rows_are_told(deployment: Deployment) -> None:
    metadata = deployment.metadata("fct_sales")

    columns = {one.name: (one.type, one.description) for one in metadata["dagster/column_schema"].columns}
    lineage = metadata["dagster/column_lineage"].deps_by_column
    assert list(columns)[:2] == ["_id", "transaction_date"]
    assert columns["amount_paid_usd"][0].startswith("NUMERIC")
    assert columns["country"][1].startswith("Buyer's country by name")
    assert {(one.asset_key.to_user_string(), one.column_name) for one in lineage["transaction_date"]} == {
        ("stg_sales", "sold_at")
    }
    assert metadata["dagster/row_count"] == dirty_sales().height


@pytest.mark.long
def test_an_invocation_leaves_no_thread_and_no_connection(deployment: Deployment) -> None:
    workspace = deployment.workspace
    parsed = read_parsed(workspace, load_manifest(workspace))
    port = int(workspace.env["DBT_GCP_ENDPOINT"].rpartition(":")[2])
    deployment.dbt.client.close()  # type: ignore[no-untyped-call]
    threads, variables = set(threading.enumerate()), dict(os.environ)

    outcome = engine.invoke(workspace, ["run"], target_path=workspace.target_dir / "run", parsed=parsed)

    connections = [one for one in psutil.Process().net_connections() if one.raddr and one.raddr.port == port]
    assert outcome.succeeded, outcome
    assert [one for one in connections if one.status == psutil.CONN_ESTABLISHED] == []
    assert set(threading.enumerate()) <= threads
    assert dict(os.environ) == variables


_STOPPABLE = """
import json, signal, sys
from pathlib import Path
from bandcamp_assets.dbt import engine
from bandcamp_assets.dbt.project import DbtWorkspace

class Stopped(Exception):
    pass

def stop(number, frame):  # as Dagster's own handler does during a step
    raise Stopped

signal.signal(signal.SIGINT, stop)
project_dir, home, env = sys.argv[1:]
workspace = DbtWorkspace(Path(project_dir), Path(home), "gcp", json.loads(env))
try:
    engine.invoke(workspace, ["run", "--select", "dim_date"], target_path=Path(home) / "run")
except Stopped:
    print("stopped")
"""


@pytest.mark.long
def test_an_interrupted_run_cancels_its_job(deployment: Deployment, tmp_path: Path) -> None:
    with FaultProxy(deployment.dbt.cloud.bigquery_endpoint) as proxy:
        proxy.inject(Delay(3), method="GET", path=r"/queries/", times=1)
        variables = {**deployment.workspace.env, "DBT_GCP_ENDPOINT": proxy.endpoint}
        process = subprocess.Popen(
            [sys.executable, "-c", _STOPPABLE, str(PROJECT), str(tmp_path), json.dumps(variables)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while not _waits_for_its_query(proxy) and process.poll() is None:
            time.sleep(0.05)

        process.send_signal(signal.SIGINT)

        said, complained = process.communicate()
        cancelled = [one.path for one in proxy.requests if one.method == "POST" and one.path.endswith("/cancel")]
    assert said.strip() == "stopped", complained
    assert cancelled


def _waits_for_its_query(proxy: FaultProxy) -> bool:
    return any(isinstance(one.effect, Delay) for one in proxy.requests)


def test_who_asks_and_within_which_limits_is_no_reason_to_build_anew(prepared: Prepared) -> None:
    workspace = prepared.workspace
    others = {"DBT_GCP_IMPERSONATE": "x@y.iam.gserviceaccount.com", "DBT_GCP_TIMEOUT_SECONDS": "7"}
    elsewhere = {"DBT_GCP_DATASET": "another"}

    same, different = (
        fingerprint(DbtWorkspace(PROJECT, workspace.home, "gcp", {**workspace.env, **changed}))
        for changed in (others, elsewhere)
    )

    assert same == fingerprint(workspace)
    assert different != same


@pytest.mark.long
def test_the_days_of_the_fact_carry_their_figures(deployment: Deployment) -> None:
    days = deployment.materializations("fct_sales")

    sales = dirty_sales().group_by(pl.col("sale_date").dt.to_string()).len()
    counted = {str(day): count for day, count in sales.iter_rows()}
    figures = {day: metadata["dagster/partition_row_count"] for day, metadata in days.items()}
    assert {day: count for day, count in figures.items() if count} == counted
    assert figures["2020-10-03"] == 0
