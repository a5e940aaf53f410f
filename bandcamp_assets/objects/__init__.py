"""The object store: the lake's clean days as objects, which the warehouse loads, and the raw files beside them."""

from bandcamp_assets.checksums import checksum
from bandcamp_assets.objects.keys import common_prefix, days_among, raw_key, sales_key
from bandcamp_assets.objects.local import LocalObjectStore
from bandcamp_assets.objects.store import ObjectStore, StoredObject

__all__ = [
    "LocalObjectStore",
    "ObjectStore",
    "StoredObject",
    "checksum",
    "common_prefix",
    "days_among",
    "raw_key",
    "sales_key",
]
