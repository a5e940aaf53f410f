"""Renders the first page of the site: what there is, what each table answers, how to read it. It has no script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

STATIC = Path(__file__).parent


def render_first_page(package: Mapping[str, Any], folder: Path) -> str:
    """The page as HTML.

    Args:
        package: The description of the published tables.
        folder: The folder of the site, with the files of the tables.
    """
    style = (STATIC / "site.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["bytes"] = _bytes
    return environment.from_string((STATIC / "index.html.jinja").read_text(encoding="utf-8")).render(
        package={"sources": [], "licenses": [], **package},
        synthetic="licenses" in package,
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'",
        style=Markup(style),  # noqa: S704 - a file of ours
        tables=[_table(one, folder) for one in package["resources"]],
    )


def _table(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    names = [table["path"]] if isinstance(table["path"], str) else table["path"]
    size = sum((folder / "tables" / name).stat().st_size for name in names)
    return {**table, "files": names, "size": size}


def _bytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{max(size // 1000, 1):,} kB"
