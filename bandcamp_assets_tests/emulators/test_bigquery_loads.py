"""Load jobs of the BigQuery emulator behave as BigQuery's: by name, into one partition, whole or not at all."""

from __future__ import annotations

import io
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from google.api_core.exceptions import BadRequest, Conflict, GoogleAPICallError, NotFound
from google.api_core.retry import Retry
from google.cloud import bigquery

from bandcamp_assets_tests.emulators.bigquery_parquet import columns_of_file
from bandcamp_assets_tests.emulators.faults import DropAnswer
from bandcamp_assets_tests.emulators.google_cloud import GoogleCloud, Place, bigquery_client, storage_client
from bandcamp_assets_tests.emulators.proxy import FaultProxy

DAY = date(2020, 9, 9)
NEXT_DAY = date(2020, 9, 10)
SCHEMA = [
    bigquery.SchemaField("_id", "STRING", "REQUIRED"),
    bigquery.SchemaField("sale_date", "DATE", "REQUIRED"),
    bigquery.SchemaField("amount", "NUMERIC"),
    bigquery.SchemaField("sold_at", "TIMESTAMP"),
]
Sale = tuple[str | None, date, Decimal | None]


class Sales:
    """A partitioned table, and files to load into it."""

    def __init__(self, cloud: GoogleCloud, place: Place) -> None:
        self.place = place
        self.client = bigquery_client(cloud.bigquery_endpoint)
        self._bucket = storage_client(cloud.storage_endpoint).bucket(place.bucket)
        self.id = f"{place.project}.{place.dataset}.sales"
        table = bigquery.Table(self.id, schema=SCHEMA)
        table.time_partitioning = bigquery.TimePartitioning(field="sale_date")
        self.client.create_table(table)

    def upload(self, name: str, content: bytes) -> str:
        self._bucket.blob(name).upload_from_string(content)
        return f"gs://{self.place.bucket}/{name}"

    def load(
        self, uris: str | Sequence[str], day: date | None = DAY, job_id: str | None = None, **options: object
    ) -> bigquery.LoadJob:
        target = f"{self.id}${day:%Y%m%d}" if day else self.id
        job = self.client.load_table_from_uri(uris, target, job_config=config(**options), job_id=job_id)
        job.result()
        return job

    def rows(self) -> list[Sale]:
        found = self.client.query(f"select _id, sale_date, amount from `{self.id}` order by _id").result()
        return [tuple(row.values()) for row in found]


@pytest.fixture
def sales(google_cloud: GoogleCloud, place: Place) -> Sales:
    return Sales(google_cloud, place)


@pytest.fixture
def loaded(sales: Sales) -> Sales:
    """One sale on each of two days."""
    sales.load(sales.upload("first", parquet([("a", DAY, Decimal("1.5"))])))
    sales.load(sales.upload("second", parquet([("z", NEXT_DAY, Decimal(9))])), NEXT_DAY)
    return sales


BEFORE = [("a", DAY, Decimal("1.5")), ("z", NEXT_DAY, Decimal(9))]


def config(**options: object) -> bigquery.LoadJobConfig:
    given: dict[str, Any] = {
        "source_format": "PARQUET",
        "write_disposition": "WRITE_TRUNCATE",
        "create_disposition": "CREATE_NEVER",
        "schema": SCHEMA,
    } | options
    return bigquery.LoadJobConfig(**given)


def frame(rows: Sequence[Sale]) -> pl.DataFrame:
    """Sales with their columns in another order than the table's."""
    schema = pl.Schema([("_id", pl.String()), ("sale_date", pl.Date()), ("amount", pl.Decimal(18, 2))])
    at = pl.lit(datetime(2020, 9, 9, 1, tzinfo=UTC)).dt.cast_time_unit("us").alias("sold_at")
    return pl.DataFrame(list(rows), schema=schema, orient="row").select(at, "amount", "_id", "sale_date")


def parquet(rows: Sequence[Sale], **changed: pl.Expr) -> bytes:
    file = io.BytesIO()
    frame(rows).with_columns(**changed).write_parquet(file)
    return file.getvalue()


