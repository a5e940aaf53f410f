"""The result of a survey: files, objects and tables that are lost or damaged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bandcamp_assets.state.catalog import FileContent, ObjectContent
from bandcamp_assets.system.errors import PlatformError


class Kind(StrEnum):
    """What can be lost or damaged, in words for people."""

    RAW = "raw file"
    MANIFEST = "manifest of a raw file"
    ARCHIVED = "archived raw file"
    STAGED = "staged file"
    CLEANED = "cleaned file"
    OBJECT = "object"
    TABLE = "table"
    REPORT = "file of the report"


@dataclass(frozen=True)
class Damage:
    """Something that is lost or damaged.

    Attributes:
        kind: What it is.
        place: Its path, key or name.
        how: What is wrong: "is gone", "is damaged".
        remedy: What to do.
        day: The day that it holds, if it holds one.
        file_id: Its raw file, if it belongs to one.
        key: The object's key, if it is an object.
    """

    kind: Kind
    place: str
    how: str
    remedy: str
    day: date | None = None
    file_id: str = ""
    key: str = ""

    def __str__(self) -> str:
        of = f" of {self.day}" if self.day else ""
        return f"the {self.kind}{of} {self.how}: {self.place}"


@dataclass(frozen=True)
class Survey:
    """Everything that was looked at.

    Attributes:
        looked_at: How many files and objects.
        damage: What is wrong.
        files: Files that are right, but whose record is missing or has another time.
        objects: The same for objects.
    """

    looked_at: int = 0
    damage: tuple[Damage, ...] = ()
    files: tuple[FileContent, ...] = ()
    objects: tuple[ObjectContent, ...] = ()

    @staticmethod
    def of(parts: Iterable[Survey]) -> Survey:
        """Several surveys as one."""
        every = list(parts)
        return Survey(
            sum(part.looked_at for part in every),
            tuple(found for part in every for found in part.damage),
            tuple(file for part in every for file in part.files),
            tuple(held for part in every for held in part.objects),
        )

    def among(self, *kinds: Kind) -> list[Damage]:
        """The damage of some kinds."""
        return [found for found in self.damage if found.kind in kinds]

    @property
    def file_ids(self) -> set[str]:
        """The raw files whose staged files are wrong."""
        return {found.file_id for found in self.among(Kind.STAGED)}

    @property
    def days(self) -> set[date]:
        """The days to rebuild from `cleaned_sales` on."""
        wrong = self.among(Kind.CLEANED, Kind.OBJECT, Kind.TABLE)
        return {found.day for found in wrong if found.day}

    @property
    def places(self) -> set[str]:
        """Where the damage is. Nothing there may be read."""
        return {found.place for found in self.damage}

    def require_nothing(self) -> str:
        """A sentence that all is well.

        Raises:
            PlatformError: If something is wrong. It names the first fault and counts the others.
        """
        if self.damage:
            first, more = self.damage[0], len(self.damage) - 1
            others = f" (and {more} more, see `bandcamp status`)" if more else ""
            raise PlatformError(f"A {first.kind} {first.how}{others}", where=first.place, remedy=first.remedy)
        return f"{self.looked_at:,} files and objects are as they were written"


@dataclass
class Finding:
    """Collects what a survey finds."""

    looked_at: int = 0
    damage: list[Damage] = field(default_factory=list)
    files: list[FileContent] = field(default_factory=list)
    objects: list[ObjectContent] = field(default_factory=list)

    def done(self) -> Survey:
        """What was found."""
        return Survey(self.looked_at, tuple(self.damage), tuple(self.files), tuple(self.objects))
