"""The table `sales` in BigQuery, defined by the contract.

Why these partitions and clusters:

- Partitioned by day of sale, because the day is the unit of all work here. A load replaces only one partition, and
  a query of some days is billed only for these days. With months, each new day would rewrite thirty. With hours,
  there would be thousands of partitions of a few kilobytes.
- Clustered by country, then item type, because people filter and group by these, and both have few values. Country
  comes first, because nearly every question uses it, and its 200 values narrow a query more than four item types.
  Days of today's size (a few megabytes) are too small for clusters to save money. They save it once a day holds
  hundreds of megabytes, and cost nothing until then.
"""

from __future__ import annotations

from typing import Any

from google.api_core import exceptions as api
from google.cloud import bigquery
from google.cloud.bigquery.retry import DEFAULT_RETRY

from bandcamp_assets.contract.dialects import bigquery_fields
from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.storage.google_cloud.errors import google_errors
from bandcamp_assets.storage.google_cloud.place import GoogleCloud
from bandcamp_assets.system.errors import PlatformError

TABLE = "sales"
PARTITION_COLUMN = "sale_date"
CLUSTER_COLUMNS = ("country", "item_type")
LABELS = {"application": "bandcamp_assets", "layer": "warehouse"}
REQUEST_SECONDS = 60


def sales_table(place: GoogleCloud) -> bigquery.Table:
    """The definition of the table."""
    fields = [bigquery.SchemaField.from_api_repr(field) for field in bigquery_fields()]
    table = bigquery.Table(f"{place.dataset_id}.{TABLE}", schema=fields)
    table.description = (Sale.__doc__ or "").strip() or "Sales on Bandcamp, one row each, as delivered and typed."
    table.time_partitioning = bigquery.TimePartitioning(
        type_=bigquery.TimePartitioningType.DAY, field=PARTITION_COLUMN
    )
    table.clustering_fields = list(CLUSTER_COLUMNS)
    table.labels = dict(LABELS)
    return table


def ensure_sales_table(client: bigquery.Client, place: GoogleCloud) -> None:
    """Create the table if it is missing. Refuse a table that does not match the contract.

    Raises:
        PlatformError: If the table has other columns, or cannot be created.
    """
    wanted = sales_table(place)
    where = f"table {place.dataset_id}.{TABLE}"
    again = DEFAULT_RETRY.with_timeout(place.timeout_seconds)
    with google_errors(where, role="roles/bigquery.dataEditor on the dataset"):
        try:
            found = client.get_table(wanted.reference, retry=again, timeout=REQUEST_SECONDS)
        except api.NotFound:
            client.create_table(wanted, exists_ok=True, retry=again, timeout=REQUEST_SECONDS)
            return
    differing = _differences(wanted, found)
    if differing:
        raise PlatformError(
            f"The table does not match this version's contract: {', '.join(differing[:5])}",
            where=where,
            remedy="rename or delete it and run again: it is loaded again from the objects",
        )


def _differences(wanted: bigquery.Table, found: bigquery.Table) -> list[str]:
    held = {field.name: _shape(field) for field in found.schema}
    named = {field.name: _shape(field) for field in wanted.schema}
    columns = [name for name in {**named, **held} if named.get(name) != held.get(name)]
    partitions = found.time_partitioning.field if found.time_partitioning else None
    return columns + ([] if partitions == PARTITION_COLUMN else [f"not partitioned by {PARTITION_COLUMN}"])


def _shape(field: bigquery.SchemaField) -> tuple[Any, ...]:
    return (field.field_type, field.mode, field.precision, field.scale)
