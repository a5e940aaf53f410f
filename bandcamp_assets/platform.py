"""The parts that a deployment is made of, chosen in one place from the settings.

Assets get these as resources and do not know which deployment they run in.
"""

from __future__ import annotations

from dataclasses import dataclass

from bandcamp_assets.catalog import Catalog
from bandcamp_assets.dbt.project import DbtWorkspace, locate_project
from bandcamp_assets.objects import LocalObjectStore, ObjectStore
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
                env={"BANDCAMP_WAREHOUSE_PATH": str(home.warehouse)},
            ),
        )

    def resources(self) -> dict[str, object]:
        """The resources of the assets, by the names they ask for."""
        return {
            "settings": self.settings,
            "catalog": self.catalog,
            "object_store": self.object_store,
            "warehouse": self.warehouse,
        }
