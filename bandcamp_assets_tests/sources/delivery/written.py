"""The same sales as other programs write them: the second generator, beside that of the sample.

Each way writes one file. Python's `csv` writes the dialects of CSV, and a program its own files, if it is here. R
and spreadsheets are not, so theirs are imitated.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

from bandcamp_assets.contract.sale import NEEDED_COLUMNS, SOURCE_COLUMNS
from bandcamp_assets_tests.raw_files import FIRST_SECOND, HEADER, SECONDS_A_DAY, csv_bytes, raw_row

Row = Mapping[str, str]
AMOUNTS = ("item_price", "amount_paid", "amount_paid_usd")
NUMBERS = ("utc_date", *AMOUNTS, "art_id", "releases", "package_image_id", "addl_count")

_ARTISTS = (
    "None",
    "NA",
    "null",
    "nan",
    "-",
    "Björk",
    'The "Quoted", Band',
    "Straße \N{EN DASH} €5",
    "1975",
    "夜の笛",
    "Sōl 🎵",
)
_TITLES = ("", "Title; with | signs", "two\nlines", "a\ttab", "naïve, “quoted”", " spaced ", "Кино")


def sales(number: int = 44) -> list[dict[str, str]]:
    """Sales over two days, with every kind of text, missing values, and currencies."""
    return [_sale(each) for each in range(number)]


def _sale(number: int) -> dict[str, str]:
    seconds = FIRST_SECOND + 1009.1234567 * number + SECONDS_A_DAY * (number % 2)
    url = f"//artist{number}.bandcamp.com/album/title-{number}"
    changes = {
        "_id": f"{seconds:.5f}".rstrip("0").rstrip(".") + f"&{url}",
        "utc_date": repr(seconds),
        "url": url,
        "artist_name": _ARTISTS[number % len(_ARTISTS)],
        "album_title": _TITLES[number % len(_TITLES)],
        "item_type": "atpb"[number % 4],
        "slug_type": "atp"[number % 3],
        "currency": ("USD", "EUR", "JPY")[number % 3],
        "item_price": ("9.98999977111816", "12.5", "1500.0")[number % 3],
        "amount_paid": ("9.99", "12.75", "1500.0")[number % 3],
        "amount_paid_usd": ("9.99", "", "14.1")[number % 3],
        "art_id": f"{3320494770 + number}.0" if number % 5 else "",
        "releases": "12.0" if number % 4 == 3 else "",
        "addl_count": "2.0" if number % 7 == 0 else "",
    }
    return raw_row(number, **changes)


@dataclass(frozen=True)
class Way:
    """A way of writing sales.

    Attributes:
        part: What it is about: the dialect, the encoding, the packing, the values, or the program.
        name: What is written, and how.
        write: Writes sales to a path.
        keeps: Whether the way can write a sale; Windows-1252 cannot write all letters.
        rounds: Whether `utc_date` is not written in full, so that the time in `_id` alone is exact.
    """

    part: str
    name: str
    write: Callable[[list[dict[str, str]], Path], object]
    keeps: Callable[[Row], bool] = lambda _row: True
    rounds: bool = False


def _csv(
    *,
    columns: Iterable[str] = HEADER,
    delimiter: str = ",",
    encoding: str = "utf-8",
    line_end: str = "\n",
    quoting: int = csv.QUOTE_MINIMAL,
    above: str = "",
    named: Callable[[str], str] = lambda name: name,
    value: Callable[[str, str], str] = lambda _name, value: value,
    pack: Callable[[bytes], bytes] = lambda content: content,
) -> Callable[[list[dict[str, str]], Path], object]:
    names = list(columns)

    def write(rows: list[dict[str, str]], path: Path) -> None:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting)  # type: ignore[arg-type]
        writer.writerow([named(name) for name in names])
        for number, row in enumerate(rows):
            writer.writerow([value(name, row.get(name, str(number))) for name in names])
        path.write_bytes(pack((above + text.getvalue()).encode(encoding)))

    return write


def _comma(name: str, value: str) -> str:
    return value.replace(".", ",") if name in NUMBERS else value


def _missing(word: str) -> Callable[[str, str], str]:
    return lambda name, value: word if not value and name in NUMBERS else value


def _time(change: Callable[[float], str]) -> Callable[[str, str], str]:
    return lambda name, value: change(float(value)) if name == "utc_date" else value


def _iso(seconds: float) -> str:
    return str(pd.Timestamp(round(seconds * 10**9), tz="UTC"))


def _is_latin(row: Row) -> bool:
    try:
        "".join(row.values()).encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _zip(files: Mapping[str, bytes], path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def _several(rows: list[dict[str, str]], path: Path) -> None:
    middle = len(rows) // 2
    mac = {"__MACOSX/._a.csv": b"x", "data/.DS_Store": b"x", "README.txt": b"about", "cover.png": b"x"}
    as_lines = "".join(json.dumps(_item(row)) + "\n" for row in rows[middle:])
    _zip(mac | {"data/a.csv": csv_bytes(rows[:middle]), "data/b.jsonl": as_lines.encode()}, path)


def _zstd(content: bytes) -> bytes:
    packed: bytes = pa.compress(content, "zstd", asbytes=True)
    return packed


def _item(row: Row, *, with_id: bool = True) -> dict[str, Any]:
    item: dict[str, Any] = {}
    for name in SOURCE_COLUMNS:
        value = row[name]
        item[name] = (float(value) if name in NUMBERS else value) if value else None
    return item if with_id else {name: value for name, value in item.items() if name != "_id"}


def _frame(rows: list[dict[str, str]]) -> pl.DataFrame:
    types = {name: pl.Float64 if name in NUMBERS else pl.String for name in SOURCE_COLUMNS}
    return pl.DataFrame([_item(row) for row in rows], schema=types)


def _pandas(rows: list[dict[str, str]]) -> pd.DataFrame:
    return pd.DataFrame([_item(row) for row in rows], columns=list(SOURCE_COLUMNS))


def _pages(rows: list[dict[str, str]], path: Path) -> None:
    events = [{"event_type": "sale", "items": [_item(row, with_id=False)]} for row in rows]
    path.write_text(json.dumps({"start_date": 1599688800, "end_date": 1599689400, "events": events}))


def _duckdb(options: str) -> Callable[[list[dict[str, str]], Path], object]:
    def write(rows: list[dict[str, str]], path: Path) -> None:
        frame = _frame(rows).to_arrow()
        with duckdb.connect() as connection:
            connection.register("frame", frame)
            connection.execute(f"copy (select * from frame) to '{path}' ({options})")

    return write


def _r_table(rows: list[dict[str, str]], path: Path) -> None:
    r"""As R's write.table(sep = "\t"): each row has a name, the header does not name it."""
    _r(rows, path, delimiter="\t", names="")


