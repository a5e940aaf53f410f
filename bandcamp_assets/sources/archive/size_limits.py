"""How large a downloaded file may be: as it is known, as it is allowed, and as the disk has room."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from bandcamp_assets.system.errors import PlatformError


@dataclass(frozen=True)
class SizeLimits:
    """Limits of one download.

    Attributes:
        address: The printable web address, for errors.
        max_bytes: A larger file is refused.
        expected_bytes: The size of the file; None if it is not known.
    """

    address: str
    max_bytes: int
    expected_bytes: int | None = None

    def check(self, size_bytes: int, announced_bytes: int | None = None) -> None:
        """Check the bytes that are there or will be, and the size of the whole file if the server announced it.

        Raises:
            PlatformError: If the file is another one than expected, or too large.
        """
        if self.expected_bytes is not None and announced_bytes not in (None, self.expected_bytes):
            raise PlatformError(
                f"The server offers a file of {announced_bytes} bytes, but {self.expected_bytes} were expected",
                where=self.address,
                remedy="check that the address is right",
            )
        most = self.max_bytes if self.expected_bytes is None else self.expected_bytes
        if size_bytes > most:
            raise PlatformError(
                f"The file is larger than the {most} bytes that are allowed for it",
                where=self.address,
                remedy="check that the address is right",
            )

    @staticmethod
    def refuse_too_little_room(folder: Path, missing_bytes: int) -> None:
        """Check that the disk of a folder has room for the bytes that are still to come.

        Raises:
            PlatformError: If the room is too small.
        """
        free = shutil.disk_usage(folder).free
        if missing_bytes > free:
            raise PlatformError(
                f"The disk has {free} bytes free, and the download needs {missing_bytes} more",
                where=str(folder),
                remedy="free some space, or set BANDCAMP_HOME to a larger disk, and run again",
            )
