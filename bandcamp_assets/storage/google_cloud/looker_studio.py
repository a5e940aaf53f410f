"""A link that opens a new Looker Studio report over tables in BigQuery. Makes no request.

The address is of Looker Studio's Linking API: control parameters begin with `c.`, the report's with `r.`, and
those of each data source with `ds.` and the source's alias. What a data source computes is lost when a report is
copied, so everything that a chart shows is a column of a mart.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, urlencode

from bandcamp_assets.storage.google_cloud.place import GoogleCloud

REPORT_NAME = "Bandcamp sales"

_CREATE = "https://lookerstudio.google.com/reporting/create"


def report_link(place: GoogleCloud, tables: Iterable[str]) -> str:
    """The address that makes a report with one data source for each table.

    Args:
        place: The dataset; its project pays for the report's queries.
        tables: The tables' names. Each is also the alias of its data source, so a template's data sources must be
            called the same.

    Returns:
        An address for a browser that is signed in with an account that may read the dataset. The report is blank,
        or a copy of `place.looker_studio_template`.
    """
    parameters = {"c.mode": "edit", "r.reportName": REPORT_NAME}
    if place.looker_studio_template:
        parameters["c.reportId"] = place.looker_studio_template
    for table in sorted(tables):
        parameters.update(_data_source(place, table))
    return f"{_CREATE}?{urlencode(parameters, quote_via=quote)}"


def _data_source(place: GoogleCloud, table: str) -> dict[str, str]:
    source = {
        "datasourceName": table,
        "connector": "bigQuery",
        "type": "TABLE",
        "projectId": place.project,
        "datasetId": place.dataset,
        "tableId": table,
        "billingProjectId": place.project,
    }
    return {f"ds.{table}.{name}": value for name, value in source.items()}
