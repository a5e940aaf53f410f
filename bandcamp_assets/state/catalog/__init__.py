"""What the platform knows of its files and days: the commit points of every layer.

A layer writes its data first and its record here last, in one SQLite transaction; data without a record
does not exist. The figures that the reconciliation compares are measured from the data, not read from here.
"""

from bandcamp_assets.state.catalog.catalog import Catalog
from bandcamp_assets.state.catalog.contents import FileContent, ObjectContent
from bandcamp_assets.state.catalog.records import Delivery, Layer, Part

__all__ = [
    "Catalog",
    "Delivery",
    "FileContent",
    "Layer",
    "ObjectContent",
    "Part",
]
