"""Runs gcp-storage-emulator on disk with its mends: `python -m bandcamp_assets_tests.emulators.storage`.

Objects lie as files in `<data>/.cloudstorage/<bucket>/<object>`; what is known of them in `.meta` beside the
buckets. Which permissions are granted can be changed while it runs: see `permissions`.

Not mended: object versions (a bucket keeps its `versioning` setting, not the versions), an object whose name
is another's folder (`a` beside `a/b`), names that end with `/`, lifecycle rules, retention of whole buckets,
decompression of gzip objects, suffix ranges, the XML API, signed URLs, permissions inside of a batch, and of IAM
everything but which principal has which permission on a bucket.
"""

from __future__ import annotations

import signal
from pathlib import Path

from gcp_storage_emulator.storage import Storage  # type: ignore[import-untyped]

from bandcamp_assets_tests.emulators import (
    storage_buckets,
    storage_disk,
    storage_lists,
    storage_objects,
    storage_requests,
    storage_retention,
    storage_uploads,
)
from bandcamp_assets_tests.emulators.process import argument_parser, end_with_parent
from bandcamp_assets_tests.emulators.storage_server import StorageServer


def serve(data: Path, port: int, project: str) -> None:
    """Serves until the process is terminated."""
    storage_disk.apply()
    storage_objects.apply()
    storage_uploads.apply()
    storage_retention.apply()
    storage_buckets.apply(data, project)
    storage_lists.apply()
    storage_requests.apply(data)
    storage = Storage(data_dir=str(data.resolve()))
    storage_disk.recover(storage)
    with StorageServer(port, storage) as server:
        server.serve_forever(poll_interval=0.05)


def _end(*_: object) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    arguments = argument_parser(__doc__ or "").parse_args()
    if arguments.end_with_parent:
        end_with_parent()
    signal.signal(signal.SIGTERM, _end)
    serve(arguments.data, arguments.port, arguments.project)
