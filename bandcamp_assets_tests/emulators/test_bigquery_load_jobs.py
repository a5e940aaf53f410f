"""Load jobs of the BigQuery emulator: where their files come from, their ids and errors, and kills meanwhile."""

from __future__ import annotations

import io
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from google.api_core.exceptions import BadRequest, Conflict, Forbidden, NotFound
from google.api_core.retry import Retry
from google.cloud import bigquery

from bandcamp_assets_tests.emulators.faults import DropAnswer
from bandcamp_assets_tests.emulators.google_cloud import GoogleCloud, bigquery_client
from bandcamp_assets_tests.emulators.loading import (
    BEFORE,
    DAY,
    SCHEMA,
    Sales,
    config,
    frame,
    parquet,
)
from bandcamp_assets_tests.emulators.proxy import FaultProxy


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

        with pytest.raises(BadRequest, match=f"Required column '_id' has null values. File: {bad}"):
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
        with pytest.raises(Conflict, match=f"Already Exists: Job .*{job_id}"):
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
        with pytest.raises(BadRequest, match="Input file is not in Parquet format"):
            loaded.load(loaded.upload("new", b"no parquet"), job_id=job_id)

        assert loaded.client.get_job(job_id).error_result["reason"] == "invalid"

    def test_a_job_that_may_not_read_the_file_ends_denied(self, google_cloud: GoogleCloud, loaded: Sales) -> None:
        uri = loaded.upload("new", parquet([("b", DAY, None)]))
        google_cloud.grant_only(loaded.place, on_bucket=["storage.buckets.get"])

        job = loaded.client.load_table_from_uri(uri, f"{loaded.id}$20200909", job_config=config())
        with pytest.raises(Forbidden, match=f"Access Denied: File {uri}"):
            job.result()

        assert job.error_result["reason"] == "accessDenied"
        assert loaded.rows() == BEFORE

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
