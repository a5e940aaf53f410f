"""The records of files and days: the commit points of every layer.

A layer writes its data first. Then it writes its record here, in one SQLite transaction. Data without a record
does not count. The reconciliation compares figures measured from the data. A file or table that has not changed
since is not measured again (`counts`).
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
