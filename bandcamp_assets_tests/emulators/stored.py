"""Objects in a bucket of the storage emulator, for the tests of it."""

from __future__ import annotations

from google.cloud import storage  # type: ignore[attr-defined] # untyped

CHUNK_BYTES = 256 * 1024


def uploaded(bucket: storage.Bucket, name: str, content: bytes = b"content") -> storage.Blob:
    blob = bucket.blob(name)
    blob.upload_from_string(content)
    return blob


def resumable(bucket: storage.Bucket, name: str) -> storage.Blob:
    return bucket.blob(name, chunk_size=CHUNK_BYTES)