def _r(rows: list[dict[str, str]], path: Path, *, delimiter: str = ",", names: str = '"",') -> None:
    """As R's write.csv: texts are quoted, numbers are not, a missing value is NA."""

    def value(name: str, text: str) -> str:
        if name in NUMBERS or not text:
            return text or "NA"
        return '"' + text.replace('"', '""') + '"'

    quoted = delimiter.join(f'"{name}"' for name in SOURCE_COLUMNS)
    lines = [names.replace(",", delimiter) + quoted]
    for number, row in enumerate(rows, start=1):
        lines.append(delimiter.join([f'"{number}"', *(value(name, row[name]) for name in SOURCE_COLUMNS)]))
    path.write_text("\n".join(lines) + "\n")


def _no_texts_missing(row: Row) -> bool:
    """R writes NA for a missing text, too, which is then an artist, or an album, of that name."""
    return all(row[name] for name in ("artist_name", "album_title", "item_description"))


WAYS = (
    Way("dialect", "commas, as the archive", _csv()),
    Way("dialect", "semicolons", _csv(delimiter=";")),
    Way("dialect", "semicolons, decimal commas", _csv(delimiter=";", value=_comma)),
    Way("dialect", "commas, decimal commas in quotes", _csv(value=_comma)),
    Way("dialect", "tabs", _csv(delimiter="\t")),
    Way("dialect", "tabs, decimal commas", _csv(delimiter="\t", value=_comma)),
    Way("dialect", "bars", _csv(delimiter="|")),
    Way("dialect", "every field in quotes", _csv(quoting=csv.QUOTE_ALL)),
    Way("dialect", "CRLF as line ends", _csv(line_end="\r\n")),
    Way("dialect", "CR as line ends", _csv(line_end="\r", quoting=csv.QUOTE_ALL)),
    Way("header", "a line `sep=;` above it", _csv(delimiter=";", above="sep=;\r\n", line_end="\r\n")),
    Way("header", "capitals, blanks around the names", _csv(named=lambda name: f" {name.upper()} ")),
    Way(
        "header",
        "hyphens within the names, as titles",
        _csv(named=lambda name: name if name == "_id" else name.replace("_", "-").title()),
    ),
    Way("header", "in another order, with unknown columns", _csv(columns=("note", *SOURCE_COLUMNS[::-1], "more"))),
    Way("header", "two index columns", _csv(columns=("Unnamed: 0", *HEADER))),
    Way("header", "without an index column", _csv(columns=SOURCE_COLUMNS)),
    Way("header", "without `_id`", _csv(columns=[name for name in SOURCE_COLUMNS if name != "_id"])),
    Way("encoding", "UTF-8 with a byte order mark", _csv(encoding="utf-8-sig")),
    Way("encoding", "UTF-16", _csv(encoding="utf-16", delimiter="\t", line_end="\r\n")),
    Way("encoding", "UTF-16, big-endian, without a mark", _csv(encoding="utf-16-be")),
    Way("encoding", "Windows-1252", _csv(encoding="cp1252"), keeps=_is_latin),
    *(
        Way("missing numbers", f"`{word}`", _csv(value=_missing(word)))
        for word in ("NA", "NULL", "\\N", "nan", "None", "-")
    ),
    Way("times", "rounded to seconds", _csv(value=_time(lambda seconds: f"{seconds:.0f}")), rounds=True),
    Way("times", "rounded to milliseconds", _csv(value=_time(lambda seconds: f"{seconds:.3f}")), rounds=True),
    Way("times", "`1.6E+09`", _csv(value=_time(lambda seconds: f"{seconds:.1E}")), rounds=True),
    Way("times", "ISO 8601", _csv(value=_time(_iso)), rounds=True),
    Way(
        "codes",
        "item types in capitals",
        _csv(value=lambda n, v: v.upper() if n in ("item_type", "slug_type") else v),
    ),
    Way("codes", "currencies in small letters", _csv(value=lambda n, v: v.lower() if n == "currency" else v)),
    Way("packing", "gzip", _csv(pack=gzip.compress)),
    Way("packing", "gzip, zeros behind", _csv(pack=lambda content: gzip.compress(content) + bytes(512))),
    Way("packing", "zstandard", _csv(pack=_zstd)),
    Way("packing", "bzip2", _csv(pack=bz2.compress)),
    Way("packing", "xz", _csv(pack=lzma.compress)),
    Way("packing", "zip of one CSV", lambda rows, path: _zip({"sales.csv": csv_bytes(rows)}, path)),
    Way("packing", "zip of a CSV and JSON lines, a README, a picture, `__MACOSX`", _several),
    Way("JSON", "a page of the feed", _pages),
    Way("JSON", "an array of items", lambda rows, path: path.write_text(json.dumps([_item(row) for row in rows]))),
    Way(
        "JSON",
        "items without `_id`, one a line",
        lambda rows, path: path.write_text("\n".join(json.dumps(_item(row, with_id=False)) for row in rows)),
    ),
    Way(
        "JSON",
        "items over several lines, as jq prints them",
        lambda rows, path: path.write_text("\n".join(json.dumps(_item(row), indent=2) for row in rows)),
    ),
    Way("pandas", "`to_csv`", lambda rows, path: _pandas(rows).to_csv(path)),
    Way(
        "pandas",
        "`to_csv(sep=';', decimal=',')`",
        lambda rows, path: _pandas(rows).to_csv(path, sep=";", decimal=",", index=False),
    ),
    Way(
        "pandas",
        "`to_json(orient='records')`",
        lambda rows, path: _pandas(rows).to_json(path, orient="records", double_precision=15),
    ),
    Way(
        "pandas",
        "`to_json(orient='records', lines=True)`",
        lambda rows, path: _pandas(rows).to_json(path, orient="records", lines=True, double_precision=15),
    ),
    Way("pandas", "`to_parquet`", lambda rows, path: _pandas(rows).to_parquet(path)),
    Way("Polars", "`write_csv`", lambda rows, path: _frame(rows).write_csv(path)),
    Way(
        "Polars",
        "`write_csv(separator=';', decimal_comma=True)`",
        lambda rows, path: _frame(rows).write_csv(path, separator=";", decimal_comma=True),
    ),
    Way("Polars", "`write_ndjson`", lambda rows, path: _frame(rows).write_ndjson(path)),
    Way("Polars", "`write_json`", lambda rows, path: _frame(rows).write_json(path)),
    Way("Polars", "`write_parquet`", lambda rows, path: _frame(rows).write_parquet(path)),
    Way("DuckDB", "`copy … (format csv)`", _duckdb("format csv, header")),
    Way("DuckDB", "`copy … (format json)`", _duckdb("format json")),
    Way("DuckDB", "`copy … (format json, array true)`", _duckdb("format json, array true")),
    Way("DuckDB", "`copy … (format parquet)`", _duckdb("format parquet")),
    Way("R-like", "`write.csv`", _r, keeps=_no_texts_missing),
    Way("R-like", '`write.table(sep = "\\t")`', _r_table, keeps=_no_texts_missing),
    Way(
        "spreadsheet-like",
        "semicolons, decimal commas, CRLF, byte order mark, times in whole seconds",
        _csv(
            delimiter=";",
            value=lambda n, v: f"{float(v):.0f}" if n == "utc_date" else _comma(n, v),
            line_end="\r\n",
            encoding="utf-8-sig",
        ),
        rounds=True,
    ),
)
"""Each of them gives the same facts."""


