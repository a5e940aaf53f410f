"""Objects are replaced as a whole, unchanged ones stay, and checksums are those of Google Cloud Storage."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from bandcamp_assets.storage.objects import LocalObjectStore, checksum, local
from bandcamp_assets.storage.objects.local import SHARED
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home

KEY = "sales/sale_date=2020-09-09/sales.parquet"


@pytest.fixture
def store(tmp_path: Path) -> LocalObjectStore:
    home = Home(tmp_path / "home")
    home.prepare()
    return LocalObjectStore(home)


def source(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "source"
    path.write_bytes(content)
    return path


def test_an_object_holds_the_bytes_of_its_source(store: LocalObjectStore, tmp_path: Path):
    stored, written = store.put(KEY, source(tmp_path, b"sales"))

    assert written
    assert (stored.size, stored.crc32c, stored.uri) == (5, checksum_of(b"sales"), store.path(KEY).as_uri())
    assert store.path(KEY).read_bytes() == b"sales"
    assert store.stat([KEY]) == {KEY: stored}


def test_the_checksum_is_crc32c_in_base64():
    # The check value of CRC-32C for "123456789" is 0xE3069283.
    assert checksum_of(b"123456789") == "4waSgw=="


def checksum_of(content: bytes) -> str:
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(content)
        return checksum(Path(file.name))


def test_an_unchanged_object_is_not_written_again(store: LocalObjectStore, tmp_path: Path):
    first, _ = store.put(KEY, source(tmp_path, b"sales"))

    second, written = store.put(KEY, source(tmp_path, b"sales"))

    assert not written
    assert second == first


def test_a_changed_object_is_replaced_and_gets_a_new_generation(store: LocalObjectStore, tmp_path: Path):
    first, _ = store.put(KEY, source(tmp_path, b"sales"))

    second, written = store.put(KEY, source(tmp_path, b"other"))

    assert written
    assert second.generation != first.generation
    assert store.path(KEY).read_bytes() == b"other"


def test_a_damaged_object_is_noticed_and_written_again(store: LocalObjectStore, tmp_path: Path):
    store.put(KEY, source(tmp_path, b"sales"))
    store.path(KEY).write_bytes(b"sa1es")

    _, written = store.put(KEY, source(tmp_path, b"sales"))

    assert written
    assert store.path(KEY).read_bytes() == b"sales"


def test_a_copy_that_differs_from_its_source_does_not_become_an_object(store: LocalObjectStore, tmp_path: Path):
    store.put(KEY, source(tmp_path, b"sales"))
    meant = checksum_of(b"other")

    with pytest.raises(PlatformError, match="differs from its source") as refused:
        store.put(KEY, source(tmp_path, b"0ther"), crc32c=meant)

    assert refused.value.what == "The copy of an object differs from its source"
    assert refused.value.where == f"{tmp_path / 'source'}, to be object {KEY}"
    assert refused.value.remedy == "check that the disk is healthy, and run again"
    assert store.path(KEY).read_bytes() == b"sales"
    assert list((tmp_path / "home" / "scratch").iterdir()) == []


def test_deleting_twice_is_the_same_as_once(store: LocalObjectStore, tmp_path: Path):
    store.put(KEY, source(tmp_path, b"sales"))

    store.delete(KEY)
    store.delete(KEY)

    assert store.stat([KEY]) == {}


def test_no_unfinished_file_stays_behind(store: LocalObjectStore, tmp_path: Path):
    store.put(KEY, source(tmp_path, b"sales"))

    assert list((tmp_path / "home" / "scratch").iterdir()) == []


def test_keys_are_listed_by_their_prefix(store: LocalObjectStore, tmp_path: Path):
    for key in (KEY, "sales/sale_date=2020-10-01/sales.parquet", "raw/1/sales.csv"):
        store.put(key, source(tmp_path, b"sales"))

    assert store.keys("sales/sale_date=2020-0") == [KEY]
    assert store.keys("sales/") == [KEY, "sales/sale_date=2020-10-01/sales.parquet"]
    assert store.keys("nothing/") == []


def test_damage_to_a_raw_file_does_not_reach_its_object(store: LocalObjectStore, tmp_path: Path):
    file = source(tmp_path, b"raw")

    _, written = store.put("raw/1/sales.csv", file, for_ever=True)
    _, again = store.put("raw/1/sales.csv", file, for_ever=True)

    assert written
    assert not again
    with file.open("r+b") as handle:
        handle.write(b"dam")
    assert store.path("raw/1/sales.csv").read_bytes() == b"raw"


def test_an_object_of_an_earlier_version_that_shares_the_bytes_of_its_file_is_written_again(
    store: LocalObjectStore, tmp_path: Path
):
    file = source(tmp_path, b"raw")
    shared = store.path("raw/1/sales.csv")
    shared.parent.mkdir(parents=True)
    shared.hardlink_to(file)

    assert store.versions("raw/") == {"raw/1/sales.csv": (3, SHARED)}
    _, written = store.put("raw/1/sales.csv", file, for_ever=True)

    assert written
    assert not shared.samefile(file)
    assert store.versions("raw/") == {"raw/1/sales.csv": (3, shared.stat().st_mtime_ns)}


def test_objects_can_be_read_as_files(store: LocalObjectStore, tmp_path: Path):
    store.put(KEY, source(tmp_path, b"sales"))

    with store.readable({KEY: tmp_path / "twin", "sales/none": tmp_path / "twin"}) as files:
        assert {key: path.read_bytes() for key, path in files.items()} == {KEY: b"sales"}


def test_a_known_checksum_is_used_and_a_right_file_is_not_read_again(store: LocalObjectStore, tmp_path: Path):
    known = checksum_of(b"sales")
    store.put(KEY, source(tmp_path, b"sales"), crc32c=known)

    stored, written = store.put(KEY, tmp_path / "not there", crc32c=known)

    assert not written
    assert stored == store.stat([KEY])[KEY]


def test_the_bytes_of_a_large_file_are_read_no_more_often_than_needed(
    store: LocalObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    read: list[str] = []
    monkeypatch.setattr(local, "checksum", lambda path: read.append(path.name) or checksum(path))
    file = source(tmp_path, b"sales")

    for _ in range(2):
        store.put(KEY, file, crc32c=checksum_of(b"sales"))

    assert read == ["object", "sales.parquet"], "the copy once, and what is there once"


def test_an_object_can_be_found_by_a_person(store: LocalObjectStore):
    objects = store.path(KEY).parents[2]

    assert objects.is_dir()
    assert store.place == str(objects)
    assert store.verify() == f"{objects} can be written"
    assert store.locate(KEY) == str(objects / KEY)
    assert store.link(KEY) == {}


def test_verifying_a_store_creates_its_folder(tmp_path: Path):
    LocalObjectStore(Home(tmp_path / "new")).verify()

    assert Home(tmp_path / "new").objects.is_dir()


def test_other_objects_and_vanished_ones_are_left_out(
    store: LocalObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for key in (KEY, "raw/1/sales.csv"):
        store.put(key, source(tmp_path, b"sales"))
    stat = store.path(KEY).stat()

    assert store.versions("sales/") == {KEY: (5, stat.st_mtime_ns)}
    assert store.stat(["sales/none", KEY]).keys() == {KEY}
    monkeypatch.setattr(store, "keys", lambda prefix: ["sales/none", KEY])
    assert store.versions("sales/") == {KEY: (5, stat.st_mtime_ns)}


def test_an_object_that_the_disk_cannot_read_is_one_clear_error(
    store: LocalObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def failing(_path: Path) -> str:
        raise OSError(errno.EIO, "Input/output error")

    store.put(KEY, source(tmp_path, b"sales"))
    monkeypatch.setattr(local, "checksum", failing)

    with pytest.raises(PlatformError, match="The file system refused: Input/output error") as refused:
        store.stat([KEY])

    assert refused.value.where == str(store.path(KEY))


def test_an_object_that_cannot_be_removed_is_one_clear_error(store: LocalObjectStore):
    store.path(KEY).mkdir(parents=True)

    with pytest.raises(PlatformError, match="The file system refused") as refused:
        store.delete(KEY)

    assert refused.value.where == str(store.path(KEY))
