"""Parses the lines of a chunk into records of text fields, strictly by the CSV grammar of RFC 4180.

A record is one line, or several if a quoted field contains line breaks (see `joining`). No line inside such a
field is a record. A record with a wrong number of fields is malformed, with all its lines. Blank lines are not
records. Line breaks in a field become LF. `conversion` interprets the fields.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from bandcamp_assets.lake.joining import Range, find_joined
from bandcamp_assets.lake.lines import LINE_SCHEMA, read_lines
from bandcamp_assets.lake.quoting import count_fields, split_fields

_MAX_QUOTES = 2**19
"""Quotes that are checked at once, so that a chunk of quotes alone does not fill the memory."""

_ADDED = frozenset({"position", "record", "line"})


@dataclass(frozen=True)
class Records:
    """The records of one chunk.

    Attributes:
        whole: One row for each record: its fields as text under the file's column names (an empty field is an
            empty text), `record` (its number in the chunk, from 0) and `line` (its text).
        malformed: One row for each malformed record: `record`, `line`, `fault`.
    """

    whole: pl.DataFrame
    malformed: pl.DataFrame

    @property
    def count(self) -> int:
        """The number of records in the chunk, malformed ones included."""
        return self.whole.height + self.malformed.height

    @property
    def size(self) -> int:
        """About how many bytes they take in memory."""
        return int(self.whole.estimated_size() + self.malformed.estimated_size())


def parse_records(
    chunk: bytes, columns: list[str], joined: Sequence[Range] | None = None, delimiter: str = ","
) -> Records:
    """Parse a chunk of whole records.

    Args:
        chunk: The records.
        columns: The names of the fields. If a name occurs twice, only its first field is returned. A field with
            the name of a column that is added here is left out.
        joined: The positions of the records of several lines, if known.
        delimiter: What separates the fields.
    """
    joined = find_joined(chunk, None, delimiter.encode())[0] if joined is None else joined
    lines = read_lines(chunk, joined).with_columns(quotes=pl.col("line").str.count_matches('"', literal=True))
    plain, others = _split_plain(lines, columns, delimiter)
    quoted, rest = _split_quoted(others, columns, delimiter)
    return _number(pl.concat([plain, quoted]), _describe_malformed(rest, len(columns), delimiter))


def _split_plain(lines: pl.DataFrame, columns: list[str], delimiter: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split the records without quotes at their delimiters. Return them, and the other lines."""
    candidate = (pl.col("quotes") == 0) & pl.col("fault").is_null()
    parts = lines.select(pl.when(candidate).then(pl.col("line").str.split(delimiter))).to_series()
    whole = (parts.list.len() == len(columns)).fill_null(value=False)
    values = parts.filter(whole).explode(empty_as_null=False)
    return _with_fields(lines.filter(whole), values, columns), lines.filter(~whole)


def _with_fields(lines: pl.DataFrame, values: pl.Series, columns: list[str]) -> pl.DataFrame:
    """Make columns of the fields, which `values` holds one after the other."""
    width = len(columns)
    fields = (pl.first().gather_every(width, at).alias(name) for name, at in _given_fields(columns).items())
    return values.to_frame("values").select(fields).hstack(lines.select("position", "line"))


def _given_fields(columns: list[str]) -> dict[str, int]:
    """The position of each returned field, by name. Columns outside the contract may have any name."""
    places = {name: at for at, name in reversed(list(enumerate(columns))) if name not in _ADDED}
    return dict(reversed(places.items()))


