"""A table of sales in the BigQuery emulator, and Parquet files to load into it: for the tests of loads."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
from google.cloud import bigquery

from bandcamp_assets_tests.emulators.google_cloud import GoogleCloud, Place, bigquery_client, storage_client

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
