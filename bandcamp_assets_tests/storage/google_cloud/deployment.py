"""The command line on the gcp deployment, and the content of bucket and dataset afterwards."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import Any

import polars as pl

from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.storage.google_cloud.conftest import Cloud


@dataclass(frozen=True)
class GcpHome(TestHome):
    """A home whose store and warehouse are in the emulated Google Cloud."""

    cloud: Cloud

    def environment(self, **settings: str) -> dict[str, str]:
        """This process's environment with the home, the deployment, and some settings."""
        return super().environment(**self.cloud.environment() | settings)

    def bandcamp(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run the command as installed, not forked, as Google's libraries do not work well in forked processes."""
        return self.installed_bandcamp(*arguments, **settings)

    @property
    def deployment(self) -> Deployment:
        """The deployment on this home."""
        return Deployment.assemble(
            Settings.from_env({**self.cloud.environment(), "BANDCAMP_HOME": str(self.root)})
        )

    def objects(self) -> dict[str, tuple[int, str]]:
        """Generation and CRC32C of every object in the bucket."""
        blobs = self.cloud.bucket().client.list_blobs(self.cloud.place.bucket)
        return {blob.name: (blob.generation, blob.crc32c) for blob in blobs}

    def loads(self) -> list[dict[str, Any]]:
        """The configurations of all requested load jobs of days, as they were sent; without dbt's seeds."""
        sent = [request.json for request in self.cloud.bigquery.requests if request.method == "POST"]
        jobs = [body.get("configuration", {}) for body in sent if isinstance(body, dict)]
        loads = [job["load"] for job in jobs if "load" in job]
        return [load for load in loads if load["destinationTable"]["tableId"].startswith("sales$")]

    def queries(self) -> list[str]:
        """The SQL of all requested queries."""
        sent = [request.json for request in self.cloud.bigquery.requests if request.method == "POST"]
        jobs = [body.get("configuration", {}).get("query", body) for body in sent if isinstance(body, dict)]
        return [job["query"] for job in jobs if isinstance(job.get("query"), str)]


def tables(home: TestHome, names: list[str]) -> dict[str, pl.DataFrame]:
    """All rows of some tables and views in a home's warehouse."""
    warehouse = home.deployment.warehouse
    return {name: warehouse.query(f"select * from {warehouse.relation(name)}") for name in names}
