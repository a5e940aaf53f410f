"""A BigQuery dataset as the warehouse."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import date
from types import MappingProxyType
from typing import Any

import polars as pl
import pyarrow as pa
from google.api_core import exceptions as api
from google.cloud import bigquery
from google.cloud.bigquery.retry import DEFAULT_RETRY

from bandcamp_assets.storage.google_cloud.access import verify_dataset, verify_table
from bandcamp_assets.storage.google_cloud.clients import bigquery_client
from bandcamp_assets.storage.google_cloud.console import job_link, table_link
from bandcamp_assets.storage.google_cloud.errors import google_errors, message_of
from bandcamp_assets.storage.google_cloud.place import GoogleCloud
from bandcamp_assets.storage.objects import StoredObject
from bandcamp_assets.storage.warehouse.bigquery_loads import REQUEST_SECONDS, load_day
from bandcamp_assets.storage.warehouse.bigquery_table import LABELS, TABLE, ensure_sales_table
from bandcamp_assets.storage.warehouse.figures import DayFigures
from bandcamp_assets.storage.warehouse.marks import FACT, Marks
from bandcamp_assets.storage.warehouse.warehouse import Replaced
from bandcamp_assets.system.progress import Progress

LOADS_AT_A_TIME = 4
"""Stays below BigQuery's quota of 50 partition changes in ten seconds, as a job takes a second or more."""


