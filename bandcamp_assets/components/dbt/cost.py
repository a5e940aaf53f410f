"""The cost of a query as Dagster metadata, from the response of dbt's adapter.

BigQuery reports bytes, slot time and the job. DuckDB reports none of these, so its assets show no cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster import MetadataValue

from bandcamp_assets.storage.google_cloud.console import job_link

ON_DEMAND_USD_PER_TIB = 6.25
"""List price of on-demand analysis in the US multi-region, per TiB billed. Other regions cost more. The first TiB
of a month is free. With reserved slots, bytes are not billed."""

_TIB = 2**40


def cost_metadata(
    response: Mapping[str, Any], *, usd_per_tib: float = ON_DEMAND_USD_PER_TIB, with_link: bool = True
) -> dict[str, MetadataValue]:
    """Describe the cost of one query.

    Args:
        response: dbt's `adapter_response` of a node.
        usd_per_tib: Price of a TiB billed.
        with_link: Whether Google Cloud's console shows the job. It does not for an emulator.

    Returns:
        Those of `bytes_processed`, `bytes_billed`, `slot_seconds`, `estimated_cost_usd`, `job_id` and `job` (a
        link) that the adapter reported.
    """
    metadata: dict[str, MetadataValue] = {}
    if (processed := response.get("bytes_processed")) is not None:
        metadata["bytes_processed"] = MetadataValue.int(int(processed))
    if (billed := response.get("bytes_billed")) is not None:
        metadata["bytes_billed"] = MetadataValue.int(int(billed))
        metadata["estimated_cost_usd"] = MetadataValue.float(int(billed) / _TIB * usd_per_tib)
    if (slot_ms := response.get("slot_ms")) is not None:
        metadata["slot_seconds"] = MetadataValue.float(int(slot_ms) / 1000)
    if job_id := response.get("job_id"):
        metadata["job_id"] = MetadataValue.text(job_id)
        project, location = response.get("project_id"), response.get("location")
        if with_link and project and location:
            metadata["job"] = MetadataValue.url(job_link(project, location, job_id))
    return metadata
