"""The parts that a deployment is made of, chosen in one place from the settings.

Assets get these as resources and do not know which deployment they run in.
"""

from __future__ import annotations

from dataclasses import dataclass

from bandcamp_assets.catalog import Catalog
from bandcamp_assets.dbt.project import DbtWorkspace, fingerprint, locate_project
from bandcamp_assets.objects import LocalObjectStore, ObjectStore
from bandcamp_assets.planning import BuildState
from bandcamp_assets.settings import Settings
from bandcamp_assets.warehouse import DuckDBWarehouse, Warehouse


@dataclass(frozen=True)
class Platform:
    """One deployment's parts.

    Attributes:
        settings: What the user asked for.
        catalog: What is known of files and days.
        object_store: Where the objects lie.
        warehouse: Where the tables lie.
        dbt: The dbt project against that warehouse.
    """

    settings: Settings
    catalog: Catalog
    object_store: ObjectStore
    warehouse: Warehouse
    dbt: DbtWorkspace

    @classmethod
    def assemble(cls, settings: Settings) -> Platform:
        """Choose the parts of the deployment that the settings name. Opens nothing."""
        home = settings.home
        return cls(
            settings=settings,
            catalog=Catalog(home.catalog),
            object_store=LocalObjectStore(home),
            warehouse=DuckDBWarehouse(home.warehouse),
            dbt=DbtWorkspace(
                project_dir=locate_project(),
                home=home.dbt,
                target=settings.deployment,
                env={"DBT_WAREHOUSE_PATH": str(home.warehouse)},
            ),
        )

    def build_state(self) -> BuildState:
        """What is built and what is left to do, for the dbt project as it is now."""
        return BuildState(self.catalog, fingerprint(self.dbt)[:16])

    def resources(self) -> dict[str, object]:
        """The resources of the assets, by the names they ask for."""
        return {
            "settings": self.settings,
            "catalog": self.catalog,
            "object_store": self.object_store,
            "warehouse": self.warehouse,
        }
