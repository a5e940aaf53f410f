"""From a chunk of bytes to records of text fields: the CSV grammar of RFC 4180, and nothing laxer.

A record is one line, or several where a quoted field holds line breaks. A quote that is opened and never
closed must not swallow the rows below it, so a line that is a whole record by itself is never made part
of another one. Blank lines are no records; line breaks in a field become plain ones (LF). What the fields
mean is the concern of `conversion`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import polars as pl

from bandcamp_assets.lake.chunks import MAX_RECORD_BYTES
from bandcamp_assets.lake.quoting import count_fields

_FIELD = r'(?:"(?:[^"]|"")*"|[^",]*),'
"""One field with the comma behind it; a comma is put behind the last field of a record for that."""

_FIELDS = f"^(?:{_FIELD})+$"
"""Nothing but fields. Asked first: to look for fields in anything else takes the square of its length."""

_WINDOW_BYTES = 2**14
"""How much text around a line that is no UTF-8 is looked at line by line."""

_SPARE_BYTES = 8
"""Left of a line beyond what a record may have: at its end a letter, or a carriage return, may be taken off."""

_PLACEHOLDER = b"?"

_ADDED = frozenset({"position", "record", "line"})

_LINE_SCHEMA = {"position": pl.Int64, "line": pl.String, "fault": pl.String}


@dataclass(frozen=True)
class Records:
    """The records of one chunk.

    Attributes:
        whole: One row a record: its fields as text under the file's column names (empty text where a
            field is empty), `record` (its number in the chunk, from 0) and `line` (its text).
        malformed: One row for each record that is none: `record`, `line`, `fault`.
    """

    whole: pl.DataFrame
    malformed: pl.DataFrame

    @property
    def count(self) -> int:
        """How many records the chunk holds, whole or not."""
        return self.whole.height + self.malformed.height


def parse_records(chunk: bytes, columns: list[str]) -> Records:
    """Parse a chunk of whole records.

    `columns` are the names the fields get. Of those that stand twice, only the first field is given, and none
    whose name is that of a column added here.
    """
    lines = _read_lines(chunk)
    text = pl.col("line").str
    lines = lines.with_columns(quotes=text.count_matches('"', literal=True))
    plain = (pl.col("quotes") == 0) & (text.count_matches(",", literal=True) == len(columns) - 1)
    lines = lines.with_columns(plain=plain & pl.col("fault").is_null())
    others = lines.filter(~pl.col("plain"))
    quoted, rest = _split_quoted(others, columns)
    joined, malformed = _join_lines(rest, len(columns))
    late, _ = _split_quoted(joined, columns)
    whole = pl.concat([_split_plain(lines.filter("plain"), columns), quoted, late])
    return _number(whole, malformed)


def _read_lines(chunk: bytes) -> pl.DataFrame:
    """Split a chunk into `_LINE_SCHEMA`. Bytes that cannot be text become a fault, and readable."""
    readable, unreadable = _set_apart_unreadable(_shorten(chunk))
    # Polars unpacks what begins like a packed file (so does a record that begins with `x^`). The line break
    # prevents it; the blank line it makes is no record.
    source = io.BytesIO(b"\n" + readable)
    lines = pl.scan_lines(source, name="line", row_index_name="position").collect()
    lines = lines.with_columns(pl.col("position").cast(pl.Int64) - 1, fault=pl.lit(None, pl.String))
    lines = _put_back(lines, unreadable)
    faults = pl.coalesce(
        "fault",
        pl.when(pl.col("line").str.contains("\0", literal=True)).then(pl.lit("the record holds a NUL byte")),
        pl.when(pl.col("line").str.len_bytes() > MAX_RECORD_BYTES).then(
            pl.lit(f"the record is longer than {MAX_RECORD_BYTES} bytes")
        ),
    )
    return lines.with_columns(fault=faults).select(*_LINE_SCHEMA)


def _shorten(chunk: bytes) -> bytes:
    """Cut the lines that are much too long for a record. What is left of them is too long still."""
    parts: list[bytes] = []
    start = kept = 0
    while len(chunk) - start > MAX_RECORD_BYTES:
        end = chunk.rfind(b"\n", start, start + MAX_RECORD_BYTES + 1)
        if end < 0:
            end = chunk.find(b"\n", start)
            end = len(chunk) if end < 0 else end
            if end - start > MAX_RECORD_BYTES + _SPARE_BYTES:
                parts.append(_whole_letters(chunk[kept : start + MAX_RECORD_BYTES + _SPARE_BYTES]))
                kept = end
        start = end + 1
    return b"".join([*parts, chunk[kept:]]) if parts else chunk


def _whole_letters(part: bytes) -> bytes:
    """Without the last letter, if the end may have been cut through it."""
    for back in range(1, 4):
        if part[-back] & 0xC0 == 0xC0:
            return part[:-back]
        if part[-back] & 0xC0 != 0x80:
            break
    return part


def _set_apart_unreadable(chunk: bytes) -> tuple[bytes, list[tuple[int, str, str]]]:
    """Take the lines out that are no UTF-8, and leave `_PLACEHOLDER` in their places.

    Python looks at single lines only in those windows that hold such a line.

    Returns:
        The chunk as UTF-8, and `position`, `line` and `fault` of the lines taken out.
    """
    if _is_text(chunk):
        return chunk, []
    readable: list[bytes] = []
    unreadable: list[tuple[int, str, str]] = []
    position = start = 0
    while start < len(chunk):
        end = chunk.find(b"\n", start + _WINDOW_BYTES) + 1 or len(chunk)
        window = chunk[start:end]
        if not _is_text(window):
            lines = window.split(b"\n")
            for number, line in enumerate(lines):
                if fault := _fault_of(line):
                    text = line.removesuffix(b"\r").decode(errors="backslashreplace")
                    unreadable.append((position + number, text, fault))
                    lines[number] = _PLACEHOLDER
            window = b"\n".join(lines)
        readable.append(window)
        position += window.count(b"\n")
        start = end
    return b"".join(readable), unreadable


def _is_text(part: bytes) -> bool:
    return _fault_of(part) is None


def _fault_of(part: bytes) -> str | None:
    try:
        part.decode()
    except UnicodeDecodeError as error:
        return f"byte {error.start + 1} of the record is no UTF-8"
    return None


def _put_back(lines: pl.DataFrame, unreadable: list[tuple[int, str, str]]) -> pl.DataFrame:
    """Put the lines that were set apart into their places."""
    if not unreadable:
        return lines
    apart = pl.DataFrame(unreadable, schema=_LINE_SCHEMA, orient="row")
    return lines.update(apart, on="position").select(*_LINE_SCHEMA)


def _split_plain(lines: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Split records without a quote at their commas."""
    return _with_fields(lines, lines["line"].str.split(",").explode(empty_as_null=False), columns)


