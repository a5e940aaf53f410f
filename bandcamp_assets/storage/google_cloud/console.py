"""Links to Google Cloud's console, for people."""

from __future__ import annotations

from urllib.parse import quote, urlencode

_CONSOLE = "https://console.cloud.google.com"


def object_link(project: str, bucket: str, name: str) -> str:
    """The page of one object."""
    return f"{_CONSOLE}/storage/browser/_details/{bucket}/{quote(name)}?{urlencode({'project': project})}"


def table_link(project: str, dataset: str, table: str) -> str:
    """The page of one table."""
    query = {"project": project, "ws": f"!1m5!1m4!4m3!1s{project}!2s{dataset}!3s{table}"}
    return f"{_CONSOLE}/bigquery?{urlencode(query, safe='!')}"


def job_link(project: str, location: str, job_id: str) -> str:
    """The page of one job."""
    query = {"project": project, "j": f"bq:{location}:{job_id}", "page": "queryresults"}
    return f"{_CONSOLE}/bigquery?{urlencode(query, safe=':')}"
