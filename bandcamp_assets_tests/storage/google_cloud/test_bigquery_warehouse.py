"""Days in BigQuery: each is loaded once by one job into one partition, even if answers are lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.storage.objects import StoredObject, sales_key
from bandcamp_assets.storage.objects.gcs import GcsObjectStore
from bandcamp_assets.storage.warehouse import DayFigures
from bandcamp_assets.storage.warehouse.bigquery import BigQueryWarehouse
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets_tests.emulators.faults import Answer, DropAnswer, DropRequest, HalfAnAnswer, JobFailed
from bandcamp_assets_tests.raw_files import raw_row
from bandcamp_assets_tests.storage.google_cloud.conftest import Cloud
from bandcamp_assets_tests.storage.warehouse.test_duckdb_warehouse import parquet

DAY, NEXT_DAY = date(2020, 9, 9), date(2020, 9, 10)
PRICE = Decimal("9.99")
JOBS = r"/jobs(\?|$)"
JOB = r"/jobs/bandcamp-load-"


@pytest.fixture
def warehouse(cloud: Cloud) -> BigQueryWarehouse:
    return BigQueryWarehouse(cloud.place)


class Objects:
    """Puts days into the bucket."""

    def __init__(self, cloud: Cloud, home: Home, folder: Path) -> None:
        self._store = GcsObjectStore(cloud.place, home)
        self._folder = folder

    def put(self, day: date, *rows: dict[str, str]) -> StoredObject:
        return self._store.put(sales_key(day), parquet(self._folder, day, *rows))[0]


@pytest.fixture
def objects(cloud: Cloud, own_home: Home, tmp_path: Path) -> Objects:
    (tmp_path / "days").mkdir()
    return Objects(cloud, own_home, tmp_path / "days")


def load_requests(cloud: Cloud) -> list[Mapping[str, object]]:
    """All requested load jobs, as they were sent to BigQuery."""
    sent = [request.json for request in cloud.bigquery.requests if request.method == "POST"]
    return [body for body in sent if isinstance(body, dict) and "load" in body.get("configuration", {})]


def load_numbers(cloud: Cloud) -> list[str]:
    """The numbers of these loads of an object, from the ends of their ids, each once."""
    ids = [str(sent["jobReference"]["jobId"]) for sent in load_requests(cloud)]  # type: ignore[index]
    return [name.rpartition("-")[2] for name in dict.fromkeys(ids)]


def test_the_table_is_made_from_the_contract(cloud: Cloud, warehouse: BigQueryWarehouse):
    warehouse.verify()

    table = cloud.warehouse().get_table(f"{cloud.place.dataset_id}.sales")
    assert [field.name for field in table.schema] == Sale.column_names()
    fields = {field.name: field for field in table.schema}
    assert (fields["amount_paid"].field_type, fields["amount_paid"].mode) == ("NUMERIC", "REQUIRED")
    assert (fields["sold_at"].field_type, fields["country"].mode) == ("TIMESTAMP", "NULLABLE")
    assert fields["country"].description == Sale.columns()["country"].description
    assert table.time_partitioning.field == "sale_date"
    assert table.clustering_fields == ["country", "item_type"]
    assert table.labels == {"application": "bandcamp_assets", "layer": "warehouse"}


def test_a_day_is_loaded_with_every_value_and_type(warehouse: BigQueryWarehouse, objects: Objects):
    warehouse.replace_days({DAY: objects.put(DAY, raw_row(1))})

    rows = warehouse.query(f"select * from {warehouse.relation('sales')}")

    expected = Sale.validate(rows.cast({name: column.dtype for name, column in Sale.columns().items()}))
    assert expected.height == 1
    assert rows["sale_date"].to_list() == [DAY]
    assert rows["amount_paid_usd"].to_list() == [PRICE]


def test_replacing_a_day_leaves_the_others_and_never_duplicates(warehouse: BigQueryWarehouse, objects: Objects):
    warehouse.replace_days(
        {DAY: objects.put(DAY, raw_row(1), raw_row(2)), NEXT_DAY: objects.put(NEXT_DAY, raw_row(86_400))}
    )

    held = warehouse.replace_days({DAY: objects.put(DAY, raw_row(3))}).figures

    assert held == {DAY: DayFigures(1, PRICE)}
    assert warehouse.figures("sales") == {DAY: DayFigures(1, PRICE), NEXT_DAY: DayFigures(1, PRICE)}


def test_a_changed_day_is_one_load_job_into_its_partition(
    cloud: Cloud, warehouse: BigQueryWarehouse, objects: Objects
):
    warehouse.replace_days({DAY: objects.put(DAY, raw_row(1)), NEXT_DAY: objects.put(NEXT_DAY, raw_row(86_400))})
    before = len(load_requests(cloud))

    warehouse.replace_days({DAY: objects.put(DAY, raw_row(2))})

    (sent,) = load_requests(cloud)[before:]
    load = sent["configuration"]["load"]  # type: ignore[index]
    assert load["destinationTable"]["tableId"] == "sales$20200909"
    assert load["sourceUris"] == [f"gs://{cloud.place.bucket}/{sales_key(DAY)}"]
    assert (load["writeDisposition"], load["createDisposition"]) == ("WRITE_TRUNCATE", "CREATE_NEVER")


def test_a_day_without_sales_ends_empty_and_keeps_its_types(
    cloud: Cloud, warehouse: BigQueryWarehouse, objects: Objects
):
    warehouse.replace_days({DAY: objects.put(DAY, raw_row(1)), NEXT_DAY: objects.put(NEXT_DAY, raw_row(86_400))})
    before = cloud.warehouse().get_table(f"{cloud.place.dataset_id}.sales").schema

    for _ in range(3):
        assert warehouse.replace_days({DAY: None}).figures == {}

    assert warehouse.figures("sales") == {NEXT_DAY: DayFigures(1, PRICE)}
    assert cloud.warehouse().get_table(f"{cloud.place.dataset_id}.sales").schema == before


def test_the_same_object_can_be_loaded_again(cloud: Cloud, warehouse: BigQueryWarehouse, objects: Objects):
    stored = objects.put(DAY, raw_row(1))
    for _ in range(4):
        warehouse.replace_days({DAY: stored})

    assert warehouse.figures("sales") == {DAY: DayFigures(1, PRICE)}
    assert load_numbers(cloud) == ["0", "1", "2", "3"]


@pytest.mark.parametrize("effect", [DropAnswer(), HalfAnAnswer()])
def test_a_lost_answer_does_not_load_twice(
    cloud: Cloud, warehouse: BigQueryWarehouse, objects: Objects, effect: object
):
    stored = objects.put(DAY, raw_row(1))
    warehouse.verify()
    cloud.bigquery.inject(effect, method="POST", path=JOBS)

    warehouse.replace_days({DAY: stored})

    first, second = load_requests(cloud)
    assert first["jobReference"] == second["jobReference"]
    # For the two requests, BigQuery ran one job.
    prefix = f"bandcamp-load-{cloud.place.dataset}-"
    assert len([job for job in cloud.warehouse().list_jobs() if job.job_id.startswith(prefix)]) == 1
    assert warehouse.figures("sales") == {DAY: DayFigures(1, PRICE)}


@pytest.mark.parametrize("effect", [Answer(503), Answer(429), DropRequest()])
def test_a_transient_fault_is_retried(
    cloud: Cloud, warehouse: BigQueryWarehouse, objects: Objects, effect: object
):
    stored = objects.put(DAY, raw_row(1))
    warehouse.verify()
    cloud.bigquery.inject(effect, method="POST", path=JOBS, times=2)

    warehouse.replace_days({DAY: stored})

    assert warehouse.figures("sales") == {DAY: DayFigures(1, PRICE)}


@pytest.mark.parametrize("reason", ["backendError", "rateLimitExceeded", "quotaExceeded"])
def test_a_job_that_ends_with_a_transient_fault_is_run_again_as_another_job(
    cloud: Cloud, warehouse: BigQueryWarehouse, objects: Objects, reason: str
):
    stored = objects.put(DAY, raw_row(1))
    warehouse.verify()
    cloud.bigquery.inject(JobFailed(reason), method="GET", path=JOB)

    held = warehouse.replace_days({DAY: stored}).figures

    assert held == {DAY: DayFigures(1, PRICE)}
    assert load_numbers(cloud) == ["0", "1"]


def test_a_job_that_ends_with_a_permanent_fault_is_run_once(
    cloud: Cloud, warehouse: BigQueryWarehouse, objects: Objects
):
    stored = objects.put(DAY, raw_row(1))
    warehouse.verify()
    cloud.bigquery.inject(JobFailed("invalid", "Field price is wrong."), method="GET", path=JOB, times=None)

    with pytest.raises(PlatformError, match=r"A load job failed \(invalid\): Field price is wrong\n"):
        warehouse.replace_days({DAY: stored})

    assert load_numbers(cloud) == ["0"]


def test_a_job_that_lacks_a_permission_names_the_roles(
    cloud: Cloud, warehouse: BigQueryWarehouse, objects: Objects
):
    stored = objects.put(DAY, raw_row(1))
    warehouse.verify()
    denied = JobFailed("accessDenied", "Access Denied: storage.objects.get")
    cloud.bigquery.inject(denied, method="GET", path=JOB, times=None)

    with pytest.raises(PlatformError, match=r"grant roles/bigquery\.dataEditor .*roles/storage\.objectUser"):
        warehouse.replace_days({DAY: stored})


def test_an_id_that_another_principal_may_have_used_is_left_for_a_fresh_one(
    cloud: Cloud, warehouse: BigQueryWarehouse, objects: Objects
):
    stored = objects.put(DAY, raw_row(1))
    warehouse.replace_days({DAY: stored})
    cloud.warehouse().query(f"delete from {warehouse.relation('sales')} where true").result()
    denied = Answer(403, "accessDenied", "Access Denied: Job: User does not have bigquery.jobs.get permission")
    # An id with a suffix is the run's own.
    cloud.bigquery.inject(denied, method="GET", path=r"/jobs/bandcamp-load-\w+-\d+-\d+-\d+\?", times=None)

    held = warehouse.replace_days({DAY: stored}).figures

    assert held == {DAY: DayFigures(1, PRICE)}
    assert len(load_requests(cloud)) == 3  # the first load, the refused id, the fresh one


def test_a_job_that_fails_leaves_the_old_day_and_says_why(
    cloud: Cloud, warehouse: BigQueryWarehouse, objects: Objects
):
    warehouse.replace_days({DAY: objects.put(DAY, raw_row(1))})
    blob = cloud.bucket().blob(sales_key(DAY))
    blob.upload_from_string(blob.download_as_bytes()[:-20])
    broken = StoredObject(f"gs://{cloud.place.bucket}/{sales_key(DAY)}", 1, "", blob.generation)

    with pytest.raises(PlatformError, match="materialize sales_objects for that day again") as error:
        warehouse.replace_days({DAY: broken})

    assert f"partition {DAY}" in error.value.where
    assert warehouse.figures("sales") == {DAY: DayFigures(1, PRICE)}
    again = objects.put(DAY, raw_row(2), raw_row(3))
    assert warehouse.replace_days({DAY: again}).figures == {DAY: DayFigures(2, 2 * PRICE)}


def test_a_row_of_another_day_fails_the_load(warehouse: BigQueryWarehouse, objects: Objects):
    stored = objects.put(NEXT_DAY, raw_row(86_400))

    with pytest.raises(PlatformError, match="load job failed"):
        warehouse.replace_days({DAY: stored})

    assert warehouse.figures("sales") == {}


def test_counting_days_reads_only_their_partitions(cloud: Cloud, warehouse: BigQueryWarehouse, objects: Objects):
    warehouse.replace_days({DAY: objects.put(DAY, raw_row(1))})
    before = len(cloud.bigquery.requests)

    warehouse.figures("sales", [DAY])

    queries = [r.json for r in cloud.bigquery.requests[before:] if r.method == "POST" and r.json]
    texts = [
        body.get("query") if isinstance(body.get("query"), str) else body["configuration"]["query"]["query"]
        for body in queries
        if "query" in body or "query" in body.get("configuration", {})
    ]
    assert "sale_date in (date '2020-09-09')" in texts[-1]


def test_queries_carry_labels_and_a_limit_of_cost(cloud: Cloud, warehouse: BigQueryWarehouse):
    warehouse.query("select 1 as one")

    bodies = [request.json for request in cloud.bigquery.requests if request.method == "POST" and request.json]
    sent = bodies[-1].get("configuration", {}).get("query", bodies[-1])
    labels = bodies[-1].get("labels") or bodies[-1]["configuration"]["labels"]
    assert sent["maximumBytesBilled"] == str(cloud.place.maximum_bytes_billed)
    assert labels["application"] == "bandcamp_assets"


def test_a_missing_table_counts_as_empty(warehouse: BigQueryWarehouse):
    assert warehouse.figures("sales") == {}
    assert warehouse.figures("fct_sales", [DAY]) == {}
    assert not warehouse.has("fct_sales")
    warehouse.verify()
    assert warehouse.has("sales")


def test_a_table_of_other_columns_is_refused(cloud: Cloud, warehouse: BigQueryWarehouse):
    cloud.warehouse().query_and_wait(f"create table `{cloud.place.dataset_id}.sales` (_id string)")

    with pytest.raises(PlatformError, match="rename or delete it and run again"):
        warehouse.verify()


def test_loads_are_refused_without_permission_to_run_jobs(
    cloud: Cloud, warehouse: BigQueryWarehouse, objects: Objects
):
    stored = objects.put(DAY, raw_row(1))
    warehouse.verify()
    cloud.bigquery.inject(
        Answer(403, "accessDenied", "Access Denied: no bigquery.jobs.create"), path=JOBS, times=None
    )

    with pytest.raises(PlatformError, match=r"jobs.create.*\n.*\n.*grant"):
        warehouse.replace_days({DAY: stored})


def test_a_preview_of_rows_costs_no_query(cloud: Cloud, warehouse: BigQueryWarehouse, objects: Objects):
    warehouse.replace_days({DAY: objects.put(DAY, *(raw_row(number) for number in range(3)))})
    client, dataset = cloud.warehouse(), cloud.place.dataset_id
    client.query_and_wait(f"create view `{dataset}.seen` as select * from `{dataset}.sales`")
    before = len([request for request in cloud.bigquery.requests if request.method == "POST"])

    rows, of_view = warehouse.head("sales", 2), warehouse.head("seen", 2)

    assert (rows.height, rows.columns) == (2, Sale.column_names())
    assert of_view.width == 0
    assert len([request for request in cloud.bigquery.requests if request.method == "POST"]) == before


def test_delivered_and_estimated_amounts_are_counted_apart(cloud: Cloud, warehouse: BigQueryWarehouse):
    sales = ", ".join(
        f"struct(date '{DAY}' as sale_date, numeric '{usd}' as amount_paid_usd,"
        f" {mark} as amount_paid_usd_is_estimated)"
        for usd, mark in (("1.10", "false"), ("2.20", "false"), ("0.03", "true"))
    )
    table = f"`{cloud.place.dataset_id}.fct_sales`"
    cloud.warehouse().query(f"create table {table} as select * from unnest([{sales}])").result()

    (figures,) = warehouse.figures("fct_sales", [DAY]).values()

    assert (figures.rows, figures.estimated_rows) == (3, 1)
    assert (figures.amount_paid_usd, figures.estimated_usd) == (Decimal("3.30"), Decimal("0.03"))
