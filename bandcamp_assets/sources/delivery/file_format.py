"""What a delivered file is, as a plain value: packing, kind, encoding, delimiter, decimal mark, columns.

`recognition` finds it from the bytes alone, `landing` records it with the raw file, and `lake` reads by it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Self

VERSION = 1
"""Raise it whenever the same bytes would be recognized as something else. Older records are not used then."""


class Kind(StrEnum):
    """How rows are written."""

    CSV = "CSV"
    PAGES = "pages of the feed"
    LINES = "JSON lines"
    VALUES = "JSON items"
    PARQUET = "Parquet"


_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_LINE_ENDS = {"\n": "", "\r\n": "", "\r": "CR line ends"}
_ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "cp1252": "Windows-1252",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
}


@dataclass(frozen=True)
class Content:
    """One text or table of sales: a delivered file without its packing, or one member of a zip.

    Attributes:
        name: The name of the member; empty if it is not in a zip.
        kind: How its rows are written.
        encoding: Python's name of the encoding.
        line_end: What ends a line.
        delimiter: What separates the fields of a CSV.
        decimal_mark: The decimal mark of its numbers.
        missing_word: How its numbers are written that are missing, if not as nothing, such as `NA`.
        has_separator_line: Whether a line such as `sep=;` comes before the header.
        has_row_names: Whether each row has a name before the columns that the header names, as R writes them.
        missing: The optional columns that it lacks.
        further: Names of columns that are not known, as delivered; the first few.
    """

    name: str = ""
    kind: Kind = Kind.CSV
    encoding: str = "utf-8"
    line_end: str = "\n"
    delimiter: str = ","
    decimal_mark: str = "."
    missing_word: str = ""
    has_separator_line: bool = False
    has_row_names: bool = False
    missing: tuple[str, ...] = ()
    further: tuple[str, ...] = ()

    @property
    def is_direct(self) -> bool:
        """Whether its bytes can be read without another step before, and so in parts."""
        return self.kind is Kind.CSV and self.encoding.startswith("utf-8") and self.line_end != "\r"

    def __str__(self) -> str:
        said = [str(self.kind)]
        if self.kind is Kind.CSV:
            said += [_DELIMITERS.get(self.delimiter, repr(self.delimiter)), _LINE_ENDS[self.line_end]]
        if self.kind is not Kind.PARQUET:
            said.append(_ENCODINGS[self.encoding])
        said.append("decimal commas" if self.decimal_mark == "," else "")
        said.append(f"{self.missing_word} for missing values" if self.missing_word else "")
        lacking = f"without {', '.join(self.missing)}" if self.missing else ""
        return "; ".join(part for part in (", ".join(filter(None, said)), lacking) if part)


@dataclass(frozen=True)
class FileFormat:
    """What a delivered file is.

    Attributes:
        packing: `gzip`, `zstandard`, `bzip2`, `xz` or `zip`; empty if it is not packed.
        contents: What it contains; several only in a zip.
        left_aside: Members of a zip that do not hold sales.
        version: See `VERSION`.
    """

    packing: str = ""
    contents: tuple[Content, ...] = (Content(),)
    left_aside: tuple[str, ...] = ()
    version: int = VERSION

    @property
    def is_direct(self) -> bool:
        """Whether it is one CSV whose bytes can be read from anywhere."""
        return not self.packing and len(self.contents) == 1 and self.contents[0].is_direct

    def __str__(self) -> str:
        first, *others = dict.fromkeys(map(str, self.contents))
        packed = f" in a {self.packing}" if self.packing == "zip" else f", packed with {self.packing}"
        number = f"{len(self.contents)} files, " if len(self.contents) > 1 else ""
        said = number + (first if not others else "of different forms") + (packed if self.packing else "")
        return f"{said}; {len(self.left_aside)} other files left aside" if self.left_aside else said

    def as_json(self) -> str:
        """The value as text, for the catalog."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self | None:
        """The value of a text; None if there is none, or if other rules wrote it."""
        if not text:
            return None
        said = json.loads(text)
        if said["version"] != VERSION:
            return None
        contents = tuple(
            Content(
                **one
                | {
                    "kind": Kind(one["kind"]),
                    "missing": tuple(one["missing"]),
                    "further": tuple(one["further"]),
                }
            )
            for one in said["contents"]
        )
        return cls(said["packing"], contents, tuple(said["left_aside"]))
