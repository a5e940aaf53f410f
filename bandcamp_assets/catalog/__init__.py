"""What the platform knows of its files and days: the commit points of every layer.

A layer writes its data first and its record here last, in one SQLite transaction; data without a record
does not exist. The figures that the reconciliation compares are measured from the data, not read from here.
"""

from bandcamp_assets.catalog.catalog import Catalog
from bandcamp_assets.catalog.contents import FileContent, ObjectContent
from bandcamp_assets.catalog.records import CleanedDay, Delivery, Layer, Part, RawFile, StagedDay, StagedFile

__all__ = [
    "Catalog",
    "CleanedDay",
    "Delivery",
    "FileContent",
    "Layer",
    "ObjectContent",
    "Part",
    "RawFile",
    "StagedDay",
    "StagedFile",
]
