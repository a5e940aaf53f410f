"""A delivered file is read as what it was found to be, and an error names the file and the member of a zip."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from bandcamp_assets.lake.reading import parts_of
from bandcamp_assets.sources.delivery import json_kind
from bandcamp_assets.sources.delivery.file_format import Content, FileFormat, Kind
from bandcamp_assets.sources.delivery.recognition import recognize
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.raw_files import HEADER, csv_bytes, raw_row
from bandcamp_assets_tests.sources.feed.conftest import page_bytes
from bandcamp_assets_tests.sources.feed.items import event, item

URLS = ["//a", "//b"]
CSV = csv_bytes([raw_row(number, url=url, artist_name="A,\nB") for number, url in enumerate(URLS)])
ITEMS = [json.dumps(item(url=url)).encode() for url in URLS]


def as_written_by_r(path: Path) -> None:
    """Semicolons, a line that names them, and rows with names that the header lacks."""
    header, rows = CSV.split(b"\n", 1)
    path.write_bytes((b"sep=,\n" + header.removeprefix(b",") + b"\n" + rows).replace(b",", b";"))


def as_parquet(path: Path) -> None:
    pl.read_csv(CSV, infer_schema=False).select(HEADER[1:]).write_parquet(path)


@pytest.mark.parametrize(
    ("write", "kind"),
    [
        (lambda path: path.write_bytes(CSV), Kind.CSV),
        (as_written_by_r, Kind.CSV),
        (lambda path: path.write_bytes(page_bytes(events=[event(*map(json.loads, ITEMS))])), Kind.PAGES),
        (lambda path: path.write_bytes(b"\n".join(ITEMS)), Kind.LINES),
        (lambda path: path.write_bytes(b"[" + b",".join(ITEMS) + b"]"), Kind.VALUES),
        (as_parquet, Kind.PARQUET),
    ],
    ids=["CSV", "CSV of R", "pages", "lines", "list", "Parquet"],
)
def test_a_file_of_each_kind_gives_its_rows_and_says_how_they_are_written(
    tmp_path: Path, write: Callable[[Path], object], kind: Kind
):
    path = tmp_path / "sales"
    write(path)
    form = recognize(path, "sales")

    parts = list(parts_of(path, form, tmp_path, "sales"))

    assert [url for part in parts for url in part.records().whole["url"]] == URLS
    assert [(part.content, part.content.kind) for part in parts] == [(form.contents[0], kind)]


@pytest.mark.parametrize("name", ["", "b.json"])
@pytest.mark.parametrize(
    ("kind", "content", "what", "remedy"),
    [
        (
            Kind.VALUES,
            b"[" + ITEMS[0],
            "The file is not whole JSON: it ends within the list of items",
            "deliver it again",
        ),
        (
            Kind.PAGES,
            b"x" * 1001,
            "The file holds more than the 1000 bytes that are allowed for pages",
            "deliver one page in each file, or in each line",
        ),
        (
            Kind.CSV,
            b"",
            "The file is empty",
            "deliver a CSV file whose first line names the columns",
        ),
    ],
)
def test_an_error_names_the_file_and_the_member_of_a_zip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: Kind, content: bytes, what: str, remedy: str
):
    monkeypatch.setattr(json_kind, "MAX_FILE_BYTES", 1000)
    path, found = tmp_path / "sales", []
    if name:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.csv", CSV)
            archive.writestr(name, content)
    else:
        path.write_bytes(content)
    form = FileFormat(contents=(*([Content(name="a.csv")] if name else []), Content(name=name, kind=kind)))

    with pytest.raises(PlatformError) as raised:
        found.extend(part.content.name for part in parts_of(path, form, tmp_path, "sales"))

    assert found == (["a.csv"] if name else [])
    assert (raised.value.what, raised.value.remedy) == (what, remedy)
    assert raised.value.where == ("sales, member b.json" if name else "sales")


def test_a_damaged_parquet_file_is_named(tmp_path: Path):
    path = tmp_path / "sales"
    path.write_bytes(b"PAR1")

    with pytest.raises(PlatformError) as raised:
        list(parts_of(path, FileFormat(contents=(Content(kind=Kind.PARQUET),)), tmp_path, "the file"))

    assert raised.value.where == "the file"
