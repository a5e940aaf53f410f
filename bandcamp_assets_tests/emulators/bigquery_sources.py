"""The files that a load job reads, and how a load job fails."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from bqemulator.api.dependencies import AppContext
from bqemulator.jobs import executor

from bandcamp_assets_tests.emulators.permissions import caller, granted

_NEEDED = ["storage.buckets.get", "storage.objects.get"]


class LoadFailed(Exception):  # noqa: N818 - it is what happened
    """The job ends as failed, with BigQuery's reason and message; nothing of the table has changed.

    Args:
        reason: BigQuery's reason, such as `invalid`.
        message: The message that the job ends with.
        location: The file it is about, if it is about one.
        further: The messages that the job lists beside.
    """

    def __init__(
        self, reason: str, message: str, location: str | None = None, further: Sequence[str] = ()
    ) -> None:
        at = {"location": location} if location else {}
        self.error = {"reason": reason, "message": message} | at
        self.further = [{"reason": reason, "message": text} | at for text in further]
        super().__init__(message)


@dataclass(frozen=True)
class Source:
    """A Parquet file to load.

    Args:
        uri: Where the job says it is.
        path: Where it is on disk.
        schema: Its columns.
    """

    uri: str
    path: str
    schema: pa.Schema

    @property
    def size_bytes(self) -> int:
        """The file's size."""
        return Path(self.path).stat().st_size


def sources_of(uris: Sequence[str], ctx: AppContext) -> list[Source]:
    """The files that addresses mean, opened.

    Raises:
        LoadFailed: One may not be read, is not there, or is no Parquet file.
    """
    for uri in uris:
        _check_may_read(uri, ctx)
    return [_open(uri, path) for uri in uris for path in _files(uri, ctx)]


def _check_may_read(uri: str, ctx: AppContext) -> None:
    """BigQuery reads with the rights of who started the job; that these are missing is how the job ends."""
    scheme, _, rest = uri.partition("://")
    bucket, folder = rest.partition("/")[0], ctx.settings.gcs_local_root
    if scheme == "gs" and folder and granted(folder.parent, bucket, _NEEDED, caller.get()) != _NEEDED:
        raise LoadFailed("accessDenied", f"Access Denied: File {uri}: Access Denied", uri)


def _files(uri: str, ctx: AppContext) -> list[str]:
    """The files that a `gs://` address means; `*` stands for any text, also over folders, as in object names."""
    path = executor._resolve_uri(uri, ctx)
    if "*" not in uri:
        if not Path(path).is_file():
            raise LoadFailed("notFound", f"Not found: URI {uri}", uri)
        return [path]
    bucket = Path(executor._resolve_uri("/".join(uri.split("/")[:3]), ctx))
    pattern = re.compile(fnmatch.translate(path.replace("[", "[[]").replace("?", "[?]")))
    found = sorted(str(file) for file in bucket.rglob("*") if file.is_file() and pattern.match(str(file)))
    if not found:
        raise LoadFailed("notFound", f"Not found: Uris List {uri}", uri)
    return found


def _open(uri: str, path: str) -> Source:
    try:
        return Source(uri, path, pq.read_schema(path))
    except (pa.ArrowException, OSError) as error:
        raise LoadFailed(
            "invalid",
            f"Error while reading data, error message: Input file is not in Parquet format. File: {uri}",
            uri,
        ) from error
