"""The archive: `raw_objects`, the raw files as delivered, in the object store."""

import time
from collections.abc import Mapping

import dagster as dg

from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.defs.policies import LAKE_POOL, OWNERS, SINGLE_RUN
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.lake.damage import DamagedFileError
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import Catalog, FileContent, ObjectContent, Part
from bandcamp_assets.state.integrity.objects import are_all_listed
from bandcamp_assets.state.integrity.reading import require_raw
from bandcamp_assets.storage.objects import ObjectStore, put_all, raw_key
from bandcamp_assets.storage.objects.keys import RAW
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.progress import LOGGER

NO_VERSION = (0, 0)

_LANDED_SINCE = dg.AutomationCondition.any_deps_updated().since(
    dg.AutomationCondition.newly_requested() | dg.AutomationCondition.newly_updated()
)

ARCHIVE_HOURLY = (
    dg.AutomationCondition.cron_tick_passed("0 * * * *", "UTC")
    & _LANDED_SINCE
    & ~dg.AutomationCondition.in_progress()
).with_label("on the hour, if files landed")
"""When raw files are archived."""


@dg.asset(
    deps=[dg.AssetKey("raw_sales"), dg.AssetKey("feed_pages")],
    automation_condition=ARCHIVE_HOURLY,
    group_name="landing",
    kinds={"archive"},
    owners=OWNERS,
    pool=LAKE_POOL,
    backfill_policy=SINGLE_RUN,
)
@plain_failures
def raw_objects(
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    object_store: dg.ResourceParam[ObjectStore],
) -> dg.MaterializeResult:
    """The raw files as delivered, archived in the object store. Everything else can be rebuilt from them.

    A lost or damaged object is archived again. A damaged landed file never replaces its object.
    """
    started = time.perf_counter()
    object_store.verify()
    # A file without a checksum is lost. Only its rows in the lake are left.
    files = {raw_key(file.file_id, file.name): file for file in catalog.raw_files() if file.sha256}
    recorded, all_are_listed = catalog.object_contents(), are_all_listed(object_store, len(files))
    held = object_store.versions(RAW) if all_are_listed else _as_recorded(recorded)
    missing = [key for key in files if key not in recorded or held.get(key) != recorded[key].version]
    whole, lost = _whole_files({key: files[key] for key in missing}, settings.home, catalog)
    # An object that is right but has no record is not written again.
    there = object_store.stat(key for key in whole if held.get(key, NO_VERSION)[1] > 0)
    known = {key: one for key, one in there.items() if one.crc32c == whole[key].crc32c}
    wanted = {key: settings.home.root / file.path for key, file in whole.items() if key not in known}
    put = put_all(object_store, wanted, crc32cs={key: file.crc32c for key, file in whole.items()}, for_ever=True)
    archived = known | {key: one for key, (one, _is_new) in put.items()}
    catalog.record_contents(whole.values(), [ObjectContent.of(key, one) for key, one in archived.items()])
    protected = _protect_earlier(object_store, catalog, again=all_are_listed)
    return dg.MaterializeResult(
        metadata={
            "files": len(files),
            "files_archived": len(put),
            "files_protected_later": protected,
            "files_lost_in_landing": lost,
            "dagster/size_bytes": sum(file.size for file in files.values()),
            "bytes_archived": sum(one.size for one, _is_new in put.values()),
            "seconds": round(time.perf_counter() - started, 3),
        }
    )


def _whole_files(
    files: Mapping[str, RawFile], home: Home, catalog: Catalog
) -> tuple[dict[str, FileContent], list[str]]:
    """The landed files that are right, by key, and the names of those that are lost or damaged."""
    known = catalog.file_contents()
    whole: dict[str, FileContent] = {}
    lost: list[str] = []
    for key, file in files.items():
        try:
            whole[key] = require_raw(home, file, known)
        except (DamagedFileError, FileNotFoundError):
            # The others are archived. `status` and the end of the run say what to do about this one.
            LOGGER.warning("raw_objects: the landed file %s is lost or damaged, and is not archived", file.name)
            lost.append(file.name)
    return whole, lost


def _as_recorded(recorded: Mapping[str, ObjectContent]) -> dict[str, tuple[int, int]]:
    """What the archive holds by the records. A deep look compares them with it, and suspects what differs."""
    return {key: one.version for key, one in recorded.items() if not one.is_suspect}


def _protect_earlier(store: ObjectStore, catalog: Catalog, *, again: bool) -> int:
    """Protect what was archived before the setting, or by a version that protected after the upload.

    That looks at all objects: behind a long history once for each change of the setting.
    """
    if not again and catalog.built_from(Part.ARCHIVE) == store.protection:
        return 0
    protected = store.protect(RAW)
    catalog.record_built(Part.ARCHIVE, store.protection)
    return protected
