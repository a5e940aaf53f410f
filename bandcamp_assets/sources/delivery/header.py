"""Reads the header of a CSV: which column is which, however it is written, and which are missing.

Names are compared without regard to case, blanks and quotes. The contract says which columns a file needs.
`recognition` finds the delimiter with it, and `lake.chunks` reads the records below it.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from bandcamp_assets.contract.sale import NEEDED_COLUMNS, SOURCE_COLUMNS
from bandcamp_assets.system.errors import PlatformError

MAX_HEADER_BYTES = 2**16
"""A file with a longer first line is refused, as the rest of that line must not be read as a record."""

DELIMITERS = (",", ";", "\t", "|")

SEPARATOR_LINE = re.compile(r'"?sep=([,;\t|])"?[\r\n]+', re.IGNORECASE)
"""The line with which spreadsheets name the delimiter of a file, above its header."""

_BLANKS = " \t\r\n\f\v\u00a0\u200b\u200e\ufeff\"'`"
_ALIKE = 0.7


def known_name(name: str) -> str:
    """A name in the spelling of the contract: small letters, no blanks around it, and `_` within it."""
    plain = re.sub(r"[\s.\-]+", "_", name.strip(_BLANKS).lower())
    return "_id" if plain == "x_id" else plain  # as R writes a name that begins with `_`


def known_names(names: Sequence[str]) -> list[str]:
    """The names of columns, those of the contract in its spelling. All others stay as they are."""
    exact = set(names) & set(SOURCE_COLUMNS)
    found = [name if name in exact else known_name(name) for name in names]
    return [
        plain if plain in SOURCE_COLUMNS and (name in exact or plain not in exact) else name
        for name, plain in zip(names, found, strict=True)
    ]


def check_names(names: Sequence[str], where: str, *, needed: Iterable[str] = NEEDED_COLUMNS) -> None:
    """Check that a file has every needed column, and none of the contract's columns twice.

    Args:
        names: As by `known_names`.
        where: The file's name, for the error.
        needed: The columns that it must have.

    Raises:
        PlatformError: If it has not. It names the columns that look like the missing ones.
    """
    missing = [name for name in needed if name not in names]
    if not set(names) & set(SOURCE_COLUMNS):
        raise PlatformError(
            "The file is not a CSV of sales: its first line names none of the columns",
            where=where,
            remedy=f"deliver a file whose first line names the columns {', '.join(SOURCE_COLUMNS)}",
        )
    if missing:
        alike = [f"{found!r} looks like {name}" for name in missing if (found := _like(name, names))]
        raise PlatformError(
            f"The file lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
            + (f" ({'; '.join(alike)})" if alike else ""),
            where=where,
            remedy=f"deliver the file with the columns {', '.join(NEEDED_COLUMNS)}; all others may be missing",
        )
    times = Counter(names)
    twice = sorted(name for name in SOURCE_COLUMNS if times[name] > 1)
    if twice:
        raise PlatformError(
            f"The file has the column{'s' if len(twice) > 1 else ''} {', '.join(twice)} more than once",
            where=where,
            remedy="deliver the file with each column once",
        )


def _like(missing: str, names: Sequence[str]) -> str:
    """The unknown name that looks most like a missing column; empty if none does."""
    unknown = {known_name(name): name for name in names if name not in SOURCE_COLUMNS}
    close = difflib.get_close_matches(missing, unknown, n=1, cutoff=_ALIKE)
    close += [plain for plain in unknown if len(plain) > 2 and (missing in plain or plain in missing)]
    return unknown[close[0]][:80] if close else ""


def delimiter_of(header: str) -> str:
    """The delimiter with which a header names the most columns of the contract."""
    counts = {delimiter: _known(header, delimiter) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: counts[delimiter])


def _known(header: str, delimiter: str) -> int:
    try:
        names = split_header(header, delimiter)
    except (csv.Error, ValueError):
        return 0
    return len(set(known_names(names)) & set(SOURCE_COLUMNS))


def split_header(header: str, delimiter: str) -> list[str]:
    """The names in a header.

    Raises:
        csv.Error: If it is not a record.
        ValueError: If it is several, or none.
    """
    (names,) = csv.reader(io.StringIO(header, newline=""), delimiter=delimiter, strict=True)
    return names


def read_header(
    stream: BinaryIO,
    where: str,
    *,
    delimiter: str | None = None,
    has_separator_line: bool = False,
    has_row_names: bool = False,
) -> list[str]:
    """Read the header and check that it has every needed column exactly once.

    Args:
        stream: The CSV's bytes in UTF-8, from the beginning.
        where: The file's name, for errors.
        delimiter: What separates the names; None to find it.
        has_separator_line: Whether a line that names the delimiter comes first.
        has_row_names: Whether each row has a field more, in front.

    Returns:
        The file's column names in its order, those of the contract in its spelling.

    Raises:
        PlatformError: If the file is empty, is not a CSV, or lacks a column.
    """
    if has_separator_line:
        stream.readline(MAX_HEADER_BYTES)
    line = _read_record(stream)
    if not line.strip():
        raise PlatformError(
            "The file is empty" if not line else "The file begins with a blank line, not with a header",
            where=where,
            remedy="deliver a CSV file whose first line names the columns",
        )
    if len(line) == MAX_HEADER_BYTES and not line.endswith(b"\n"):
        raise PlatformError(
            f"The file is not a CSV of sales: its first line is longer than {MAX_HEADER_BYTES} bytes",
            where=f"{where}, line 1",
            remedy="deliver a file whose first line names the columns and nothing else",
        )
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
        names = split_header(text, delimiter or delimiter_of(text))
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise PlatformError(
            "The file is not a CSV: its first line is not a header",
            where=f"{where}, line 1",
            remedy="deliver a CSV in UTF-8 whose first line names the columns",
        ) from error
    names = known_names(names)
    check_names(names, f"{where}, line 1")
    return ["", *names] if has_row_names else names


def _read_record(stream: BinaryIO) -> bytes:
    """Read the first line, and further lines if a quoted name contains line breaks."""
    record = line = stream.readline(MAX_HEADER_BYTES)
    record = record.removeprefix(codecs.BOM_UTF8)
    while record.count(b'"') % 2 and line.endswith(b"\n"):
        line = stream.readline(MAX_HEADER_BYTES - len(record))
        record += line
    return record
