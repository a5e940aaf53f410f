"""Records pages of the live feed as raw files, each once. `bandcamp_assets.sources.feed` fetches them.

The folder is compared with the catalog, so the next run records the pages that a killed run left on disk.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bandcamp_assets.landing.arrival import describe
from bandcamp_assets.sources.feed import PageStore
from bandcamp_assets.sources.http_answer import printable
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.system.disk import disk_errors
from bandcamp_assets.system.home import Home


def record_pages(store: PageStore, url: str, home: Home, catalog: Catalog) -> int:
    """Record the settled pages that the catalog does not know yet, the earliest first.

    Answers that are not pages hold no sales and are not raw files. They stay in the folder for people to look at.

    Args:
        store: The pages.
        url: The feed's address, for the manifest.
        home: The home that the store lies in.
        catalog: Where they are recorded.

    Returns:
        How many were new.
    """
    with disk_errors(store.folder):
        known = {file.stored_as for file in catalog.raw_files()}
        new = [_page(path, url, home) for path in store.settled() if _stored_as(path, home) not in known]
        catalog.add_raw_files(new)
    return len(new)


def _page(path: Path, url: str, home: Home) -> RawFile:
    file = describe(path, path.name, origin=f"feed:{printable(url)}")
    return replace(file, stored_as=_stored_as(path, home))


def _stored_as(path: Path, home: Home) -> str:
    return path.relative_to(home.landing).as_posix()
