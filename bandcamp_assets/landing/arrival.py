"""Lands a raw file: fetches it, checks it as a whole, and only then records it.

A file that cannot be read changes neither the landing folder nor the catalog. Equal bytes are one file, whatever
their source. If that file was lost or damaged on disk, a new delivery puts it back. `lake` looks at the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from bandcamp_assets.lake.early_rows import would_be_judged_otherwise
from bandcamp_assets.landing.known_files import (
    delivery_of,
    is_as_recorded,
    is_whole,
    known_by_delivery,
    known_by_origin,
    was_delivered,
)
from bandcamp_assets.sources.archive.download import DownloadProgress, download
from bandcamp_assets.sources.delivery.file_format import FileFormat
from bandcamp_assets.sources.delivery.names import stored_name
from bandcamp_assets.sources.delivery.recognition import recognize
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.sources.source import ArchiveSource, FileSource, SampleSource
from bandcamp_assets.state.catalog import Catalog, Delivery, FileContent
from bandcamp_assets.state.manifests import name_in_landing
from bandcamp_assets.system.checksums import checksum, sha256_of
from bandcamp_assets.system.copying import copy_file
from bandcamp_assets.system.disk import disk_error, replace_file
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.progress import LOGGER, Progress
from bandcamp_assets.system.scratch import scratch_folder


@dataclass(frozen=True)
class Landed:
    """The result of landing a source: the file, and whether it is new."""

    file: RawFile
    is_new: bool


class RefusedFileError(PlatformError):
    """A file does not hold sales in a form that can be read."""


def land(source: SampleSource | ArchiveSource | FileSource, home: Home, catalog: Catalog) -> Landed:
    """Bring a source into the landing folder, unless its bytes are there already.

    Raises:
        PlatformError: If it cannot be fetched or read, or if it would mix synthetic and real sales.
    """
    refuse_mixture(catalog, synthetic=isinstance(source, SampleSource))
    delivery = delivery_of(source) if isinstance(source, FileSource) else None
    if delivery and (unchanged := known_by_delivery(delivery, home, catalog)):
        _judge_again_if_counted(unchanged, home, catalog)
        return Landed(unchanged, is_new=False)
    known = None if delivery else known_by_origin(source.origin, catalog)
    if known and is_as_recorded(known, home, catalog):
        return Landed(known, is_new=False)
    with scratch_folder(home.scratch, "landing") as folder:
        path = _fetch(source, home, folder)
        return _arrive(path, source, delivery, known, home, catalog)


def refuse_mixture(catalog: Catalog, *, synthetic: bool) -> None:
    """Check that synthetic and real sales do not share a home.

    Raises:
        PlatformError: If the home holds the other kind.
    """
    others = [file for file in catalog.current_files() if file.synthetic != synthetic]
    if others:
        held, wanted = ("real", "synthetic sample") if synthetic else ("synthetic sample", "real")
        raise PlatformError(
            f"This home holds {held} sales; {wanted} sales would be mixed with them",
            where=f"{catalog.path.parent}, which holds {others[0].name}",
            remedy="start afresh with FRESH=1 (`bandcamp run --fresh`), or set BANDCAMP_HOME to another folder",
        )


def _fetch(source: SampleSource | ArchiveSource | FileSource, home: Home, folder: Path) -> Path:
    """Write the source's bytes to a file."""
    if isinstance(source, SampleSource):
        # Imported here, as its word lists take time to load.
        from bandcamp_assets.sources.sample import write_sample

        path = folder / f"bandcamp-sample-{source.rows}.csv"
        expected = write_sample(
            path, rows=source.rows, on_progress=Progress("raw_sales", "rows made", source.rows)
        )
        expected_counts_file(path).write_text(expected.to_json())
        return path
    if isinstance(source, ArchiveSource):
        # Not in the scratch folder, as a broken download resumes where it stopped.
        path = home.landing / "incoming" / (Path(urlsplit(source.url).path).name or "archive.zip")
        path.parent.mkdir(exist_ok=True)
        download(source.url, path, on_progress=_download_progress())
        return path
    copy = folder / source.path.name
    try:
        copy_file(source.path, copy)
    except OSError as error:
        raise disk_error(error, source.path) from error
    return copy