class TestPartitions:
    def test_a_day_is_replaced_and_no_other(self, loaded: Sales) -> None:
        job = loaded.load(loaded.upload("new", parquet([("b", DAY, Decimal(2)), ("c", DAY, None)])))

        assert loaded.rows() == [("b", DAY, Decimal(2)), ("c", DAY, None), ("z", NEXT_DAY, Decimal(9))]
        assert (job.output_rows, job.input_files) == (2, 1)

    def test_a_row_outside_of_the_partition_fails_the_job(self, loaded: Sales) -> None:
        uri = loaded.upload("new", parquet([("b", DAY, None), ("c", NEXT_DAY, None)]))

        with pytest.raises(BadRequest, match="different partitions rather than destination partition 20200909"):
            loaded.load(uri)

        assert loaded.rows() == BEFORE

    def test_an_empty_file_empties_the_day(self, loaded: Sales) -> None:
        loaded.load(loaded.upload("none", parquet([])))

        assert loaded.rows() == BEFORE[1:]

    def test_rows_are_appended_to_a_day(self, loaded: Sales) -> None:
        loaded.load(loaded.upload("new", parquet([("b", DAY, None)])), write_disposition="WRITE_APPEND")

        assert [row[0] for row in loaded.rows()] == ["a", "b", "z"]

    def test_an_empty_day_is_asked_for(self, loaded: Sales) -> None:
        with pytest.raises(GoogleAPICallError, match="Already Exists"):
            loaded.load(loaded.upload("new", parquet([])), write_disposition="WRITE_EMPTY")

    def test_a_partition_that_is_no_day_is_refused(self, loaded: Sales) -> None:
        uri = loaded.upload("new", parquet([]))

        with pytest.raises(BadRequest, match="Invalid time partition name"):
            loaded.client.load_table_from_uri(uri, f"{loaded.id}$september", job_config=config()).result()

    def test_without_a_partition_the_whole_table_is_replaced(self, loaded: Sales) -> None:
        loaded.load(loaded.upload("new", parquet([("b", NEXT_DAY, None)])), None)

        assert loaded.rows() == [("b", NEXT_DAY, None)]


class TestSchemas:
    def test_columns_are_loaded_by_name(self, sales: Sales) -> None:
        sales.load(sales.upload("sale_date=1999-01-01/a", parquet([("a", DAY, Decimal("0.01"))])))

        assert sales.rows() == [("a", DAY, Decimal("0.01"))]

    def test_null_in_a_required_column_fails_the_job_and_names_it(self, loaded: Sales) -> None:
        uri = loaded.upload("new", parquet([("b", DAY, None), (None, DAY, None)]))

        with pytest.raises(BadRequest, match="Required column '_id' has null values") as failed:
            loaded.load(uri)

        assert uri in str(failed.value)
        assert loaded.rows() == BEFORE

    def test_a_job_lists_all_its_errors(self, loaded: Sales) -> None:
        uri = loaded.upload("new", parquet([(None, DAY, None)], sale_date=pl.lit(None, pl.Date)))
        job = loaded.client.load_table_from_uri(uri, loaded.id, job_config=config())
        with pytest.raises(BadRequest):
            job.result()

        assert [error["message"].split(". File")[0] for error in job.errors[1:]] == [
            "Required column '_id' has null values",
            "Required column 'sale_date' has null values",
        ]

    def test_a_column_of_another_type_is_refused(self, loaded: Sales) -> None:
        content = parquet([("b", DAY, Decimal(1))], amount=pl.col("amount").cast(pl.Float64))

        with pytest.raises(BadRequest, match="column 'amount' has type FLOAT which does not match"):
            loaded.load(loaded.upload("new", content))

        assert loaded.rows() == BEFORE

    def test_without_a_schema_of_the_job_the_files_own_must_be_the_tables(self, loaded: Sales) -> None:
        with pytest.raises(BadRequest, match="Field _id has changed mode from REQUIRED to NULLABLE"):
            loaded.load(loaded.upload("new", parquet([("b", DAY, None)])), schema=None)

    def test_a_file_that_declares_required_columns_needs_no_schema(self, loaded: Sales) -> None:
        table = frame([("b", DAY, Decimal(1))]).to_arrow()
        required = pa.schema([f.with_nullable(f.name not in {"_id", "sale_date"}) for f in table.schema])
        file = io.BytesIO()
        pq.write_table(table.cast(required), file)

        loaded.load(loaded.upload("new", file.getvalue()), schema=None)

        assert loaded.rows()[0] == ("b", DAY, Decimal(1))

    def test_an_unknown_column_is_refused(self, loaded: Sales) -> None:
        schema = [*SCHEMA, bigquery.SchemaField("extra", "STRING")]

        with pytest.raises(BadRequest, match=r"Cannot add fields \(field: extra\)"):
            loaded.load(loaded.upload("new", parquet([], extra=pl.lit("x"))), schema=schema)

    def test_a_required_column_must_be_there(self, loaded: Sales) -> None:
        with pytest.raises(BadRequest, match="Field _id is missing in new schema"):
            loaded.load(loaded.upload("new", parquet([])), schema=SCHEMA[1:])

    def test_bytes_that_are_no_parquet_fail_the_job(self, loaded: Sales) -> None:
        with pytest.raises(BadRequest, match="not in Parquet format"):
            loaded.load(loaded.upload("new", b"no parquet"))

        assert loaded.rows() == BEFORE

    def test_a_corrupt_file_fails_the_job_and_leaves_the_day(self, loaded: Sales) -> None:
        good = bytearray(parquet([(f"n{number}", DAY, Decimal(number)) for number in range(500)]))
        good[20:400] = bytes(380)

        with pytest.raises(BadRequest):
            loaded.load(loaded.upload("new", bytes(good)))

        assert loaded.rows() == BEFORE

    @pytest.mark.parametrize(
        ("dtype", "expected"),
        [
            (pa.decimal128(18, 2), "NUMERIC"),
            (pa.decimal128(38, 9), "NUMERIC"),
            (pa.decimal128(38, 10), "BIGNUMERIC"),
            (pa.timestamp("us", "UTC"), "TIMESTAMP"),
            (pa.timestamp("us"), "DATETIME"),
            (pa.dictionary(pa.int32(), pa.string()), "STRING"),
            (pa.int32(), "INTEGER"),
            (pa.binary(), "BYTES"),
        ],
    )
    def test_types_of_parquet_become_types_of_bigquery(self, dtype: pa.DataType, expected: str) -> None:
        columns = columns_of_file(pa.schema([("c", dtype)]), ["NUMERIC", "BIGNUMERIC"])

        assert [column.type for column in columns] == [expected]


