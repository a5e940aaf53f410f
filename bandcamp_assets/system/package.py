"""The version of this package, and the packages that it needs.

The image of production holds the code beside an environment that is made from a lock. There the package is not
installed, so neither is known.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

PACKAGE = "bandcamp-assets"


def package_version() -> str:
    """The version; `unknown` where the package is not installed."""
    return installed_version(PACKAGE) or "unknown"


def installed_version(name: str) -> str | None:
    """The version of a package; None if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def needed() -> list[Requirement]:
    """The packages that it needs, and those of its extras with their markers; none where it is not installed."""
    try:
        return [Requirement(text) for text in requires(PACKAGE) or []]
    except PackageNotFoundError:
        return []
