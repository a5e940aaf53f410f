"""The warehouse: the table `bandcamp.sales`, replaced one day at a time. dbt builds the other tables."""

from bandcamp_assets.storage.warehouse.duckdb import DuckDBWarehouse
from bandcamp_assets.storage.warehouse.figures import DayFigures
from bandcamp_assets.storage.warehouse.warehouse import Warehouse

__all__ = ["DayFigures", "DuckDBWarehouse", "Warehouse"]
