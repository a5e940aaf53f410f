"""Checks of the values of settings, one by one. Each error names the variable and its allowed values.

`deployment.settings` and, for Google Cloud, `storage.google_cloud.place` define the settings.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from bandcamp_assets.system.errors import PlatformError


def choice(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """One of a few values."""
    if value not in allowed:
        raise _refusal(name, f"{value!r} is not an allowed value", f"set it to one of: {', '.join(allowed)}")
    return value


def whole_number(name: str, value: str, low: int, high: int, *, of: str = "") -> int:
    """A whole number from `low` to `high`; underscores may group its digits."""
    try:
        number = int(value.replace("_", ""))
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise _refusal(
            name,
            f"{value!r} is not a number{f' of {of}' if of else ''}",
            f"give a whole number from {low} to {high}",
        )
    return number


def matching(name: str, value: str, pattern: str, meaning: str) -> str:
    """A text that matches a pattern."""
    if not re.fullmatch(pattern, value):
        raise _refusal(name, f"{value!r} is not a {meaning}", f"set it to a {meaning}")
    return value


def absolute_folders(name: str, value: str) -> tuple[Path, ...]:
    """Absolute paths with `:` between; none if not set."""
    folders = tuple(Path(part) for part in value.split(os.pathsep)) if value else ()
    if not all(folder.is_absolute() for folder in folders):
        raise _refusal(name, f"{value!r} is not a list of absolute paths", "give paths that begin with /")
    return folders


def required(name: str, value: str, meaning: str) -> str:
    """A text that has no default."""
    if not value:
        raise _refusal(name, "A setting that this deployment needs is missing", f"set it to {meaning}")
    return value


def web_address(name: str, value: str) -> str:
    """An `http` or `https` address without user name, password or query; empty if not set."""
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        port_is_right = False
    if not (port_is_right and parts.scheme in ("http", "https") and parts.hostname):
        raise _refusal(name, "This is not a web address", "give an address such as http://127.0.0.1:9050")
    if parts.username or parts.password or parts.query:
        raise _refusal(name, "This address may not contain a user name, a password or a query", "leave them out")
    return value.rstrip("/")


def scheduler_address(name: str, value: str) -> str:
    """The `tcp` or `tls` address of a Dask scheduler, with its port; empty if not set."""
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        is_right = parts.scheme in ("tcp", "tls") and bool(parts.hostname) and bool(parts.port)
        is_bare = not (parts.username or parts.password or parts.path or parts.query or parts.fragment)
    except ValueError:
        is_right = is_bare = False
    if not (is_right and is_bare):
        raise _refusal(
            name, "This is not the address of a Dask scheduler", "give an address such as tcp://127.0.0.1:8786"
        )
    return value


def secret(env: Mapping[str, str], name: str) -> str:
    """The value of a secret setting, or what the file holds that is named instead."""
    value, file = env.get(name, ""), env.get(f"{name}_FILE", "")
    if value and file:
        raise _refusal(f"{name}_FILE", f"{name} is set as well", "set one of the two")
    if not file:
        return value
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _refusal(
            f"{name}_FILE",
            f"The file it names cannot be read: {type(error).__name__}",
            "name a readable text file",
        ) from error


def _refusal(name: str, what: str, remedy: str) -> PlatformError:
    return PlatformError(what, where=f"environment variable {name}", remedy=remedy)
