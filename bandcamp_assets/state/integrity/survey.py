"""Looks at every file and object that the catalog records: in landing, lake, object store and report.

Size and time come first. Where one of these has changed, or on request, the checksum is compared. Nothing is
changed here. `objects` looks at the objects, and `tables` compares the tables of the warehouse.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import polars as pl

from bandcamp_assets.lake.damage import RAW_REMEDY, STAGED_REMEDY
from bandcamp_assets.lake.layout import cleaned_file, duplicate_file, rejected_file, staged_file
from bandcamp_assets.lake.made import CleanedDay, StagedFile
from bandcamp_assets.lake.parquet import scan
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.catalog.manifest_entries import forget_manifests
from bandcamp_assets.state.integrity.damage import Damage, Kind, Survey
from bandcamp_assets.state.integrity.files import Expected, compare
from bandcamp_assets.state.integrity.objects import survey_archive, survey_objects
from bandcamp_assets.state.integrity.reading import CLEANED_REMEDY, describe
from bandcamp_assets.state.manifests import stale_manifests
from bandcamp_assets.storage.objects import ObjectStore
from bandcamp_assets.system.checksums import sha256_of
from bandcamp_assets.system.home import Home

REPORT_REMEDY = "run `bandcamp run`, or the job rebuild_marts: it is rebuilt from the tables"


def survey_files(home: Home, catalog: Catalog, store: ObjectStore, *, deep: bool) -> Survey:
    """Look at everything but the tables.

    Args:
        home: The home.
        catalog: What there should be.
        store: The objects.
        deep: Compare everything by checksum.

    Raises:
        PlatformError: If the catalog or the store cannot be read.
    """
    return Survey.of(
        [
            survey_raw(home, catalog, deep=deep),
            survey_manifests(home, catalog, deep=deep),
            survey_staged(home, catalog, deep=deep),
            survey_cleaned(home, catalog, deep=deep),
            survey_objects(home, catalog, store, deep=deep),
            survey_archive(catalog, store, deep=deep),
            survey_report(home, catalog, deep=deep),
        ]
    )


def survey_manifests(home: Home, catalog: Catalog, *, deep: bool) -> Survey:
    """Look at the manifests beside the raw files. The next run writes the wrong ones again."""
    stale = stale_manifests(home, catalog, deep=deep)
    damage = tuple(
        Damage(
            Kind.MANIFEST,
            str(path),
            how="is not as it was written" if path.exists() else "is gone",
            remedy="run again: it is written again from the catalog",
            file_id=file_id,
        )
        for file_id, path in stale.items()
    )
    return Survey(looked_at=len(stale), damage=damage)


def survey_derived(home: Home, catalog: Catalog, store: ObjectStore) -> Survey:
    """A cheap look at what can be rebuilt. It asks for no object of a remote store."""
    if not catalog.path.exists():
        return Survey()
    parts = [survey_staged(home, catalog), survey_cleaned(home, catalog), survey_report(home, catalog)]
    if store.is_local:
        parts.append(survey_objects(home, catalog, store))
    return Survey.of(parts)


def take_note(home: Home, catalog: Catalog, found: Survey) -> None:
    """Record the findings in the catalog: the present state of what is right, and a suspicion for the rest.

    The next run reads the bytes of a suspect file even if its size and time are unchanged.
    """
    catalog.record_contents(found.files, found.objects)
    files = [
        Path(one.place) for one in found.damage if one.kind not in (Kind.TABLE, Kind.MANIFEST) and not one.key
    ]
    if manifests := found.among(Kind.MANIFEST):
        forget_manifests(catalog, [one.file_id for one in manifests])
    catalog.suspect([home.place_of(path) for path in files], [one.key for one in found.damage if one.key])


def survey_raw(home: Home, catalog: Catalog, *, deep: bool) -> Survey:
    """Look at the landed files, including those whose rows no longer count."""
    expected = [
        Expected(path, Kind.RAW, RAW_REMEDY, partial(_is_sha256, path, file.sha256), file_id=file.file_id)
        for file in catalog.raw_files()
        for path in [home.landing / file.stored_as]
    ]
    return compare(home, catalog.file_contents(), expected, deep=deep)


def survey_staged(home: Home, catalog: Catalog, *, deep: bool = False) -> Survey:
    """Look at the staged files of the raw files whose rows count."""
    expected = [
        Expected(path, Kind.STAGED, STAGED_REMEDY, partial(_has_rows, path, rows), file_id=file.file_id)
        for file in catalog.staged_files()
        for path, rows in _staged_rows(home, file)
    ]
    return compare(home, catalog.file_contents(), expected, deep=deep)


def survey_cleaned(home: Home, catalog: Catalog, *, deep: bool = False) -> Survey:
    """Look at the cleaned days and their duplicates."""
    expected = [file for day in catalog.cleaned_days().values() for file in _cleaned_files(home, day)]
    return compare(home, catalog.file_contents(), expected, deep=deep)


def survey_report(home: Home, catalog: Catalog, *, deep: bool = False) -> Survey:
    """Look at the ledger, at the pages that people open, and at the data package, as far as they were made."""
    known = catalog.file_contents()
    made = [path for path in report_paths(home) if home.place_of(path) in known]
    made += [home.root / place for place in known if place.startswith(f"{home.place_of(home.tables)}/")]
    expected = [Expected(path, Kind.REPORT, REPORT_REMEDY, lambda: True) for path in made]
    return compare(home, known, expected, deep=deep)


def keep_report(home: Home, catalog: Catalog) -> None:
    """Record the pages and the ledger as they are, if an earlier version made them without a record."""
    known = catalog.file_contents()
    catalog.record_contents(
        [
            describe(home, path)
            for path in report_paths(home)
            if path.is_file() and home.place_of(path) not in known
        ]
    )


def is_as_written(home: Home, catalog: Catalog, page: Path) -> bool:
    """Whether a page of the report exists, unchanged."""
    return page.is_file() and str(page) not in survey_report(home, catalog).places


def report_paths(home: Home) -> list[Path]:
    """The files that are made from the tables."""
    return [home.lake / "ledger.parquet", home.dashboard_page, home.docs_page]


def _staged_rows(home: Home, file: StagedFile) -> list[tuple[Path, int]]:
    days = [(staged_file(home.lake, day.sale_date, file.file_id), day.rows) for day in file.days]
    return [*days, (rejected_file(home.lake, file.file_id), sum(file.rejected.values()))]


def _cleaned_files(home: Home, day: CleanedDay) -> list[Expected]:
    sales, others = cleaned_file(home.lake, day.sale_date), duplicate_file(home.lake, day.sale_date)
    judged = [
        (sales, partial(_is_sha256, sales, day.sha256), bool(day.sha256)),
        (others, partial(_has_rows, others, day.duplicates), day.duplicates > 0),
    ]
    return [
        Expected(path, Kind.CLEANED, CLEANED_REMEDY, is_right, day=day.sale_date, is_wanted=is_wanted)
        for path, is_right, is_wanted in judged
    ]


def _has_rows(path: Path, rows: int) -> bool:
    """Whether a Parquet file can be read whole and has so many rows. More is not known without a record."""
    try:
        read = scan(path).select(pl.len(), pl.struct(pl.all()).hash().max()).collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError):
        return False
    return int(read.item(0, 0)) == rows


def _is_sha256(path: Path, sha256: str) -> bool:
    return sha256_of(path) == sha256
