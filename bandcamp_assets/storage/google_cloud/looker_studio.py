"""A link that opens a new Looker Studio report over tables in BigQuery. Makes no request.

It uses Looker Studio's Linking API. Control parameters start with `c.`, those of the report with `r.`, and those
of a data source with `ds.` and its alias. Calculated fields of a data source are lost when a report is copied, so
everything that a chart shows is a column of a mart.
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
        place: The dataset. Its project pays for the report's queries.
        tables: The names of the tables. Each is also the alias of its data source, so the data sources of a
            template must have the same names.

    Returns:
        An address. The browser must be signed in with an account that may read the dataset. The report is blank,
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
