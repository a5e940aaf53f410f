"""The parts of a deployment, chosen in one place from the settings.

Assets get the parts as resources and do not know the deployment in which they run. `defs.resources` registers them
with Dagster.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bandcamp_assets.cluster import verify_workers
from bandcamp_assets.dbt.project import DbtWorkspace, fingerprint, locate_project
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.report.dashboard.version import page_fingerprint
from bandcamp_assets.report.data_package.contents import FORMAT
from bandcamp_assets.sources.inbox import Inboxes, LocalInbox
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.integrity.damage import Survey
from bandcamp_assets.state.integrity.survey import survey_files, take_note
from bandcamp_assets.state.integrity.tables import is_touched, note_warehouse, survey_tables
from bandcamp_assets.state.plan import BuildState
from bandcamp_assets.storage.google_cloud.place import GoogleCloud
from bandcamp_assets.storage.objects import LocalObjectStore, ObjectStore
from bandcamp_assets.storage.warehouse import DuckDBWarehouse, Warehouse
from bandcamp_assets.system.disk import disk_errors
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home


@dataclass(frozen=True)
class Deployment:
    """One deployment's parts.

    Attributes:
        settings: The settings of the user.
        catalog: The records of files and days.
        object_store: The store of the objects.
        warehouse: The warehouse of the tables.
        dbt: The dbt project with that warehouse as its target.
        inboxes: Where people deliver files.
        kinds: Dagster's kinds of the assets of store and warehouse, by the asset's name.
    """

    settings: Settings
    catalog: Catalog
    object_store: ObjectStore
    warehouse: Warehouse
    dbt: DbtWorkspace
    inboxes: Inboxes
    kinds: Mapping[str, str]

    @classmethod
    def assemble(cls, settings: Settings) -> Deployment:
        """Choose the parts of the deployment that the settings name. Opens nothing."""
        return _on_google_cloud(settings, settings.google_cloud) if settings.google_cloud else _local(settings)

    @classmethod
    def of_environment(cls) -> Deployment:
        """The deployment of this process's environment variables."""
        return cls.assemble(Settings.from_env(os.environ))

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Use this deployment for the definitions that the enclosed code loads."""
        token = _IN_USE.set(self)
        try:
            yield
        finally:
            _IN_USE.reset(token)

    def ready_to_load(self) -> Deployment:
        """Prepare the manifest if it is missing or stale, as in a fresh clone. Returns itself.

        Raises:
            PlatformError: If dbt cannot read its project, or the home cannot be written.
        """
        # Imported here, as landing does not need dbt.
        from bandcamp_assets.dbt.manifest import prepare_if_needed

        with disk_errors(self.settings.home.root):
            self.settings.home.make_root()
            prepare_if_needed(self.dbt)
        return self

    def verify(self) -> None:
        """Check that store and warehouse exist and can be written, and that a configured cluster works.

        To be called before any data is moved.

        Raises:
            PlatformError: If one of them cannot be used.
        """
        self.object_store.verify()
        self.warehouse.verify()
        if self.settings.dask_scheduler:
            verify_workers(self.settings.dask_scheduler, self.settings.home)

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """The manifest of the dbt project, read once.

        Raises:
            PlatformError: If it is missing or stale.
        """
        from bandcamp_assets.dbt.manifest import load_manifest

        return load_manifest(self.dbt)

    def build_state(self) -> BuildState:
        """What is built and what is left to do, for the present dbt project."""
        home = self.settings.home
        return BuildState(
            self.catalog,
            hashlib.sha256(f"{fingerprint(self.dbt)} {self.dbt.endpoint}".encode()).hexdigest()[:16],
            page=page_fingerprint(),
            tables=FORMAT,
            pages=(home.dashboard_page, home.docs_page),
            warehouse=self.warehouse,
        )

    def survey(self, *, deep: bool = False) -> Survey:
        """Look for lost or damaged files, objects and tables, and record the findings in the catalog.

        Args:
            deep: Compare everything by checksum, not only files whose size or time changed.

        Raises:
            PlatformError: If the catalog, the store or the warehouse cannot be read.
        """
        home, catalog = self.settings.home, self.catalog
        if not catalog.path.exists():
            return Survey()
        files = survey_files(home, catalog, self.object_store, deep=deep)
        deep = deep or (self.warehouse.keeps_marks and is_touched(home, catalog))
        tables = survey_tables(catalog, self.object_store, self.warehouse, deep=deep)
        if deep and not tables.damage:
            self.note_tables()
        take_note(home, catalog, files)
        return Survey.of([files, tables])

    def note_tables(self) -> None:
        """Record in the catalog that the tables are right as they are now."""
        if self.warehouse.keeps_marks:
            note_warehouse(self.settings.home, self.catalog)


_IN_USE: ContextVar[Deployment] = ContextVar("deployment")


def current_deployment() -> Deployment:
    """The deployment of the definitions that are being loaded: the one in use, or else that of the environment."""
    return _IN_USE.get(None) or Deployment.of_environment()


def local_workspace(home: Home) -> DbtWorkspace:
    """The dbt project with the settings of the local deployment."""
    return DbtWorkspace(locate_project(), home.dbt, "local", {"DBT_WAREHOUSE_PATH": str(home.warehouse)})


def _local(settings: Settings) -> Deployment:
    home = settings.home
    return Deployment(
        settings=settings,
        catalog=Catalog(home.catalog),
        object_store=LocalObjectStore(home),
        warehouse=DuckDBWarehouse(home.warehouse),
        dbt=local_workspace(home),
        inboxes=Inboxes((LocalInbox(home.inbox),)),
        kinds={"raw_objects": "file", "sales_objects": "file", "sales": "duckdb"},
    )


def _on_google_cloud(settings: Settings, place: GoogleCloud) -> Deployment:
    # Imported here, as the clients take a second to load, and the local deployment has no Google package.
    try:
        from bandcamp_assets.storage.google_cloud.inbox import GcsInbox
        from bandcamp_assets.storage.objects.gcs import GcsObjectStore
        from bandcamp_assets.storage.warehouse.bigquery import BigQueryWarehouse
    except ImportError as error:
        raise PlatformError(
            f"A package for Google Cloud is not installed: {error.name}",
            where="the Python environment, BANDCAMP_DEPLOYMENT",
            remedy="install the extra `gcp` (`pip install 'bandcamp-assets[gcp]'`), or unset the setting",
        ) from error

    home = settings.home
    return Deployment(
        settings=settings,
        catalog=Catalog(home.catalog, place=f"{place.bucket_uri} {place.dataset_id}"),
        object_store=GcsObjectStore(place, home),
        warehouse=BigQueryWarehouse(place),
        dbt=DbtWorkspace(project_dir=locate_project(), home=home.dbt, target="gcp", env=_dbt_settings(place)),
        inboxes=Inboxes((LocalInbox(home.inbox), GcsInbox(place))),
        kinds={"raw_objects": "gcs", "sales_objects": "gcs", "sales": "bigquery"},
    )


def _dbt_settings(place: GoogleCloud) -> dict[str, str]:
    """The variables of the profile. An emulator gets a synthetic token: Google is asked for no real one."""
    return {
        "DBT_GCP_METHOD": "oauth-secrets" if place.is_emulated else "oauth",
        "DBT_GCP_TOKEN": "emulator" if place.is_emulated else "",
        "DBT_GCP_PROJECT": place.project,
        "DBT_GCP_DATASET": place.dataset,
        "DBT_GCP_LOCATION": place.location,
        "DBT_GCP_ENDPOINT": place.bigquery_endpoint,
        "DBT_GCP_IMPERSONATE": "" if place.is_emulated else place.impersonate,
        "DBT_GCP_MAXIMUM_BYTES_BILLED": str(place.maximum_bytes_billed),
        "DBT_GCP_TIMEOUT_SECONDS": str(place.timeout_seconds),
    }
