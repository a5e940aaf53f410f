"""How many fields a text has by RFC 4180, and which, in time that grows with its length and no faster.

A regular expression that looks for one field after the other does not keep to that: where a quote is never
closed, it reads on to the end of the text from each field anew. Many lines at once are the concern of `records`.
"""

from __future__ import annotations


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
