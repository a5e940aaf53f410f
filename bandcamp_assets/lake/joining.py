"""Which lines of a text make a record together, because a quoted field holds the line breaks between them.

Only quotes are looked at: how many fields a record has, and whether it is one, is the concern of `records`.
Where a quote that is opened is not closed as RFC 4180 says, the line that opens it stands alone, and reading goes
on at the next line in the same way. So each line is looked at twice at most: the lines behind an open quote, up to
the one that closes it or shows that it is broken, have quotes in pairs, and open none that they do not close.
"""

from __future__ import annotations

from collections.abc import Sequence

from bandcamp_assets.lake.quoting import LineReader

Range = tuple[int, int]
"""Where a record of several lines begins in a text, and where it ends, behind its line break."""


def find_joined(text: bytes, end: int | None = None) -> tuple[list[Range], int]:
    """Find the records of several lines.

    Args:
        text: Lines, the first of which begins a record.
        end: Where to stop: behind a line break, or at the end of the text.

    Returns:
        The records' places, in their order, and the place of the line with an open quote of which it cannot be
        told yet whether it is closed; `end` where there is none.
    """
    end = len(text) if end is None else end
    joined: list[Range] = []
    opened = -1
    quote = text.find(b'"', 0, end)
    while quote >= 0:
        stop = text.find(b"\n", quote, end)
        stop = end if stop < 0 else stop
        # Most lines with quotes hold them in pairs, so this loop does no more for them than it must.
        if opened >= 0 or text.count(b'"', quote, stop) % 2:
            start = text.rfind(b"\n", 0, quote) + 1
            line = text[start:stop]
            if opened >= 0 and (behind := _read(line, in_quotes=True)) and not behind.is_in_quotes:
                if not behind.is_broken:
                    joined.append((opened, min(stop + 1, end)))
                opened = start if behind.is_broken and _read(line, in_quotes=False).is_in_quotes else -1
            elif opened < 0 and _read(line, in_quotes=False).is_in_quotes:
                opened = start
        quote = text.find(b'"', stop, end)
    return joined, end if opened < 0 else opened


def _read(line: bytes, *, in_quotes: bool) -> LineReader:
    reader = LineReader(in_quotes=in_quotes)
    reader.read(line)
    return reader


def cut_in_two(text: bytes, joined: Sequence[Range]) -> int:
    """Find a line's end near the middle of a text that is not within a record.

    Returns:
        Where to cut; 0 where the text is one record.
    """
    cut = text.rfind(b"\n", 0, len(text) // 2) + 1 or text.find(b"\n") + 1
    for start, end in joined:
        if start < cut < end:
            cut = start or end
    return cut if cut < len(text) else 0