def _with_fields(lines: pl.DataFrame, values: pl.Series, columns: list[str]) -> pl.DataFrame:
    """Put the fields of the lines, one after the other in `values`, under their names."""
    fields = {name: values.gather_every(len(columns), at) for name, at in _given_fields(columns).items()}
    return pl.DataFrame(fields).hstack(lines.select("position", "line"))


def _given_fields(columns: list[str]) -> dict[str, int]:
    """The place of each field that is given, by name. Columns outside the contract may be named anyhow."""
    places = {name: at for at, name in reversed(list(enumerate(columns))) if name not in _ADDED}
    return dict(reversed(places.items()))


def _split_quoted(lines: pl.DataFrame, columns: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split the records that hold quotes; give them, and the lines that are no record."""
    record = pl.col("line") + ","
    tiled = lines.select(pl.col("fault").is_null() & record.str.contains(_FIELDS)).to_series()
    parts = lines.select(pl.when(tiled).then(record).str.extract_all(_FIELD)).to_series()
    whole = tiled & (parts.list.len() == len(columns)).fill_null(value=False)
    matched = parts.filter(whole).explode(empty_as_null=False).str.strip_suffix(",")
    inner = matched.str.slice(1).str.strip_suffix('"').str.replace_all('""', '"', literal=True)
    values = inner.zip_with(matched.str.starts_with('"'), matched)
    return _with_fields(lines.filter(whole), values, columns), lines.filter(~whole)


def _join_lines(broken: pl.DataFrame, width: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Join broken lines that make a record together; give these, and the malformed ones.

    Only lines that stand together with one of an odd number of quotes can; the others are described all at once.
    """
    neighbours = (pl.col("position").diff() != 1).fill_null(value=True).cum_sum()
    opened = (pl.col("quotes") % 2 == 1).any().over(neighbours)
    broken = broken.with_columns(one_by_one=opened | (pl.col("quotes") > 0))
    found = pl.col("line").str.count_matches(",", literal=True) + 1
    alone = broken.filter(~pl.col("one_by_one") & (pl.col("line") != "")).with_columns(
        fault=pl.coalesce("fault", pl.format("the record has {} fields instead of {}", found, width))
    )
    joined, malformed = _join_one_by_one(broken.filter("one_by_one"), width)
    return joined, pl.concat([malformed, alone.select(*_LINE_SCHEMA)]).sort("position")


def _join_one_by_one(broken: pl.DataFrame, width: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Join lines; give records and malformed lines.

    A line with an open quote takes in the broken lines right below it until the quotes are even. Time stays
    linear whatever the lines hold, because each attempt ends at the next line with an odd number of quotes.
    """
    rows = broken.select("position", "line", "fault", "quotes").rows()
    joined: list[tuple[int, str, None]] = []
    malformed: list[tuple[int, str, str]] = []
    at = 0
    while at < len(rows):
        position, line, fault, quotes = rows[at]
        record = None if fault or quotes % 2 == 0 else _close_quote(rows, at, width)
        if record is None:
            if line:  # A blank line outside of quotes is no record.
                malformed.append((position, line, fault or _describe(line, quotes, width)))
            at += 1
        else:
            joined.append((position, record[0], None))
            at += record[1]
    return (
        pl.DataFrame(joined, schema=_LINE_SCHEMA, orient="row"),
        pl.DataFrame(malformed, schema=_LINE_SCHEMA, orient="row"),
    )


def _close_quote(rows: list[tuple[int, str, str | None, int]], start: int, width: int) -> tuple[str, int] | None:
    """Join the line at `start` with those below it up to an even number of quotes.

    Returns:
        The record's text and how many lines it took, or None where that makes no record.
    """
    parts, size = [rows[start][1]], len(rows[start][1].encode())
    for at in range(start + 1, len(rows)):
        position, line, fault, quotes = rows[at]
        size += len(line.encode()) + 1
        if fault or position != rows[at - 1][0] + 1 or size > MAX_RECORD_BYTES:
            return None
        parts.append(line)
        if quotes % 2:
            text = "\n".join(parts)
            return (text, len(parts)) if count_fields(text.encode()) == width else None
    return None


def _describe(line: str, quotes: int, width: int) -> str:
    if quotes % 2:
        return "a quote is opened and not closed"
    found = count_fields(line.encode())
    if found is None:
        return "a quote stands where none may stand"
    return f"the record has {found} fields instead of {width}"


def _number(whole: pl.DataFrame, malformed: pl.DataFrame) -> Records:
    """Number the records in the order they stand in, whole and malformed alike."""
    positions = pl.concat([whole["position"], malformed["position"]]).sort()
    return Records(
        whole.with_columns(record=positions.search_sorted(whole["position"]).cast(pl.Int64)).drop("position"),
        malformed.with_columns(record=positions.search_sorted(malformed["position"]).cast(pl.Int64)).drop(
            "position"
        ),
    )
