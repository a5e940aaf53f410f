"""Copies what a home published into a folder, and swaps the folder in as a whole."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import escape

from bandcamp_assets.report.data_package.contents import descriptor_path
from bandcamp_assets.report.site.contract import render_contract
from bandcamp_assets.report.site.page import render_first_page
from bandcamp_assets.report.site.skill import render_skill
from bandcamp_assets.system.disk import disk_errors
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.scratch import name_of_own

MARK = ".nojekyll"
"""A file of every site. It tells GitHub Pages to serve the files as they are, and us that the folder is a site."""

_IN_DBT_DOCS = (
    (re.compile(r'("(?:root|compiled)_path": )"/[^"]*"'), r'\1""'),
    (re.compile(r"""href="\$\{require\('[^']*'\)\}\""""), 'href="data:,"'),
    # The browser asks for the icon of this name before the program of the page has put a name in its place.
    (re.compile(r'xlink:href="\{\{'), 'ng-attr-href="{{'),
)
"""What stands in dbt's page, and what is published instead."""


def build_site(home: Home, target: Path) -> Mapping[str, Any]:
    """Write the site into a folder, in place of the site that is there.

    Args:
        home: The home with everything built.
        target: A folder that is missing, empty or a site.

    Returns:
        The description of the published tables.

    Raises:
        PlatformError: If something is not built yet, the folder holds something else, or a run changed the tables
            meanwhile.
    """
    _refuse_foreign(target)
    described = _read(descriptor_path(home))
    half_made = target.with_name(f".{target.name}-{name_of_own('site')}")
    with disk_errors(target):
        try:
            half_made.mkdir(parents=True)
            package: dict[str, Any] = json.loads(described)
            _copy(home, package, half_made)
            if _read(descriptor_path(home)) != described:
                raise PlatformError(
                    "A run changed the tables while they were copied",
                    where=str(home.tables),
                    remedy="wait until the run has ended, and do this again",
                )
            (half_made / "index.html").write_text(render_first_page(package, half_made), encoding="utf-8")
            (half_made / "SKILL.md").write_text(render_skill(package), encoding="utf-8")
            (half_made / "tables" / "datacontract.odcs.yaml").write_text(
                render_contract(package), encoding="utf-8"
            )
            (half_made / MARK).touch()
            shutil.rmtree(target, ignore_errors=True)
            half_made.rename(target)
        finally:
            shutil.rmtree(half_made, ignore_errors=True)
    return package


def _copy(home: Home, package: Mapping[str, Any], folder: Path) -> None:
    files = {home.dashboard_page: "dashboard/index.html", home.docs_page: "dashboard/dbt_docs/index.html"}
    files[descriptor_path(home)] = "tables/datapackage.json"
    for table in package["resources"]:
        for name in [table["path"]] if isinstance(table["path"], str) else table["path"]:
            files[home.tables / name] = f"tables/{name}"
    for source, name in files.items():
        if not source.is_file():
            raise _not_built(source)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".html":
            text = source.read_text(encoding="utf-8")
            (folder / name).write_text(_for_the_public(text, home), encoding="utf-8")
        else:
            shutil.copyfile(source, folder / name)


def _for_the_public(page: str, home: Home) -> str:
    """A page without folders of this machine, and without what dbt's documentation asks for in vain."""
    page = page.replace(f"{escape(str(home.root))}/", "")
    for pattern, instead in _IN_DBT_DOCS:
        page = pattern.sub(instead, page)
    return page


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _not_built(path) from None


def _not_built(path: Path) -> PlatformError:
    return PlatformError(
        "There is nothing to publish yet",
        where=str(path),
        remedy="run `bandcamp run` first, or set BANDCAMP_HOME to the home you mean",
    )


def _refuse_foreign(target: Path) -> None:
    if target.exists() and (not target.is_dir() or (any(target.iterdir()) and not (target / MARK).is_file())):
        raise PlatformError(
            "The site would replace files that are not a site",
            where=str(target),
            remedy="name a folder that does not exist yet",
        )
