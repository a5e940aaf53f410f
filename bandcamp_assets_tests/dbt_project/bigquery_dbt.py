"""Real dbt-bigquery on the emulator, with the same handles as dbt on DuckDB."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl
import pyarrow.parquet as pq
from google.cloud import bigquery

from bandcamp_assets.contract.dialects import bigquery_fields, parquet_schema
from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt, Job
from bandcamp_assets_tests.dbt_project.sales import frame
from bandcamp_assets_tests.emulators.google_cloud import GoogleCloud, Place, bigquery_client

MAXIMUM_BYTES_BILLED = 10_000_000_000
TIMEOUT_SECONDS = 120


def environment(cloud: GoogleCloud, place: Place) -> dict[str, str]:
    """What the profile reads to build in `place` on the emulator."""
    return {
        "DBT_GCP_METHOD": "oauth-secrets",
        "DBT_GCP_PROJECT": place.project,
        "DBT_GCP_DATASET": place.dataset,
        "DBT_GCP_LOCATION": place.location,
        "DBT_GCP_ENDPOINT": cloud.bigquery_endpoint,
        "DBT_GCP_TOKEN": "emulator",
        "DBT_GCP_KEY_FILE": "",
        "DBT_GCP_IMPERSONATE": "",
        "DBT_GCP_MAXIMUM_BYTES_BILLED": str(MAXIMUM_BYTES_BILLED),
        "DBT_GCP_TIMEOUT_SECONDS": str(TIMEOUT_SECONDS),
        "NO_GCE_CHECK": "true",
    }


@dataclass
class BigQueryDbt(Dbt):
    """The dbt project on one dataset of the emulator. The dataset is part of the manifest."""

    cloud: GoogleCloud = field(kw_only=True)
    place: Place = field(kw_only=True)
    target = "gcp"

    @property
    def environment(self) -> dict[str, str]:
        return environment(self.cloud, self.place)

    @cached_property
    def client(self) -> bigquery.Client:
        return bigquery_client(self.cloud.bigquery_endpoint, self.place.project, self.place.location)

    def jobs(self, *, since: int = 0) -> list[Job]:
        """The query jobs that dbt sent for its dataset, but for the first `since` requests of all."""
        requests = [one.get("configuration", one) for one in self.cloud.job_requests()[since:]]
        return [
            one
            for one in requests
            if "dbt_invocation_id" in one.get("labels", {}) and self.place.dataset in one["query"]["query"]
        ]

    def load(self, *rows: dict[str, object]) -> None:
        self.load_frame(frame(rows))

    def load_frame(self, frame: pl.DataFrame) -> None:
        name = f"{self.place.project}.{self.place.dataset}.sales"
        schema = [bigquery.SchemaField.from_api_repr(one) for one in bigquery_fields()]
        table = bigquery.Table(name, schema=schema)
        table.time_partitioning = bigquery.TimePartitioning(field="sale_date")
        table.clustering_fields = ["country", "item_type"]
        self.client.create_table(table, exists_ok=True)
        file = io.BytesIO()
        pq.write_table(frame.to_arrow().cast(parquet_schema()), file)
        file.seek(0)
        job = bigquery.LoadJobConfig(source_format="PARQUET", write_disposition="WRITE_TRUNCATE", schema=schema)
        self.client.load_table_from_file(file, name, job_config=job).result()

    def query(self, sql: str) -> list[tuple[object, ...]]:
        return self.frame(sql).rows()

    def table(self, name: str) -> pl.DataFrame:
        return self.frame(f"select * from {self.place.dataset}.{name}")

    def frame(self, sql: str) -> pl.DataFrame:
        config = bigquery.QueryJobConfig(default_dataset=f"{self.place.project}.{self.place.dataset}")
        rows = self.client.query(sql, job_config=config).result()
        made = pl.from_arrow(rows.to_arrow(create_bqstorage_client=False))
        assert isinstance(made, pl.DataFrame)
        return made