class BigQueryWarehouse:
    """The warehouse in a BigQuery dataset. Implements `Warehouse`."""

    keeps_marks = False

    def __init__(self, place: GoogleCloud) -> None:
        self._place = place
        # Without this the client retries for ten minutes, whatever the settings say.
        self._again = DEFAULT_RETRY.with_timeout(place.timeout_seconds)

    @property
    def place(self) -> str:
        """See `Warehouse.place`."""
        return f"{self._place.dataset_id}  (BigQuery, {self._place.location})"

    def verify(self) -> str:
        """See `Warehouse.verify`. Creates the table `sales` if it is missing, which shows that this is allowed."""
        with self._client() as client:
            dataset = verify_dataset(client, self._place)
            ensure_sales_table(client, self._place)
            return f"{dataset}; table {TABLE} {verify_table(client, self._place, TABLE)}"

    def access(self) -> AbstractContextManager[None]:
        """See `Warehouse.access`. Does nothing, as BigQuery isolates writers by itself."""
        return nullcontext()

    def session(self) -> AbstractContextManager[None]:
        """See `Warehouse.session`. Does nothing, as there is no file to open."""
        return nullcontext()

    def relation(self, table: str) -> str:
        """See `Warehouse.relation`."""
        return f"`{self._place.dataset_id}.{table}`"

    def uri(self, table: str) -> str:
        """See `Warehouse.uri`."""
        return f"bigquery://{self._place.project}/{self._place.dataset}/{table}"

    def link(self, table: str) -> Mapping[str, Any]:
        """See `Warehouse.link`."""
        url = table_link(self._place.project, self._place.dataset, table)
        return {"console": url}

    def replace_days(
        self, objects: Mapping[date, StoredObject | None], content: Mapping[date, str] = MappingProxyType({})
    ) -> Replaced:
        """See `Warehouse.replace_days`. Runs one load job for each day, into the day's partition."""
        days = sorted(objects)
        with self._client() as client:
            ensure_sales_table(client, self._place)
            with ThreadPoolExecutor(LOADS_AT_A_TIME, thread_name_prefix="load") as pool:
                # As a list, so that all jobs are submitted, and after an error the others are still waited for.
                futures = [pool.submit(load_day, client, self._place, day, objects[day]) for day in days]
                loads = Progress("sales", "days loaded", len(days)).over(futures)
                jobs = [future.result() for future in loads]
        shown = {day: self._job_metadata(job) for day, job in zip(days, jobs, strict=True)}
        return Replaced(self.figures(TABLE, days), shown)

    def mark_days(self, table: str, content: Mapping[date, str]) -> None:
        """See `Warehouse.mark_days`. Keeps none, as a load job cannot write a mark together with its partition."""

    def mark_tables(self) -> None:
        """See `Warehouse.mark_tables`. Keeps no marks."""

    def marks(self, *, deep: bool = False) -> Marks | None:
        """See `Warehouse.marks`. Keeps no marks. The ledger still counts rows and US dollars of each day."""
        return None

    def changed_days(self, objects: Mapping[date, StoredObject | None]) -> set[date]:
        """See `Warehouse.changed_days`. Does not look, as reading all rows costs money."""
        return set()

    def figures(self, table: str, days: Collection[date] | None = None) -> dict[date, DayFigures]:
        """See `Warehouse.figures`. Reads two or three columns of the partitions of these days."""
        if days is not None and not days:
            return {}
        # Only the fact has estimated amounts. dbt makes them, and marks them.
        estimated = "amount_paid_usd_is_estimated" if table == FACT else "false"
        sql = f"""
            select
                sale_date,
                count(*),
                coalesce(sum(if({estimated}, null, amount_paid_usd)), numeric '0'),
                countif({estimated}),
                coalesce(sum(if({estimated}, amount_paid_usd, null)), numeric '0')
            from {self.relation(table)}
            where {"true" if days is None else _in_days(days)}
            group by sale_date order by sale_date
            """  # noqa: S608 - table names are ours
        with self._client() as client:
            try:
                rows = list(self._run(client, sql, table))
            except api.NotFound as error:
                if not message_of(error).lower().startswith("not found: table"):
                    raise
                return {}
        return {day: DayFigures(*figures) for day, *figures in rows}

    def version(self, table: str) -> str:
        """See `Warehouse.version`. Reads the table's metadata, which is free."""
        found = self._metadata(table)
        if found is None or found.streaming_buffer:
            return ""
        return f"{found.modified}-{found.num_rows}-{found.num_bytes}"

    def has(self, table: str) -> bool:
        """See `Warehouse.has`. Reads the table's metadata, which is free."""
        return self._metadata(table) is not None

    def _metadata(self, table: str) -> bigquery.Table | None:
        name = f"{self._place.dataset_id}.{table}"
        with self._client() as client:
            try:
                return client.get_table(name, retry=self._again, timeout=REQUEST_SECONDS)
            except api.NotFound as error:
                if not message_of(error).lower().startswith("not found: table"):
                    raise
        return None

    def query(self, sql: str) -> pl.DataFrame:
        """See `Warehouse.query`. For small results, which come by REST and not by the storage API."""
        with self._client() as client:
            return _frame(self._run(client, sql, "query").to_arrow(create_bqstorage_client=False))

    def head(self, table: str, rows: int) -> pl.DataFrame:
        """See `Warehouse.head`. Lists rows, which is free. A query would be billed for whole columns."""
        with self._client() as client:
            name = f"{self._place.dataset_id}.{table}"
            found = client.get_table(name, retry=self._again, timeout=REQUEST_SECONDS)
            if found.table_type != "TABLE":
                return pl.DataFrame()
            listed = client.list_rows(found, max_results=rows, retry=self._again, timeout=REQUEST_SECONDS)
            return _frame(listed.to_arrow(create_bqstorage_client=False))

    def read(self, table: str) -> pl.DataFrame:
        """See `Warehouse.read`. Lists the rows, which is free."""
        with self._client() as client:
            name = f"{self._place.dataset_id}.{table}"
            listed = client.list_rows(
                client.get_table(name, retry=self._again, timeout=REQUEST_SECONDS),
                retry=self._again,
                timeout=REQUEST_SECONDS,
            )
            return _frame(listed.to_arrow(create_bqstorage_client=False))

    def _run(self, client: bigquery.Client, sql: str, purpose: str) -> bigquery.table.RowIterator:
        config = bigquery.QueryJobConfig(
            default_dataset=self._place.dataset_id,
            maximum_bytes_billed=self._place.maximum_bytes_billed,
            labels={**LABELS, "purpose": purpose.replace(".", "_")[:63]},
        )
        job = client.query(sql, job_config=config, retry=self._again, timeout=REQUEST_SECONDS)
        return job.result(retry=self._again, timeout=self._place.timeout_seconds)

    def _job_metadata(self, job: bigquery.LoadJob) -> dict[str, Any]:
        return {
            "job_id": str(job.job_id),
            "job": job_link(self._place.project, self._place.location, str(job.job_id)),
            "job_output_rows": int(job.output_rows or 0),
        }

    @contextmanager
    def _client(self) -> Iterator[bigquery.Client]:
        with google_errors(f"dataset {self._place.dataset_id}"), closing(bigquery_client(self._place)) as client:
            yield client


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table becomes a frame, only an array a series
    return frame


def _in_days(days: Collection[date]) -> str:
    """A condition with literals, so that BigQuery does not read other partitions."""
    listed = ", ".join(f"date '{day}'" for day in sorted(days))
    return f"sale_date between date '{min(days)}' and date '{max(days)}' and sale_date in ({listed})"
