"""The warehouse: the table `bandcamp.sales`, one day replaced at a time. What dbt makes of it is dbt's."""

from bandcamp_assets.storage.warehouse.duckdb import DuckDBWarehouse
from bandcamp_assets.storage.warehouse.figures import DayFigures
from bandcamp_assets.storage.warehouse.warehouse import Warehouse

__all__ = ["DayFigures", "DuckDBWarehouse", "Warehouse"]
