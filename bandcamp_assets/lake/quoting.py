"""How quotes stand in a text by RFC 4180: how many fields it has, which, and whether a line ends in a quoted one.

The time grows with the length of the text and no faster. A regular expression that looks for one field after the
other does not keep to that: where a quote is never closed, it reads on to the end of the text from each field
anew. Which lines make a record together is the concern of `joining`; many lines at once, that of `records`.
"""

from __future__ import annotations

from enum import Enum, auto

_PIECE_BYTES = 2**16
"""Text that is split at its quotes in one go, so that one of nothing else does not fill the memory."""


class _Place(Enum):
    """Where in a record the reader is."""

    FIELD_START = auto()
    UNQUOTED = auto()
    QUOTED = auto()
    BEHIND_QUOTE = auto()  # It closed the field, or is the first of a doubled one.
    BEHIND_RETURN = auto()  # A carriage return behind the closing quote: only a line's end may follow.
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
        in_quotes: Whether the line begins inside of a quoted field.
    """

    def __init__(self, *, in_quotes: bool) -> None:
        self._place = _Place.QUOTED if in_quotes else _Place.FIELD_START

    @property
    def is_in_quotes(self) -> bool:
        """Whether what was read ends inside of a quoted field."""
        return self._place is _Place.QUOTED

    @property
    def is_broken(self) -> bool:
        """Whether a quote stands where none may stand, or text behind a closing one."""
        return self._place is _Place.FAULT

    def read(self, text: bytes) -> None:
        """Read on. No line break may stand in the text outside of quotes."""
        for start in range(0, len(text), _PIECE_BYTES):
            first, *others = text[start : start + _PIECE_BYTES].split(b'"')
            self._read_unquoted(first)
            for other in others:
                self._place = _AT_QUOTE[self._place]
                self._read_unquoted(other)
            if self.is_broken:
                return

    def _read_unquoted(self, text: bytes) -> None:
        """Read a text in which no quote stands."""
        if not text or self._place in (_Place.QUOTED, _Place.FAULT):
            return
        if self._place is _Place.BEHIND_QUOTE and text == b"\r":
            self._place = _Place.BEHIND_RETURN
        elif self._place is _Place.BEHIND_RETURN or (
            self._place is _Place.BEHIND_QUOTE and not text.startswith(b",")
        ):
            self._place = _Place.FAULT
        else:
            self._place = _Place.FIELD_START if text.endswith(b",") else _Place.UNQUOTED


def count_fields(text: bytes) -> int | None:
    """Count the fields of a record, or find that a quote stands where none may stand.

    Args:
        text: A record without the line break behind it; quoted fields may hold line breaks.

    Returns:
        How many fields there are; None where the quotes are uneven or in the wrong places.
    """
    parts = text.split(b'"')
    if len(parts) % 2 == 0:
        return None
    outside = parts[::2]
    # Before a quote stands a comma, and behind the closing one; with nothing between, both are a doubled quote.
    opened = (not before or before.endswith(b",") for before in outside[:-1])
    closed = (not behind or behind.startswith(b",") for behind in outside[1:])
    if not (all(opened) and all(closed)):
        return None
    return 1 + sum(part.count(b",") for part in outside)


def split_fields(record: str) -> list[str]:
    """Give the fields of a record whose fields could be counted, and that holds no NUL."""
    parts = record.split('"')
    for inside in range(1, len(parts), 2):
        parts[inside] = parts[inside].replace(",", "\0")
    for outside in range(2, len(parts) - 1, 2):
        parts[outside] = parts[outside] or '"'  # nothing at all between two quotes is a quote of the field's own
    return [field.replace("\0", ",") for field in "".join(parts).split(",")]
