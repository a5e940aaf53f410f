"""The mends of the BigQuery emulator outside of loads, each seen by the real client over a socket."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
from google.api_core.exceptions import (
    BadRequest,
    Conflict,
    Forbidden,
    GoogleAPICallError,
    InternalServerError,
    NotFound,
)
from google.api_core.retry import Retry
from google.cloud import bigquery

from bandcamp_assets_tests.emulators.faults import DropAnswer
from bandcamp_assets_tests.emulators.google_cloud import LOCATION, GoogleCloud, Place, bigquery_client
from bandcamp_assets_tests.emulators.proxy import FaultProxy

MEBIBYTE = 1024 * 1024
ONCE = Retry(predicate=lambda error: False)
SCHEMA = [
    bigquery.SchemaField("_id", "STRING", "REQUIRED", description="The key."),
    bigquery.SchemaField("sale_date", "DATE", "REQUIRED"),
    bigquery.SchemaField("amount", "NUMERIC", precision=18, scale=2),
]
A_TEXT, A_DAY, AN_AMOUNT = 8, 8, 16
A_ROW = A_TEXT + A_DAY + AN_AMOUNT


@pytest.fixture(scope="module")
def client(google_cloud: GoogleCloud) -> bigquery.Client:
    return bigquery_client(google_cloud.bigquery_endpoint)


@pytest.fixture
def table(client: bigquery.Client, place: Place) -> bigquery.Table:
    """A table of two days with one sale each."""
    asked = bigquery.Table(f"{place.project}.{place.dataset}.sales", schema=SCHEMA)
    asked.time_partitioning = bigquery.TimePartitioning(field="sale_date")
    asked.clustering_fields = ["_id"]
    asked.labels = {"deployment": "tests"}
    asked.description = "Sales."
    made = client.create_table(asked)
    run(client, f"insert into `{place.dataset}.sales` values ('a', '2020-09-09', 1.5), ('b', '2020-09-10', 2)")
    return made


def run(client: bigquery.Client, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in client.query(sql).result()]


class TestTables:
    def test_what_a_table_was_created_with_is_kept(self, client: bigquery.Client, table: bigquery.Table) -> None:
        kept = client.get_table(table)

        assert kept.schema == SCHEMA
        assert kept.time_partitioning is not None
        assert (kept.time_partitioning.type_, kept.time_partitioning.field) == ("DAY", "sale_date")
        assert (kept.clustering_fields, kept.labels, kept.description) == (
            ["_id"],
            {"deployment": "tests"},
            "Sales.",
        )

    def test_rows_are_those_there_are_now(self, client: bigquery.Client, table: bigquery.Table) -> None:
        assert client.get_table(table).num_rows == 2

        run(client, f"delete from `{table.dataset_id}.sales` where _id = 'a'")

        assert client.get_table(table).num_rows == 1

    def test_a_partition_has_its_own_rows(self, client: bigquery.Client, table: bigquery.Table) -> None:
        assert client.get_table(f"{table.full_table_id.replace(':', '.')}$20200909").num_rows == 1

    def test_a_partition_can_be_deleted_alone(self, client: bigquery.Client, table: bigquery.Table) -> None:
        client.delete_table(f"{table.full_table_id.replace(':', '.')}$20200909")

        assert run(client, f"select _id from `{table.dataset_id}.sales`") == [("b",)]

    def test_a_required_column_refuses_null(self, client: bigquery.Client, table: bigquery.Table) -> None:
        with pytest.raises(GoogleAPICallError, match=r"NOT NULL constraint failed: sales\._id"):
            run(client, f"insert into `{table.dataset_id}.sales` values (null, '2020-09-09', 1)")

        assert client.get_table(table).num_rows == 2

    def test_a_missing_table_and_a_missing_dataset_are_not_found(
        self, client: bigquery.Client, place: Place
    ) -> None:
        with pytest.raises(NotFound, match=f"Not found: Table {place.project}:{place.dataset}.none"):
            client.get_table(f"{place.dataset}.none")
        with pytest.raises(NotFound, match=f"Not found: Dataset {place.project}:none"):
            client.get_dataset("none")

    def test_a_table_that_exists_is_not_created_again(
        self, client: bigquery.Client, table: bigquery.Table
    ) -> None:
        with pytest.raises(Conflict, match="Already Exists: Table"):
            client.create_table(table)

    def test_clustering_by_a_statement_is_kept(self, client: bigquery.Client, place: Place) -> None:
        run(
            client,
            f"create or replace table `{place.dataset}.t` partition by day cluster by kind, name as "
            "select date '2020-09-09' as day, 'a' as kind, 'b' as name",
        )

        made = client.get_table(f"{place.dataset}.t")

        assert made.clustering_fields == ["kind", "name"]
        assert made.time_partitioning is not None
        assert made.time_partitioning.field == "day"

    def test_numeric_keeps_nine_decimals(self, client: bigquery.Client) -> None:
        assert run(client, "select cast('0.123456789' as numeric), safe_cast('1.000000001' as numeric)") == [
            (Decimal("0.123456789"), Decimal("1.000000001"))
        ]


class TestJobs:
    def test_a_job_id_is_used_once(self, client: bigquery.Client) -> None:
        job_id = f"once-{uuid.uuid4().hex}"
        client.query("select 1", job_id=job_id, job_retry=None).result()

        with pytest.raises(Conflict, match=rf"Already Exists: Job .*{job_id}") as refused:
            client.query("select 1", job_id=job_id, job_retry=None)

        assert refused.value.errors[0]["reason"] == "duplicate"

    def test_a_job_is_found_where_it_ran(self, client: bigquery.Client, table: bigquery.Table) -> None:
        job = client.query(f"select * from `{table.dataset_id}.sales`")
        job.result()

        assert job.location == LOCATION
        assert client.get_job(job.job_id, location=LOCATION).state == "DONE"
        with pytest.raises(NotFound, match="Not found: Job"):
            client.get_job(job.job_id, location="US")

    def test_a_job_in_another_location_does_not_find_the_dataset(
        self, client: bigquery.Client, table: bigquery.Table
    ) -> None:
        with pytest.raises(NotFound, match=rf"Dataset .*{table.dataset_id} was not found in location US"):
            client.query(f"select * from `{table.dataset_id}.sales`", location="US").result()

    def test_a_dataset_keeps_its_location(self, client: bigquery.Client, place: Place) -> None:
        assert client.get_dataset(place.dataset).location == LOCATION

    def test_another_project_is_refused(self, google_cloud: GoogleCloud) -> None:
        stranger = bigquery_client(google_cloud.bigquery_endpoint, "another")

        with pytest.raises(Forbidden, match=r"bigquery\.jobs\.create"):
            stranger.query("select 1").result()
        with pytest.raises(NotFound, match="Project another"):
            stranger.get_dataset("none")

    def test_requests_are_recorded_as_they_were_sent(
        self, google_cloud: GoogleCloud, client: bigquery.Client
    ) -> None:
        config = bigquery.QueryJobConfig(labels={"purpose": "test"}, maximum_bytes_billed=7)
        client.query("select 42", job_config=config, job_id_prefix="recorded-").result()

        sent = google_cloud.job_requests()[-1]

        assert sent["jobReference"]["jobId"].startswith("recorded-")
        assert sent["configuration"]["labels"] == {"purpose": "test"}
        assert sent["configuration"]["query"]["maximumBytesBilled"] == "7"

    def test_the_work_of_a_lost_answer_is_done_once(
        self, google_cloud: GoogleCloud, client: bigquery.Client, table: bigquery.Table
    ) -> None:
        job_id = f"lost-{uuid.uuid4().hex}"
        with FaultProxy(google_cloud.bigquery_endpoint) as proxy:
            proxy.inject(DropAnswer(), method="POST", path="/jobs")

            with pytest.raises(Conflict, match=f"Already Exists: Job .*{job_id}"):
                bigquery_client(proxy.endpoint).query(
                    f"insert into `{table.dataset_id}.sales` values ('c', '2020-09-09', 1)",
                    job_id=job_id,
                    job_retry=None,
                )

        assert client.get_job(job_id).state == "DONE"
        assert client.get_table(table).num_rows == 3

    def test_a_query_into_a_table_is_refused_rather_than_forgotten(
        self, client: bigquery.Client, table: bigquery.Table
    ) -> None:
        config = bigquery.QueryJobConfig(destination=table.reference)

        with pytest.raises(GoogleAPICallError, match="not emulated"):
            client.query("select 1", job_config=config, retry=ONCE).result()


class TestPermissions:
    def test_what_is_not_permitted_is_refused(
        self, google_cloud: GoogleCloud, client: bigquery.Client, place: Place, table: bigquery.Table
    ) -> None:
        google_cloud.grant_only(place, on_dataset=["bigquery.tables.get"])

        client.get_table(table)
        with pytest.raises(Forbidden, match=r"bigquery\.datasets\.get denied"):
            client.get_dataset(place.dataset)
        with pytest.raises(Forbidden, match=r"bigquery\.tables\.getData denied"):
            run(client, f"select * from `{place.dataset}.sales`")

    def test_permissions_can_be_asked_for(
        self, google_cloud: GoogleCloud, client: bigquery.Client, place: Place, table: bigquery.Table
    ) -> None:
        asked = ["bigquery.tables.get", "bigquery.tables.updateData"]

        before = client.test_iam_permissions(table, asked)
        google_cloud.grant_only(place, on_dataset=["bigquery.tables.get"])
        after = client.test_iam_permissions(table, asked)

        assert (before, after) == ({"permissions": asked}, {"permissions": ["bigquery.tables.get"]})

    def test_a_principal_has_what_it_was_granted_and_nothing_else(
        self, google_cloud: GoogleCloud, place: Place, table: bigquery.Table
    ) -> None:
        read = ["bigquery.tables.get", "bigquery.tables.getData"]
        google_cloud.grant_only(place, principal="reader", on_dataset=read, on_project=["bigquery.jobs.create"])
        with FaultProxy(google_cloud.bigquery_endpoint, "reader") as proxy:
            reader = bigquery_client(proxy.endpoint)

            assert len(run(reader, f"select * from `{place.dataset}.sales`")) == 2
            assert reader.test_iam_permissions(table, [*read, "bigquery.tables.delete"]) == {"permissions": read}
            with pytest.raises(Forbidden, match=r"bigquery\.tables\.list denied") as refused:
                list(reader.list_tables(place.dataset))
            for sql, lacking in (
                ("delete from `{}.sales` where true", "updateData"),
                ("create table `{}.t` as select 1 as one", "create"),
                ("drop table `{}.sales`", "delete"),
                ("alter table `{}.sales` set options (description = 'x')", "update"),
            ):
                with pytest.raises(Forbidden, match=rf"bigquery\.tables\.{lacking} denied"):
                    run(reader, sql.format(place.dataset))

        assert refused.value.errors[0]["reason"] == "accessDenied"

    def test_a_principal_without_rights_runs_no_job(self, google_cloud: GoogleCloud) -> None:
        with (
            FaultProxy(google_cloud.bigquery_endpoint, "nobody") as proxy,
            pytest.raises(Forbidden, match=r"bigquery\.jobs\.create permission in project"),
        ):
            bigquery_client(proxy.endpoint).query("select 1").result()

    def test_a_job_of_somebody_else_is_not_shown(self, google_cloud: GoogleCloud, place: Place) -> None:
        for principal in ("one", "another"):
            google_cloud.grant_only(place, principal=principal, on_project=["bigquery.jobs.create"])
        with (
            FaultProxy(google_cloud.bigquery_endpoint, "one") as ones,
            FaultProxy(google_cloud.bigquery_endpoint, "another") as anothers,
        ):
            job = bigquery_client(ones.endpoint).query("select 1", job_id_prefix="ones-")
            job.result()

            assert bigquery_client(ones.endpoint).get_job(job.job_id).state == "DONE"
            assert bigquery_client(google_cloud.bigquery_endpoint).get_job(job.job_id).state == "DONE"
            with pytest.raises(Forbidden, match=r"bigquery\.jobs\.get permission for job"):
                bigquery_client(anothers.endpoint).get_job(job.job_id)


class TestRequiredFilters:
    @pytest.fixture
    def filtered(self, client: bigquery.Client, table: bigquery.Table) -> str:
        table.require_partition_filter = True
        client.update_table(table, ["require_partition_filter"])
        return f"`{table.dataset_id}.sales`"

    @pytest.mark.parametrize(
        "sql",
        [
            "select count(*) from {}",
            "select * from {} where amount > 1",
            "delete from {} where amount > 1",
            "merge into {} t using (select 'c' as _id) s on t._id = s._id when matched then delete",
        ],
    )
    def test_a_query_without_the_filter_is_refused(self, client: bigquery.Client, filtered: str, sql: str) -> None:
        for dry_run in (True, False):
            config = bigquery.QueryJobConfig(dry_run=dry_run)
            with pytest.raises(BadRequest, match=r"without a filter over column\(s\) 'sale_date'"):
                client.query(sql.format(filtered), job_config=config).result()

    @pytest.mark.parametrize(
        "sql",
        [
            "select * from {} where sale_date = '2020-09-09'",
            "delete from {} where sale_date between '2020-09-09' and '2020-09-10'",
            "insert into {} values ('c', '2020-09-09', 1)",
            "merge into {} t using (select 'a' as _id) s on t._id = s._id and t.sale_date = '2020-09-09' "
            "when matched then delete",
        ],
    )
    def test_a_query_with_it_and_rows_that_are_added_are_not(
        self, client: bigquery.Client, filtered: str, sql: str
    ) -> None:
        client.query(sql.format(filtered)).result()


class TestCosts:
    def test_a_query_says_what_it_read_and_is_billed(self, client: bigquery.Client, table: bigquery.Table) -> None:
        job = client.query(f"select * from `{table.dataset_id}.sales`")
        job.result()

        assert job.total_bytes_processed == 2 * A_ROW
        assert job.total_bytes_billed == 10 * MEBIBYTE
        assert job.slot_millis is not None
        assert job.slot_millis > 0

    def test_only_the_columns_that_a_query_needs_are_billed(
        self, client: bigquery.Client, table: bigquery.Table
    ) -> None:
        job = client.query(
            f"with s as (select * from `{table.dataset_id}.sales`) select _id from s where amount > 0"
        )
        job.result()

        assert job.total_bytes_processed == 2 * (A_TEXT + AN_AMOUNT)

    def test_a_view_costs_what_its_tables_cost(self, client: bigquery.Client, table: bigquery.Table) -> None:
        run(client, f"create view `{table.dataset_id}.v` as select _id from `{table.dataset_id}.sales`")

        job = client.query(f"select * from `{table.dataset_id}.v`")
        job.result()

        assert job.total_bytes_processed == 2 * A_TEXT

    def test_the_default_dataset_counts(self, client: bigquery.Client, table: bigquery.Table) -> None:
        config = bigquery.QueryJobConfig(default_dataset=f"{table.project}.{table.dataset_id}")

        job = client.query("with s as (select * from sales) select * from s", job_config=config)
        job.result()

        assert job.total_bytes_processed == 2 * A_ROW

    def test_a_query_above_its_limit_fails(self, client: bigquery.Client, table: bigquery.Table) -> None:
        config = bigquery.QueryJobConfig(maximum_bytes_billed=10 * MEBIBYTE - 1)

        job = client.query(f"delete from `{table.dataset_id}.sales` where true", job_config=config)
        with pytest.raises(
            InternalServerError, match=r"Query exceeded limit for bytes billed: 10485759\. 10485760 or higher"
        ):
            job.result(retry=None, job_retry=None)

        assert job.error_result["reason"] == "bytesBilledLimitExceeded"
        assert client.get_table(table).num_rows == 2

    def test_a_dry_run_says_what_it_would_read_and_is_no_job(
        self, client: bigquery.Client, table: bigquery.Table
    ) -> None:
        config = bigquery.QueryJobConfig(dry_run=True)

        job = client.query(f"delete from `{table.dataset_id}.sales` where true", job_config=config)

        assert job.total_bytes_processed == 2 * A_ROW
        assert client.get_table(table).num_rows == 2
        with pytest.raises(NotFound, match=f"Not found: Job .*{job.job_id}"):
            client.get_job(job.job_id)

    def test_a_dry_run_finds_mistakes(self, client: bigquery.Client, table: bigquery.Table) -> None:
        with pytest.raises(BadRequest, match='Referenced column "none" not found'):
            client.query(
                f"select none from `{table.dataset_id}.sales`", job_config=bigquery.QueryJobConfig(dry_run=True)
            )