class TestSources:
    def test_a_star_stands_for_any_text(self, sales: Sales) -> None:
        sales.upload("day/1.parquet", parquet([("a", DAY, None)]))
        sales.upload("day/deep/2.parquet", parquet([("b", DAY, None)]))
        sales.upload("other/3.parquet", parquet([("c", DAY, None)]))

        job = sales.load(f"gs://{sales.place.bucket}/day/*.parquet")

        assert [row[0] for row in sales.rows()] == ["a", "b"]
        assert job.input_files == 2

    def test_a_missing_object_fails_the_job(self, loaded: Sales) -> None:
        with pytest.raises(NotFound, match="Not found: URI gs://"):
            loaded.load(f"gs://{loaded.place.bucket}/none.parquet")

        assert loaded.rows() == BEFORE

    def test_one_bad_file_of_two_leaves_the_day(self, loaded: Sales) -> None:
        good, bad = (
            loaded.upload("1", parquet([("b", DAY, None)])),
            loaded.upload("2", parquet([(None, DAY, None)])),
        )

        with pytest.raises(BadRequest):
            loaded.load([good, bad])

        assert loaded.rows() == BEFORE

    @pytest.mark.parametrize("size_known", [True, False], ids=["multipart", "resumable"])
    def test_a_file_that_is_sent_along_is_loaded_under_its_job_id(self, loaded: Sales, size_known: bool) -> None:
        content, job_id = parquet([("b", DAY, Decimal(3))]), f"sent-{uuid.uuid4().hex}"
        target = f"{loaded.id}$20200909"
        size = len(content) if size_known else None

        job = loaded.client.load_table_from_file(
            io.BytesIO(content), target, size=size, job_id=job_id, job_config=config()
        )
        job.result()

        assert loaded.rows() == [("b", DAY, Decimal(3)), BEFORE[1]]
        assert loaded.client.get_job(job_id).state == "DONE"
        with pytest.raises(Conflict):
            loaded.client.load_table_from_file(
                io.BytesIO(content), target, size=size, job_id=job_id, job_config=config()
            )

    @pytest.mark.parametrize("size_known", [True, False], ids=["multipart", "resumable"])
    def test_an_empty_file_that_is_sent_along_empties_the_day(self, loaded: Sales, size_known: bool) -> None:
        content = parquet([])

        loaded.client.load_table_from_file(
            io.BytesIO(content),
            f"{loaded.id}$20200909",
            size=len(content) if size_known else None,
            job_config=config(),
        ).result()

        assert loaded.rows() == BEFORE[1:]

    def test_a_lost_answer_to_the_last_part_is_asked_for_again(
        self, google_cloud: GoogleCloud, loaded: Sales
    ) -> None:
        with FaultProxy(google_cloud.bigquery_endpoint) as proxy:
            proxy.inject(DropAnswer(), method="PUT")
            bigquery_client(proxy.endpoint).load_table_from_file(
                io.BytesIO(parquet([("b", DAY, None)])), f"{loaded.id}$20200909", job_config=config()
            ).result()

        assert loaded.rows() == [("b", DAY, None), BEFORE[1]]


