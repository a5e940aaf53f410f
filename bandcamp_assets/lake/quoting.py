"""Reads the quotes of a text by RFC 4180: its fields, and whether a line ends inside a quoted field.

Any character may separate the fields; `,` is the usual one.

The time grows linearly with the length of the text. A regular expression that finds one field after the other is
not linear: if a quote is never closed, it reads to the end of the text from each field again. `joining` finds
records of several lines, and `records` handles many lines at once.
"""

from __future__ import annotations

from enum import Enum, auto

_PIECE_BYTES = 2**16
"""Bytes that are split at their quotes at once, so that a text of quotes alone does not fill the memory."""


class _Place(Enum):
    """The state of the reader within a record."""

    FIELD_START = auto()
    UNQUOTED = auto()
    QUOTED = auto()
    BEHIND_QUOTE = auto()  # it closed the field, or is the first of two that stand for one
    BEHIND_RETURN = auto()  # after a closing quote and a carriage return: only the end of the line may follow
    FAULT = auto()


_AT_QUOTE = {
    _Place.FIELD_START: _Place.QUOTED,
    _Place.UNQUOTED: _Place.FAULT,
    _Place.QUOTED: _Place.BEHIND_QUOTE,
    _Place.BEHIND_QUOTE: _Place.QUOTED,
    _Place.BEHIND_RETURN: _Place.FAULT,
    _Place.FAULT: _Place.FAULT,
}


class LineReader:
    """Reads the quotes of a line, or of lines joined by a quoted field, piece by piece.

    Args:
        in_quotes: Whether the line begins inside a quoted field.
        delimiter: What separates the fields.
    """

    def __init__(self, *, in_quotes: bool, delimiter: bytes) -> None:
        self._place = _Place.QUOTED if in_quotes else _Place.FIELD_START
        self._delimiter = delimiter

    @property
    def is_in_quotes(self) -> bool:
        """Whether the text so far ends inside a quoted field."""
        return self._place is _Place.QUOTED

    @property
    def is_broken(self) -> bool:
        """Whether a quote was misplaced, or followed by text after it closed the field."""
        return self._place is _Place.FAULT

    def read(self, text: bytes) -> None:
        """Read on. Outside quotes, the text must not contain a line break."""
        for start in range(0, len(text), _PIECE_BYTES):
            first, *others = text[start : start + _PIECE_BYTES].split(b'"')
            self._read_unquoted(first)
            for other in others:
                self._place = _AT_QUOTE[self._place]
                self._read_unquoted(other)
            if self.is_broken:
                return

    def _read_unquoted(self, text: bytes) -> None:
        """Read a text without quotes."""
        if not text or self._place in (_Place.QUOTED, _Place.FAULT):
            return
        if self._place is _Place.BEHIND_QUOTE and text == b"\r":
            self._place = _Place.BEHIND_RETURN
        elif self._place is _Place.BEHIND_RETURN or (
            self._place is _Place.BEHIND_QUOTE and not text.startswith(self._delimiter)
        ):
            self._place = _Place.FAULT
        else:
            self._place = _Place.FIELD_START if text.endswith(self._delimiter) else _Place.UNQUOTED


def count_fields(text: bytes, delimiter: bytes = b",") -> int | None:
    """Count the fields of a record, or find that a quote is misplaced.

    Args:
        text: A record without its final line break; quoted fields may contain line breaks.
        delimiter: What separates the fields.

    Returns:
        The number of fields; None if the quotes are uneven or misplaced.
    """
    parts = text.split(b'"')
    if len(parts) % 2 == 0:
        return None
    outside = parts[::2]
    # A delimiter must come before an opening quote and after a closing one. Two adjacent quotes stand for one.
    opened = (not before or before.endswith(delimiter) for before in outside[:-1])
    closed = (not behind or behind.startswith(delimiter) for behind in outside[1:])
    if not (all(opened) and all(closed)):
        return None
    return 1 + sum(part.count(delimiter) for part in outside)


def split_fields(record: str, delimiter: str = ",") -> list[str]:
    """Split a record whose fields could be counted and that contains no NUL."""
    parts = record.split('"')
    for inside in range(1, len(parts), 2):
        parts[inside] = parts[inside].replace(delimiter, "\0")
    for outside in range(2, len(parts) - 1, 2):
        parts[outside] = parts[outside] or '"'  # two adjacent quotes stand for one
    return [field.replace("\0", delimiter) for field in "".join(parts).split(delimiter)]
