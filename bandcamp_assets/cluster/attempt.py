"""A folder for each attempt at a task. Dask may run a task twice, so attempts must not share files."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from bandcamp_assets.system.disk import disk_errors

Made = TypeVar("Made")


@dataclass(frozen=True)
class Attempt(Generic[Made]):
    """The result of a task, and its folder in the run's scratch folder."""

    folder: Path
    made: Made


def attempt_folder(scratch: Path, purpose: str) -> Path:
    """Make the folder of an attempt.

    Raises:
        PlatformError: If the run's scratch folder is gone because the run has ended.
    """
    folder = scratch / f"{purpose}-{uuid.uuid4().hex}"
    with disk_errors(folder):
        folder.mkdir()
    return folder
