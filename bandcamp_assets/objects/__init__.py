"""The object store: the lake's clean days as objects, under keys that the warehouse loads from."""

from bandcamp_assets.objects.local import LocalObjectStore
from bandcamp_assets.objects.store import ObjectStore, StoredObject, checksum, sales_key

__all__ = ["LocalObjectStore", "ObjectStore", "StoredObject", "checksum", "sales_key"]
