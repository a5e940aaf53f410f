"""Finds records of several lines: a quoted field contains the line breaks between them.

This module looks at quotes only. `records` counts the fields and decides whether a text is a record. If a quote is
not closed as RFC 4180 demands, the line that opens it is a record of its own, and reading continues at the next
line. Each line is read at most twice: the lines after an open quote, up to the line that closes or breaks it, have
their quotes in pairs, so none of them opens another quote.
"""

from __future__ import annotations

from collections.abc import Sequence

from bandcamp_assets.lake.quoting import LineReader

Range = tuple[int, int]
"""The start of a record of several lines in a text, and its end, after its line break."""


def find_joined(text: bytes, end: int | None, delimiter: bytes) -> tuple[list[Range], int]:
    """Find the records of several lines.

    Args:
        text: Lines; the first one begins a record.
        end: Where to stop: after a line break; None for the end of the text.
        delimiter: What separates the fields.

    Returns:
        The positions of the records, in order, and the position of a line whose quote is still open at the end;
        `end` if there is no such line.
    """
    end = len(text) if end is None else end
    joined: list[Range] = []
    opened = -1
    quote = text.find(b'"', 0, end)
    while quote >= 0:
        stop = text.find(b"\n", quote, end)
        stop = end if stop < 0 else stop
        # Most lines with quotes have them in pairs, so this loop does as little as possible for them.
        if opened >= 0 or text.count(b'"', quote, stop) % 2:
            start = text.rfind(b"\n", 0, quote) + 1
            line = text[start:stop]
            if opened >= 0 and (behind := _read(line, delimiter, in_quotes=True)) and not behind.is_in_quotes:
                if not behind.is_broken:
                    joined.append((opened, min(stop + 1, end)))
                opened = start if behind.is_broken and _read(line, delimiter, in_quotes=False).is_in_quotes else -1
            elif opened < 0 and _read(line, delimiter, in_quotes=False).is_in_quotes:
                opened = start
        quote = text.find(b'"', stop, end)
    return joined, end if opened < 0 else opened


def _read(line: bytes, delimiter: bytes, *, in_quotes: bool) -> LineReader:
    reader = LineReader(in_quotes=in_quotes, delimiter=delimiter)
    reader.read(line)
    return reader


def cut_in_two(text: bytes, joined: Sequence[Range]) -> int:
    """Find the end of a record near the middle of a text.

    Returns:
        Where to cut; 0 if the text is one record.
    """
    cut = text.rfind(b"\n", 0, len(text) // 2) + 1 or text.find(b"\n") + 1
    for start, end in joined:
        if start < cut < end:
            cut = start or end
    return cut if cut < len(text) else 0