class TestJobs:
    def test_a_job_id_loads_once(self, loaded: Sales) -> None:
        job_id = f"once-{uuid.uuid4().hex}"
        uri = loaded.upload("new", parquet([("b", DAY, None)]))
        loaded.load(uri, job_id=job_id, write_disposition="WRITE_APPEND")

        with pytest.raises(Conflict, match="Already Exists: Job"):
            loaded.load(uri, job_id=job_id, write_disposition="WRITE_APPEND")

        assert [row[0] for row in loaded.rows()] == ["a", "b", "z"]
        assert loaded.client.get_job(job_id).state == "DONE"

    def test_a_failed_job_is_kept_with_its_error(self, loaded: Sales) -> None:
        job_id = f"failed-{uuid.uuid4().hex}"
        with pytest.raises(BadRequest):
            loaded.load(loaded.upload("new", b"no parquet"), job_id=job_id)

        assert loaded.client.get_job(job_id).error_result["reason"] == "invalid"

    def test_a_job_that_was_just_sent_runs_until_asked_for(self, loaded: Sales) -> None:
        uri = loaded.upload("new", parquet([("b", DAY, None)]))
        job = loaded.client.load_table_from_uri(uri, f"{loaded.id}$20200909", job_config=config())

        assert job.state == "RUNNING"
        assert job.done()
        assert job.output_rows == 1

    def test_a_table_is_not_created_where_that_is_forbidden(self, sales: Sales) -> None:
        uri = sales.upload("new", parquet([]))

        with pytest.raises(NotFound, match="Not found: Table"):
            sales.client.load_table_from_uri(uri, f"{sales.place.dataset}.none", job_config=config()).result()

    def test_a_table_is_created_with_its_partitions_and_clusters(self, sales: Sales) -> None:
        uri = sales.upload("new", parquet([("a", DAY, Decimal(1))]))
        options = config(
            create_disposition="CREATE_IF_NEEDED",
            time_partitioning=bigquery.TimePartitioning(field="sale_date"),
            clustering_fields=["_id"],
        )
        name = f"{sales.place.dataset}.made"

        sales.client.load_table_from_uri(uri, name, job_config=options).result()

        made = sales.client.get_table(name)
        assert (made.schema, made.num_rows, made.clustering_fields) == (SCHEMA, 1, ["_id"])
        assert made.time_partitioning is not None
        assert made.time_partitioning.field == "sale_date"

    def test_a_missing_dataset_is_not_found(self, sales: Sales) -> None:
        uri = sales.upload("new", parquet([]))

        with pytest.raises(NotFound, match="Not found: Dataset"):
            sales.client.load_table_from_uri(uri, "none.sales", job_config=config()).result()


def test_a_kill_in_the_middle_of_a_load_leaves_the_old_rows_or_the_new(tmp_path: Path) -> None:
    cloud = GoogleCloud(tmp_path).start()
    try:
        sales = Sales(cloud, cloud.fresh())
        sales.load(sales.upload("first", parquet([("a", DAY, None)])))
        many = frame([("a", DAY, None)]).select(pl.all().repeat_by(400_000).explode())
        file = io.BytesIO()
        many.write_parquet(file)
        uri = sales.upload("many", file.getvalue())

        with ThreadPoolExecutor(1) as pool:
            load = pool.submit(sales.load, uri, job_id="killed")
            while not any(sent["jobReference"]["jobId"] == "killed" for sent in cloud.job_requests()):
                time.sleep(0.005)
            time.sleep(0.1)
            cloud.bigquery.restart_after_kill()
            load.exception()

        assert sales.client.get_table(sales.id).num_rows in {1, 400_000}
        sales.load(uri, job_id="again")
        assert sales.client.get_table(sales.id).num_rows == 400_000
    finally:
        cloud.stop()


def test_everything_survives_a_kill(tmp_path: Path) -> None:
    cloud = GoogleCloud(tmp_path).start()
    try:
        sales = Sales(cloud, cloud.fresh())
        job = sales.load(sales.upload("first", parquet([("a", DAY, Decimal("1.5"))])))
        before = sales.client.get_table(sales.id)

        cloud.bigquery.kill()
        with pytest.raises(Exception, match="Connection"):
            sales.client.get_table(sales.id, retry=Retry(predicate=lambda error: False))
        cloud.bigquery.start()

        after = sales.client.get_table(sales.id)
        assert (after.num_rows, after.schema, after.location) == (1, before.schema, before.location)
        kept = sales.client.get_job(job.job_id)
        assert isinstance(kept, bigquery.LoadJob)
        assert kept.output_rows == 1
        assert sales.rows() == [("a", DAY, Decimal("1.5"))]
        assert sales.client.get_dataset(sales.place.dataset).location == sales.place.location
    finally:
        cloud.stop()