def _download_progress() -> Callable[[DownloadProgress], None]:
    progress: list[Progress] = []

    def report(state: DownloadProgress) -> None:
        if not progress:
            progress.append(Progress("raw_sales", "bytes downloaded", state.total_bytes))
        progress[0](state.bytes_so_far)

    return report


def _arrive(
    path: Path,
    source: SampleSource | ArchiveSource | FileSource,
    delivery: Delivery | None,
    wanted: RawFile | None,
    home: Home,
    catalog: Catalog,
) -> Landed:
    """Check a fetched file as a whole, move it to its place, record it."""
    shown = str(source.path) if isinstance(source, FileSource) else path.name
    try:
        form = recognize(path, shown)
    except PlatformError as reason:
        path.unlink(missing_ok=True)
        # The path of the copy would mean nothing to people.
        where = reason.where.replace(str(path), shown)
        raise RefusedFileError(reason.what, where=where, remedy=reason.remedy) from reason
    synthetic = isinstance(source, SampleSource)
    file = describe(path, path.name, origin=source.origin, synthetic=synthetic, form=form)
    known = catalog.raw_file(file.file_id)
    if wanted and (known is None or known.file_id != wanted.file_id):
        # Recording the new bytes as well would count the sales twice.
        path.unlink()
        LOGGER.warning(
            "raw_sales: %s is lost or damaged and cannot be put back: %s now gives different bytes",
            wanted.stored_as,
            source.origin,
        )
        return Landed(wanted, is_new=False)
    stored = kept_as(known, file)
    if synthetic:
        replace_file(expected_counts_file(path), expected_counts_file(home.landing / stored.stored_as))
    catalog.record_contents(put_in_place(path, stored, home))
    is_new = known is None or known.withdrawn_at is not None
    if known:
        _judge_again_if_counted(known, home, catalog)
    if known and (wanted or was_delivered(delivery, known, catalog)):
        return Landed(known, is_new=False)
    recorded = catalog.record_source(delivery, file) if delivery else catalog.add_raw_file(file)
    return Landed(recorded, is_new=is_new)


def kept_as(known: RawFile | None, file: RawFile) -> RawFile:
    """The raw file to keep delivered bytes as: the known file with equal bytes, unless its checksum is lost."""
    return known if known and known.sha256 else file


def put_in_place(path: Path, file: RawFile, home: Home) -> list[FileContent]:
    """Move delivered bytes to the place of their raw file, unless it is there and whole.

    Returns:
        The record of what was moved. With it, the next reader does not compute the SHA-256 again.
    """
    if is_whole(file, home):
        path.unlink()
        return []
    crc32c = checksum(path)
    kept = home.landing / file.stored_as
    replace_file(path, kept)
    stat = kept.stat()
    return [FileContent(home.place_of(kept), stat.st_size, stat.st_mtime_ns, crc32c)]


def _judge_again_if_counted(file: RawFile, home: Home, catalog: Catalog) -> None:
    if file.withdrawn_at is None:
        judge_again_if_early(file, home, catalog)


def judge_again_if_early(file: RawFile, home: Home, catalog: Catalog) -> None:
    """Mark a known file that is delivered again for staging, if the clock was wrong when it arrived."""
    now = datetime.now(UTC)
    if would_be_judged_otherwise(home.lake, file.file_id, file.arrived_at, now):
        catalog.judge_again(file.file_id, now)


def describe(
    path: Path, name: str, *, origin: str, synthetic: bool = False, form: FileFormat | None = None
) -> RawFile:
    """The catalog's record of a file that arrives now. The caller writes it once the file is in its place."""
    sha256, name = sha256_of(path), stored_name(name)
    file_id = sha256[:16]
    return RawFile(
        file_id=file_id,
        name=name,
        stored_as=f"{file_id}/{name_in_landing(file_id, name)}",
        origin=origin,
        synthetic=synthetic,
        size=path.stat().st_size,
        sha256=sha256,
        arrived_at=datetime.now(UTC),
        form=form,
    )


def expected_counts_file(sample: Path) -> Path:
    """The file beside a sample with the counts that it must give."""
    return sample.with_suffix(".truth.json")