def _split_quoted(lines: pl.DataFrame, columns: list[str], delimiter: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split the records with quotes. Return them, and the lines that are not records."""
    whole = lines["fault"].is_null() & _is_quoted_record(lines, len(columns), delimiter)
    records = lines.filter(whole)
    # Polars' reader removes a carriage return at the end of an unquoted field. And where a text has line breaks,
    # it guesses at which of them its threads may begin to read.
    apart = records["line"].str.contains(f"\r{re.escape(delimiter)}|\n") | records["line"].str.ends_with("\r")
    split = pl.concat(
        [
            _read_records(records.filter(~apart), columns, delimiter),
            _split_one_by_one(records.filter(apart), columns, delimiter),
        ]
    )
    return split, lines.filter(~whole)


def _read_records(records: pl.DataFrame, columns: list[str], delimiter: str) -> pl.DataFrame:
    """Split lines with Polars' reader. It also accepts what is not a record, so it is given records only."""
    # With an extra empty field, because a carriage return at the end would count as part of the line break.
    header, ends = delimiter.join(map(str, range(len(columns) + 1))), f"{delimiter}\n"
    text = f"{header}\n{records['line'].str.join(ends).item()}{ends}".encode()
    fields = pl.read_csv(
        text, separator=delimiter, infer_schema=False, empty_string_is_null=False, n_rows=records.height
    )
    given = {name: fields[str(at)] for name, at in _given_fields(columns).items()}
    return pl.DataFrame(given).hstack(records.select("position", "line"))


def _split_one_by_one(records: pl.DataFrame, columns: list[str], delimiter: str) -> pl.DataFrame:
    values = [field for record in records["line"] for field in split_fields(record, delimiter)]
    return _with_fields(records, pl.Series(values, dtype=pl.String), columns)


def _is_quoted_record(lines: pl.DataFrame, width: int, delimiter: str) -> pl.Series:
    """Whether each line is a record of this many fields: like `count_fields`, but for many lines at once."""
    if lines.height > 1 and lines["quotes"].sum() > _MAX_QUOTES:
        half = lines.height // 2
        beginning = _is_quoted_record(lines[:half], width, delimiter)
        return beginning.append(_is_quoted_record(lines[half:], width, delimiter))
    parts = lines["line"].str.split('"')
    counts = parts.list.len()
    ends = counts.cast(pl.Int64).cum_sum()
    place = pl.int_range(pl.len())
    text, first, last = pl.col("text"), place == pl.col("start"), place == pl.col("end") - 1
    outside = (place - pl.col("start")) % 2 == 0
    opens = last | (text == "") | text.str.ends_with(delimiter)
    closes = first | (text == "") | text.str.starts_with(delimiter)
    found = (
        pl.DataFrame({"text": parts, "start": ends - counts, "end": ends})
        .explode("text", empty_as_null=False)
        .select(
            "start",
            fits=~outside | (opens & closes),
            delimiters=pl.when(outside).then(text.str.count_matches(delimiter, literal=True)),
        )
        .group_by("start", maintain_order=True)
        .agg(pl.col("fits").all(), pl.col("delimiters").sum(), even=pl.len() % 2 == 1)
    )
    return found["fits"] & found["even"] & (found["delimiters"] == width - 1)


def _describe_malformed(lines: pl.DataFrame, width: int, delimiter: str) -> pl.DataFrame:
    """Describe what is wrong with lines that are not records. Lines with quotes are checked one by one."""
    broken = lines.filter(pl.col("line") != "")  # A blank line outside quotes is not a record.
    quoted = pl.col("fault").is_null() & (pl.col("quotes") > 0)
    found = pl.col("line").str.count_matches(delimiter, literal=True) + 1
    alike = broken.filter(~quoted).with_columns(
        fault=pl.coalesce("fault", pl.format("the record has {} fields instead of {}", found, width))
    )
    others = broken.filter(quoted)
    faults = [
        _describe(line, quotes, width, delimiter) for line, quotes in others.select("line", "quotes").iter_rows()
    ]
    described = others.with_columns(fault=pl.Series(faults, dtype=pl.String))
    return pl.concat([alike, described]).select(*LINE_SCHEMA).sort("position")


def _describe(line: str, quotes: int, width: int, delimiter: str) -> str:
    if quotes % 2:
        return "a quote is opened but not closed"
    found = count_fields(line.encode(), delimiter.encode())
    if found is None:
        return "a quote is misplaced"
    return f"the record has {found} fields instead of {width}"


def _number(whole: pl.DataFrame, malformed: pl.DataFrame) -> Records:
    """Number all records, malformed ones included, in their order."""
    positions = pl.concat([whole["position"], malformed["position"]]).sort()
    return Records(
        whole.with_columns(record=positions.search_sorted(whole["position"]).cast(pl.Int64)).drop("position"),
        malformed.with_columns(record=positions.search_sorted(malformed["position"]).cast(pl.Int64)).drop(
            "position"
        ),
    )
