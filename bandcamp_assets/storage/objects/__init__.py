"""The object store: the cleaned days as objects, which the warehouse loads, and the archived raw files."""

from bandcamp_assets.storage.objects.keys import common_prefix, days_among, raw_key, sales_key
from bandcamp_assets.storage.objects.local import LocalObjectStore
from bandcamp_assets.storage.objects.putting import put_all
from bandcamp_assets.storage.objects.store import ObjectStore, StoredObject
from bandcamp_assets.system.checksums import checksum

__all__ = [
    "LocalObjectStore",
    "ObjectStore",
    "StoredObject",
    "checksum",
    "common_prefix",
    "days_among",
    "put_all",
    "raw_key",
    "sales_key",
]