def _without(name: str) -> Callable[[list[dict[str, str]], Path], object]:
    return _csv(columns=[column for column in SOURCE_COLUMNS if column != name])


REFUSED = (
    Way("header", "no header", lambda rows, path: path.write_bytes(csv_bytes(rows).split(b"\n", 1)[1])),
    Way("header", "a needed column is missing", _without("currency")),
    Way(
        "header",
        "a needed column has another name",
        _csv(named=lambda name: "Amount paid (USD)" if name == "amount_paid_usd" else name),
    ),
    Way(
        "spreadsheet",
        "`.xlsx`",
        lambda _rows, path: _zip({"[Content_Types].xml": b"", "xl/workbook.xml": b""}, path),
    ),
    Way(
        "spreadsheet",
        "`.xls`",
        lambda _rows, path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99)),
    ),
    Way("packing", "7z", lambda _rows, path: path.write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(99))),
    Way("packing", "gzip, cut short", _csv(pack=lambda content: gzip.compress(content)[:-20])),
    Way(
        "packing",
        "a packed CSV within a zip",
        lambda rows, path: _zip({"a.csv.gz": gzip.compress(csv_bytes(rows))}, path),
    ),
    Way(
        "JSON",
        "an array that is cut short",
        lambda rows, path: path.write_text(json.dumps([_item(row) for row in rows])[:-5]),
    ),
    Way("pandas", "`to_json`", lambda rows, path: _pandas(rows).to_json(path)),
    Way("pandas", "`to_feather`", lambda rows, path: _pandas(rows).to_feather(path)),
    Way("pandas", "`to_json(orient='split')`", lambda rows, path: _pandas(rows).to_json(path, orient="split")),
)
"""Each of them is refused in one sentence."""

assert set(NEEDED_COLUMNS) < set(SOURCE_COLUMNS)
