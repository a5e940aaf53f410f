"""A source arrives once, whole and recorded, or not at all."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bandcamp_assets.landing.arrival import land
from bandcamp_assets.landing.named_files import land_files
from bandcamp_assets.landing.refusals import standing_refusals
from bandcamp_assets.sources.sample import ExpectedCounts
from bandcamp_assets.sources.source import ArchiveSource, FileSource, FilesSource, SampleSource, parse_source
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row, write_csv

ROWS = [raw_row(n) for n in range(20)]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
def catalog(home: Home) -> Catalog:
    return Catalog(home.catalog)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address at which a real server serves its files."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def zip_of(name: str, content: bytes, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return path


def test_a_file_is_kept_as_delivered_and_recorded(home: Home, catalog: Catalog, tmp_path: Path):
    source = write_csv(tmp_path / "sales.csv", ROWS)

    landed = land(FileSource(source), home, catalog)

    assert landed.is_new
    assert (home.landing / landed.file.stored_as).read_bytes() == source.read_bytes()
    assert landed.file.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert (landed.file.name, landed.file.size, landed.file.arrival) == ("sales.csv", source.stat().st_size, 1)
    assert catalog.raw_files() == [landed.file]
    assert source.exists()


def test_equal_bytes_are_one_file_whatever_their_name(home: Home, catalog: Catalog, tmp_path: Path):
    first = land(FileSource(write_csv(tmp_path / "sales.csv", ROWS)), home, catalog)

    again = land(FileSource(write_csv(tmp_path / "other.csv", ROWS)), home, catalog)

    assert not again.is_new
    assert again.file == first.file
    assert len(catalog.raw_files()) == 1


def test_a_changed_file_under_the_same_name_is_another_file(home: Home, catalog: Catalog, tmp_path: Path):
    land(FileSource(write_csv(tmp_path / "sales.csv", ROWS)), home, catalog)

    changed = land(FileSource(write_csv(tmp_path / "sales.csv", ROWS[:5])), home, catalog)

    assert changed.is_new
    assert [file.arrival for file in catalog.raw_files()] == [1, 2]


def test_the_archive_is_downloaded_once(home: Home, catalog: Catalog, served: tuple[Path, str]):
    folder, address = served
    packed = zip_of("sales.csv", csv_bytes(ROWS), folder / "sales.zip")
    source = ArchiveSource(f"{address}/sales.zip")

    landed = land(source, home, catalog)
    packed.unlink()
    again = land(source, home, catalog)

    assert landed.file.name == "sales.zip"
    assert not landed.file.synthetic
    assert again.file == landed.file
    assert [path.name for path in home.landing.rglob("*") if path.is_file()] == ["sales.zip"]


def test_a_file_with_the_published_name_must_be_the_published_archive(
    home: Home, catalog: Catalog, served: tuple[Path, str]
):
    folder, address = served
    zip_of("1000000-bandcamp-sales.csv", csv_bytes(ROWS), folder / "sales.zip")

    with pytest.raises(PlatformError, match="has the name of the published archive but is not that file"):
        land(ArchiveSource(f"{address}/sales.zip"), home, catalog)

    assert catalog.raw_files() == []
    assert [path for path in home.landing.rglob("*") if path.is_file()] == []


def test_an_archive_that_is_not_there_is_one_clear_error(home: Home, catalog: Catalog, served: tuple[Path, str]):
    with pytest.raises(PlatformError) as caught:
        land(ArchiveSource(f"{served[1]}/gone.zip?key=secret"), home, catalog)

    assert "404" in caught.value.what
    assert "secret" not in str(caught.value)
    assert catalog.raw_files() == []


def test_a_secret_in_the_address_is_not_recorded():
    source = ArchiveSource("https://user:password@example.com/sales.zip?key=secret")

    assert "password" not in source.origin
    assert "secret" not in source.origin


def test_the_sample_is_made_once_with_its_expected_counts_beside_it(home: Home, catalog: Catalog):
    landed = land(SampleSource(1000), home, catalog)
    again = land(SampleSource(1000), home, catalog)

    expected = ExpectedCounts.from_json(
        (home.landing / landed.file.stored_as).with_suffix(".truth.json").read_text()
    )
    assert landed.file.synthetic
    assert not again.is_new
    assert expected.rows == 1000


def test_synthetic_and_real_sales_never_share_a_home(home: Home, catalog: Catalog, tmp_path: Path):
    land(SampleSource(1000), home, catalog)

    with pytest.raises(PlatformError, match="would be mixed"):
        land(FileSource(write_csv(tmp_path / "sales.csv", ROWS)), home, catalog)


@pytest.mark.parametrize(
    ("text", "source"),
    [("sample", SampleSource(1000)), ("archive", ArchiveSource("https://example.com/a.zip"))],
)
def test_a_source_is_named_by_a_word(text: str, source: object):
    assert parse_source(text, sample_rows=1000, archive_url="https://example.com/a.zip") == source


def test_a_source_is_named_by_its_path(tmp_path: Path):
    path = write_csv(tmp_path / "sales.csv", ROWS)

    assert parse_source(str(path), sample_rows=1000, archive_url="") == FileSource(path)


def test_of_a_folder_each_file_lands_and_an_unreadable_one_is_named_until_it_is_gone(
    home: Home, catalog: Catalog, tmp_path: Path
):
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(2):
        write_csv(folder / f"{number}.csv", [ROWS[number]])
    (folder / "bad.csv").write_bytes(b"a,b\n1,2\n")
    (folder / "out.csv").symlink_to(write_csv(tmp_path / "elsewhere.csv", ROWS))
    source = parse_source(str(folder), sample_rows=1000, archive_url="")
    assert isinstance(source, FilesSource)

    landed = land_files(source, home, catalog)
    again = land_files(source, home, catalog)

    assert [(one.file.name, one.is_new) for one in landed] == [("0.csv", True), ("1.csv", True)]
    assert not any(one.is_new for one in again)
    refused = standing_refusals([], catalog)
    assert [Path(one.where).name for one in refused] == ["bad.csv", "out.csv"]
    assert "names none of the columns" in str(refused[0])
    assert "The link leads out of the folder" in str(refused[1])
    (folder / "bad.csv").unlink()
    (folder / "out.csv").unlink()
    assert standing_refusals([], catalog) == []


def test_a_folder_of_which_nothing_can_be_read_is_one_clear_error(home: Home, catalog: Catalog, tmp_path: Path):
    folder = tmp_path / "folder"
    folder.mkdir()
    source = FilesSource((folder,))
    with pytest.raises(PlatformError, match="The folder contains no file"):
        land_files(source, home, catalog)
    (folder / "bad.csv").write_bytes(b"a,b\n1,2\n")

    with pytest.raises(
        PlatformError, match="None of the 1 files can be read; of the first: The file is not a CSV"
    ):
        land_files(source, home, catalog)

    assert catalog.raw_files() == []
