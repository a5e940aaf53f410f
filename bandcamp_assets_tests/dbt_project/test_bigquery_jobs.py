"""What dbt asks of BigQuery: which jobs, what they read, what they carry."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any, cast

import pytest
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.contracts.graph.manifest import Manifest
from sqlglot import exp, parse_one

from bandcamp_assets_tests.dbt_project.bigquery_dbt import MAXIMUM_BYTES_BILLED, TIMEOUT_SECONDS, BigQueryDbt
from bandcamp_assets_tests.dbt_project.dirty_sales import CHANGED_DAY
from bandcamp_assets_tests.dbt_project.duckdb_dbt import PROJECT
from bandcamp_assets_tests.dbt_project.stages import ROLLUPS, Stages

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("stages")]
"""Both files look at the same stages, which take their time: one worker makes them once."""

LABEL = re.compile(r"[a-z0-9_-]{0,63}")
BY_DAY = {"sales", "stg_sales", "fct_sales", *ROLLUPS}
DAY_CONDITIONS = {f"sale_date = CAST('{CHANGED_DAY}' AS DATE)", f"sale_date = DATE '{CHANGED_DAY}'"}
"""As sqlglot writes them: the same literal either way."""

ONE_DAY = ("--select", "tag:daily")


@pytest.fixture(scope="module")
def one_day(cloud: Stages[BigQueryDbt]) -> list[dict[str, Any]]:
    """The jobs of a run of one day."""
    before = len(cloud.dbt.cloud.job_requests())
    cloud.dbt.build(*ONE_DAY, days=[CHANGED_DAY])
    return cloud.dbt.jobs(since=before)


def test_every_query_names_its_node_and_deployment(cloud: Stages[BigQueryDbt]) -> None:
    labels = [job["labels"] for job in cloud.dbt.jobs()]

    assert {one["deployment"] for one in labels} == {"gcp"}
    assert {one["dbt_node_type"] for one in labels} == {"model", "seed", "test"}
    assert {"fct_sales", "artist_sales", "countries", "fct_sales_rules"} <= {one["dbt_model"] for one in labels}
    assert all(LABEL.fullmatch(part) for one in labels for pair in one.items() for part in pair)


def test_every_query_has_a_limit_of_bytes_and_time(cloud: Stages[BigQueryDbt]) -> None:
    jobs = cloud.dbt.jobs()

    assert {int(job["query"]["maximumBytesBilled"]) for job in jobs} == {MAXIMUM_BYTES_BILLED}
    assert {int(job["jobTimeoutMs"]) for job in jobs} == {TIMEOUT_SECONDS * 1000}


def test_a_day_costs_one_merge_a_fact_and_no_table_between(one_day: list[dict[str, Any]]) -> None:
    written = [
        (job["labels"]["dbt_model"], re.sub(r"/\*.*?\*/", "", job["query"]["query"]).split()[:2])
        for job in one_day
        if job["labels"]["dbt_node_type"] == "model" and "where false" not in job["query"]["query"]
    ]

    assert sorted(written) == [
        ("fct_sales", ["merge", "into"]),
        *((name, ["merge", "into"]) for name in sorted(ROLLUPS)),
        ("stg_sales", ["create", "or"]),
        ("usd_rates", ["merge", "into"]),
    ]


def test_the_merge_deletes_in_the_partition_of_the_day_alone(one_day: list[dict[str, Any]]) -> None:
    merges = [job["query"]["query"] for job in one_day if "merge into" in job["query"]["query"]]

    conditions = [re.findall(r"when not matched by source\s+and (.*?)\s+then delete", sql) for sql in merges]
    assert conditions == [[f"dbt_internal_dest.sale_date = date '{CHANGED_DAY}'"]] * (2 + len(ROLLUPS))


def test_every_read_of_a_table_by_day_has_the_day_as_a_literal(one_day: list[dict[str, Any]]) -> None:
    reads = [
        (job["labels"]["dbt_model"], table.name, _has_the_day(table))
        for job in one_day
        if job["labels"]["dbt_model"] != "stg_sales"  # the view names no day; who reads it does
        for table in parse_one(job["query"]["query"], read="bigquery").find_all(exp.Table)
        if table.name in BY_DAY and table.db and not isinstance(table.parent, exp.Merge)
    ]

    nodes = {node for node, *_ in reads}
    assert {"fct_sales", "usd_rates", "sales_id_unique", "fct_sales_rules"} <= nodes
    assert {"fct_sales_same_totals_as_sales", "fct_sales_country_is_in_dim_country", *ROLLUPS} <= nodes
    assert [read for read in reads if not read[-1]] == []


def _has_the_day(table: exp.Table) -> bool:
    select = table.find_ancestor(exp.Select)
    where = select.args.get("where") if select else None
    if where is None:
        return False
    conditions = where.this.flatten() if isinstance(where.this, exp.And) else [where.this]
    return any(one.sql(dialect="bigquery") in DAY_CONDITIONS for one in conditions)


def test_tables_are_partitioned_clustered_and_described(cloud: Stages[BigQueryDbt], manifest: Manifest) -> None:
    dataset = f"{cloud.dbt.place.project}.{cloud.dbt.place.dataset}"

    fact, rates, view, seed = (
        cloud.dbt.client.get_table(f"{dataset}.{name}")
        for name in ("fct_sales", "usd_rates", "stg_sales", "countries")
    )

    assert fact.time_partitioning.field == rates.time_partitioning.field == "sale_date"
    assert fact.clustering_fields == ["country", "item_type"]
    for table, unique_id in (
        (fact, "model.bandcamp.fct_sales"),
        (view, "model.bandcamp.stg_sales"),
        (seed, "seed.bandcamp.countries"),
    ):
        documented = manifest.nodes[unique_id].columns
        assert {one.name: one.description for one in table.schema} == {
            name: column.description for name, column in documented.items()
        }


def _changed(cloud: Stages[BigQueryDbt], folder: Path, changes: dict[str, tuple[str, str]]) -> BigQueryDbt:
    """The project with pieces of text in its facts replaced, on the same dataset."""
    project = folder / "changed_project"
    shutil.copytree(PROJECT, project)
    for name, (old, new) in changes.items():
        file = project / "models" / "facts" / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return BigQueryDbt(folder, project=project, cloud=cloud.dbt.cloud, place=cloud.dbt.place)


def test_a_type_that_breaks_the_contract_is_refused(cloud: Stages[BigQueryDbt], tmp_path: Path) -> None:
    as_float = ("        amount_paid,\n", "        cast(amount_paid as float64) as amount_paid,\n")
    dbt = _changed(cloud, tmp_path, {"fct_sales.sql": as_float})
    before = dbt.table("fct_sales").sort("_id")

    statuses = dbt.build("--select", "fct_sales", days=[CHANGED_DAY])

    assert statuses["fct_sales"] == "error"
    assert any("contract" in message and "amount_paid" in message for message in dbt.messages)
    assert dbt.table("fct_sales").sort("_id").equals(before)


def test_a_column_that_the_table_lacks_is_refused(cloud: Stages[BigQueryDbt], tmp_path: Path) -> None:
    column = ("    columns:\n", "    columns:\n      - name: extra\n        data_type: string\n")
    dbt = _changed(
        cloud,
        tmp_path,
        {"usd_rates.yml": column, "usd_rates.sql": ("    from ranked", "        , 'x' as extra\n    from ranked")},
    )
    before = dbt.table("usd_rates").sort("sale_date", "currency")

    statuses = dbt.build("--select", "usd_rates", days=[CHANGED_DAY])

    assert statuses["usd_rates"] == "error"
    assert any("only in the table: none; only in the contract: extra" in message for message in dbt.messages)
    assert dbt.table("usd_rates").sort("sale_date", "currency").equals(before)


def test_a_query_over_the_limit_is_refused_clearly(cloud: Stages[BigQueryDbt], tmp_path: Path) -> None:
    class Thrifty(BigQueryDbt):
        @property
        def environment(self) -> dict[str, str]:
            return super().environment | {"DBT_GCP_MAXIMUM_BYTES_BILLED": "1"}

    thrifty = Thrifty(tmp_path, cloud.dbt.manifest, cloud=cloud.dbt.cloud, place=cloud.dbt.place)

    result = thrifty.invoke("run", "--select", "daily_sales")

    [node] = cast("RunExecutionResult", result.result).results
    assert "Query exceeded limit for bytes billed: 1." in str(node.message)
