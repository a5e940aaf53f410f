"""Checks after any hostile input."""

from __future__ import annotations

from pathlib import Path

from bandcamp_assets.system.errors import PlatformError


def assert_one_clear_error(error: PlatformError, *, naming: str) -> None:
    """Check that the error says what, where and what to do, in three lines, and contains this name."""
    assert naming in str(error), f"does not name {naming}: {error}"
    assert error.where, error
    assert error.remedy, error
    assert len(str(error).splitlines()) == 3, f"not one clear error: {error!r}"


def contents_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if not path.is_dir()
    }
