"""Objects in a bucket are written once and checked by the service. No other run or lost answer undoes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from google.api_core.exceptions import Forbidden

from bandcamp_assets.storage.objects import checksum
from bandcamp_assets.storage.objects.gcs import CHUNK_BYTES, GcsObjectStore
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets_tests.emulators.faults import (
    Answer,
    CorruptAnswer,
    CorruptRequest,
    DropAnswer,
    DropRequest,
    HalfAnAnswer,
)
from bandcamp_assets_tests.emulators.proxy import RecordedRequest
from bandcamp_assets_tests.storage.google_cloud.conftest import Cloud

KEY = "sales/sale_date=2020-09-09/sales.parquet"
OTHER_KEY = "sales/sale_date=2020-10-01/sales.parquet"
RAW_KEY = "raw/1/sales.csv"
UPLOADS = "/upload/"
DOWNLOADS = r"alt=media"


@pytest.fixture
def store(cloud: Cloud, own_home: Home) -> GcsObjectStore:
    return GcsObjectStore(cloud.place, own_home)


def source(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "source"
    path.write_bytes(content)
    return path


def downloads(cloud: Cloud) -> list[RecordedRequest]:
    return [request for request in cloud.storage.requests if request.query.get("alt") == ["media"]]


def uploads(cloud: Cloud) -> int:
    return sum(UPLOADS in request.path for request in cloud.storage.requests)


def test_an_object_holds_the_bytes_of_its_source(cloud: Cloud, store: GcsObjectStore, tmp_path: Path):
    stored, written = store.put(KEY, source(tmp_path, b"sales"))

    assert written
    assert stored.uri == f"gs://{cloud.place.bucket}/{KEY}"
    assert stored.crc32c == checksum(tmp_path / "source")
    assert cloud.bucket().blob(KEY).download_as_bytes() == b"sales"
    assert store.stat([KEY, OTHER_KEY]) == {KEY: stored}


def test_an_unchanged_object_is_not_uploaded_again(cloud: Cloud, store: GcsObjectStore, tmp_path: Path):
    first, _ = store.put(KEY, source(tmp_path, b"sales"))

    second, written = store.put(KEY, source(tmp_path, b"sales"))

    assert not written
    assert second == first
    assert uploads(cloud) == 1


def test_a_changed_object_is_replaced_and_gets_a_new_generation(store: GcsObjectStore, tmp_path: Path):
    first, _ = store.put(KEY, source(tmp_path, b"sales"))

    second, written = store.put(KEY, source(tmp_path, b"other"))

    assert written
    assert second.generation != first.generation


def test_each_upload_names_the_generation_it_replaces(cloud: Cloud, store: GcsObjectStore, tmp_path: Path):
    first, _ = store.put(KEY, source(tmp_path, b"sales"))
    store.put(KEY, source(tmp_path, b"other"))

    named = [r.query["ifGenerationMatch"] for r in cloud.storage.requests if UPLOADS in r.path]

    assert named == [["0"], [str(first.generation)]]


def test_objects_are_below_the_prefix_and_in_the_storage_class(cloud: Cloud, own_home: Home, tmp_path: Path):
    place = cloud.with_settings(prefix="shared/bandcamp", storage_class="NEARLINE")
    store = GcsObjectStore(place, own_home)

    store.put(KEY, source(tmp_path, b"sales"))

    blob = cloud.bucket().get_blob(f"shared/bandcamp/{KEY}")
    assert blob.storage_class == "NEARLINE"
    assert store.keys("sales/") == [KEY]


def test_keys_are_listed_by_their_prefix(store: GcsObjectStore, tmp_path: Path):
    for key in (KEY, OTHER_KEY, "raw/1/sales.csv"):
        store.put(key, source(tmp_path, b"sales"))

    assert store.keys("sales/sale_date=2020-09") == [KEY]
    assert store.keys("sales/") == [KEY, OTHER_KEY]
    assert store.stat([KEY, OTHER_KEY]).keys() == {KEY, OTHER_KEY}


def test_only_the_known_generation_is_deleted(cloud: Cloud, store: GcsObjectStore, tmp_path: Path):
    stored, _ = store.put(KEY, source(tmp_path, b"sales"))

    store.delete(KEY)

    (asked,) = [request for request in cloud.storage.requests if request.method == "DELETE"]
    assert asked.query["ifGenerationMatch"] == [str(stored.generation)]


def test_deleting_twice_is_the_same_as_once(store: GcsObjectStore, tmp_path: Path):
    store.put(KEY, source(tmp_path, b"sales"))

    store.delete(KEY)
    store.delete(KEY)

    assert store.stat([KEY]) == {}


def test_an_object_with_a_local_twin_is_not_downloaded(cloud: Cloud, store: GcsObjectStore, tmp_path: Path):
    twin = source(tmp_path, b"sales")
    store.put(KEY, twin)

    with store.readable({KEY: twin, OTHER_KEY: twin}) as files:
        assert files == {KEY: twin}
    assert downloads(cloud) == []


def test_an_object_that_differs_from_its_twin_is_downloaded(
    cloud: Cloud, store: GcsObjectStore, own_home: Home, tmp_path: Path
):
    store.put(KEY, source(tmp_path, b"sales"))
    store.put(OTHER_KEY, source(tmp_path, b"other"))

    with store.readable({KEY: source(tmp_path, b"sa1es"), OTHER_KEY: tmp_path / "none"}) as files:
        assert {key: path.read_bytes() for key, path in files.items()} == {KEY: b"sales", OTHER_KEY: b"other"}
    asked = {request.query["ifGenerationMatch"][0] for request in downloads(cloud)}
    assert asked == {str(held.generation) for held in store.stat([KEY, OTHER_KEY]).values()}
    assert list(own_home.scratch.iterdir()) == []


@pytest.mark.parametrize("effect", [Answer(503), Answer(429), DropRequest()])
def test_a_transient_fault_is_retried(cloud: Cloud, store: GcsObjectStore, tmp_path: Path, effect: object):
    cloud.storage.inject(effect, path=UPLOADS, times=2)

    _, written = store.put(KEY, source(tmp_path, b"sales"))

    assert written
    assert cloud.bucket().blob(KEY).download_as_bytes() == b"sales"


@pytest.mark.parametrize("effect", [DropAnswer(), HalfAnAnswer()])
def test_a_lost_answer_does_not_write_twice(cloud: Cloud, store: GcsObjectStore, tmp_path: Path, effect: object):
    cloud.storage.inject(effect, path=UPLOADS, method="POST")

    stored, written = store.put(KEY, source(tmp_path, b"sales"))

    assert written
    assert uploads(cloud) == 2
    assert cloud.bucket().get_blob(KEY).generation == stored.generation


def test_a_large_object_is_uploaded_in_pieces_and_resumes_at_the_broken_one(
    cloud: Cloud, store: GcsObjectStore, tmp_path: Path
):
    large = source(tmp_path, bytes(range(256)) * (2 * CHUNK_BYTES // 256 + 100))
    cloud.storage.inject(Answer(503), path=UPLOADS, method="PUT", skip=1)

    stored, _ = store.put(KEY, large)

    assert stored.size == large.stat().st_size
    assert stored.crc32c == checksum(large)
    pieces = [len(r.body) for r in cloud.storage.requests if r.method == "PUT" and r.status != 503]
    assert max(pieces) <= CHUNK_BYTES
    assert sum(pieces) == stored.size


def test_another_runs_newer_object_is_not_undone(cloud: Cloud, store: GcsObjectStore, tmp_path: Path):
    store.put(KEY, source(tmp_path, b"old"))
    cloud.storage.inject(Answer(412), path=UPLOADS)

    with pytest.raises(PlatformError, match="another run changed it at the same time"):
        store.put(KEY, source(tmp_path, b"mine"))

    assert cloud.bucket().blob(KEY).download_as_bytes() == b"old"


def test_bytes_changed_while_uploading_never_become_an_object(cloud: Cloud, store: GcsObjectStore, tmp_path: Path):
    store.put(KEY, source(tmp_path, b"old"))
    cloud.storage.inject(CorruptRequest(at=0.85), path=UPLOADS, times=None)

    with pytest.raises(PlatformError, match=KEY):
        store.put(KEY, source(tmp_path, b"n" * 10_000))

    assert cloud.bucket().blob(KEY).download_as_bytes() == b"old"


def test_bytes_changed_while_downloading_are_noticed(cloud: Cloud, store: GcsObjectStore, tmp_path: Path):
    store.put(KEY, source(tmp_path, b"n" * 10_000))
    cloud.storage.inject(CorruptAnswer(), path=DOWNLOADS, times=None)

    with (
        pytest.raises(PlatformError, match="changed in transit"),
        store.readable({KEY: tmp_path / "none"}) as _,
    ):
        pass


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "gcloud auth application-default login"),
        (403, "grant"),
        (404, "bandcamp doctor"),
    ],
)
def test_a_refusal_says_where_and_what_to_do(
    cloud: Cloud, store: GcsObjectStore, tmp_path: Path, status: int, said: str
):
    cloud.storage.inject(Answer(status), path=UPLOADS, times=None)

    with pytest.raises(PlatformError, match=said) as error:
        store.put(KEY, source(tmp_path, b"sales"))

    assert error.value.where == f"gs://{cloud.place.bucket}/{KEY}"


def test_an_unreachable_service_is_given_up(cloud: Cloud, own_home: Home, tmp_path: Path):
    store = GcsObjectStore(cloud.with_settings(timeout_seconds=2), own_home)
    cloud.storage.inject(DropRequest(), times=None)

    with pytest.raises(PlatformError, match="Google Cloud cannot be reached"):
        store.put(KEY, source(tmp_path, b"sales"))


def retained_until(cloud: Cloud, key: str) -> datetime | None:
    """Until when an object is retained, as the service says."""
    (held,) = [blob for blob in cloud.bucket().list_blobs() if blob.name.endswith(key)]
    assert (held.retention.mode == "Unlocked") == (held.retention.retain_until_time is not None)
    return held.retention.retain_until_time


def test_raw_files_are_protected_from_deletion_from_their_first_moment(
    cloud: Cloud, own_home: Home, tmp_path: Path
):
    store = GcsObjectStore(cloud.with_settings(raw_retention_days=30), own_home)
    before = datetime.now(UTC)

    store.put(KEY, source(tmp_path, b"sales"))
    store.put(RAW_KEY, source(tmp_path, b"raw"), for_ever=True)

    until = retained_until(cloud, RAW_KEY)
    assert until is not None
    assert before + timedelta(days=30) <= until <= datetime.now(UTC) + timedelta(days=30)
    assert retained_until(cloud, KEY) is None
    assert [request for request in cloud.storage.requests if request.method == "PATCH"] == []
    with pytest.raises(Forbidden, match="under retention"):
        cloud.bucket().blob(RAW_KEY).delete()


def test_a_raw_file_whose_answer_was_lost_is_protected(cloud: Cloud, own_home: Home, tmp_path: Path):
    store = GcsObjectStore(cloud.with_settings(raw_retention_days=30), own_home)
    cloud.storage.inject(DropAnswer(), path=UPLOADS)

    _held, is_new = store.put(RAW_KEY, source(tmp_path, b"raw"), for_ever=True)

    assert is_new
    assert retained_until(cloud, RAW_KEY) is not None


def test_what_was_archived_before_the_setting_is_protected_once(cloud: Cloud, own_home: Home, tmp_path: Path):
    GcsObjectStore(cloud.place, own_home).put(RAW_KEY, source(tmp_path, b"raw"), for_ever=True)
    store = GcsObjectStore(cloud.with_settings(raw_retention_days=30), own_home)
    longer = GcsObjectStore(cloud.with_settings(raw_retention_days=60), own_home)

    protected = [store.protect("raw/"), store.protect("raw/"), longer.protect("raw/"), store.protect("raw/")]

    assert protected == [1, 0, 1, 0]
    until = retained_until(cloud, RAW_KEY)
    assert until is not None
    assert abs(until - datetime.now(UTC) - timedelta(days=60)) < timedelta(minutes=5)


def test_without_the_setting_nothing_is_looked_at(cloud: Cloud, own_home: Home):
    assert GcsObjectStore(cloud.place, own_home).protect("raw/") == 0
    assert cloud.storage.requests == []


def test_a_bucket_that_cannot_retain_is_one_clear_error_and_archives_nothing(
    cloud: Cloud, own_home: Home, tmp_path: Path
):
    store = GcsObjectStore(cloud.with_settings(raw_retention_days=30), own_home)
    cloud.storage.inject(Answer(400), path=UPLOADS)

    with pytest.raises(PlatformError, match="enable object retention on the bucket"):
        store.put(RAW_KEY, source(tmp_path, b"raw"), for_ever=True)

    assert store.keys("raw/") == []
