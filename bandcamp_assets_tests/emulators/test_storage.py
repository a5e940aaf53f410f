"""The mends of the storage emulator, each seen by the real client over a socket."""

from __future__ import annotations

import base64
import io
import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import google_crc32c
import pytest
import requests
from google.api_core.exceptions import BadRequest, ClientError, Forbidden, NotFound
from google.cloud import storage  # type: ignore[attr-defined] # untyped

from bandcamp_assets_tests.emulators.faults import CorruptRequest, DropAnswer
from bandcamp_assets_tests.emulators.google_cloud import GoogleCloud, Place, storage_client
from bandcamp_assets_tests.emulators.launcher import storage_emulator
from bandcamp_assets_tests.emulators.proxy import FaultProxy
from bandcamp_assets_tests.emulators.stored import CHUNK_BYTES, resumable, uploaded
from bandcamp_assets_tests.patience import PATIENCE_SECONDS


def checksum(content: bytes) -> str:
    return base64.b64encode(google_crc32c.value(content).to_bytes(4, "big")).decode()


class TestObjects:
    def test_what_is_given_at_upload_is_kept(self, bucket: storage.Bucket) -> None:
        blob = bucket.blob("a")
        blob.storage_class, blob.custom_time = "NEARLINE", datetime(2020, 9, 9, tzinfo=UTC)
        blob.metadata = {"rows": "7"}
        blob.upload_from_string(b"content", content_type="application/parquet")

        kept = bucket.get_blob("a")

        assert kept is not None
        assert (kept.storage_class, kept.custom_time, kept.metadata) == (
            "NEARLINE",
            datetime(2020, 9, 9, tzinfo=UTC),
            {"rows": "7"},
        )
        assert (kept.content_type, kept.size, kept.metageneration) == ("application/parquet", 7, 1)
        assert kept.crc32c == checksum(b"content")
        assert kept.md5_hash

    def test_without_a_class_of_its_own_an_object_takes_its_buckets(
        self, client: storage.Client, place: Place
    ) -> None:
        cold = client.bucket(f"{place.bucket}-cold")
        cold.storage_class = "COLDLINE"
        client.create_bucket(cold, location="EU")

        assert uploaded(cold, "a").storage_class == "COLDLINE"

    def test_bytes_corrupted_on_their_way_are_refused(
        self, google_cloud: GoogleCloud, bucket: storage.Bucket
    ) -> None:
        with FaultProxy(google_cloud.storage_endpoint) as proxy:
            proxy.inject(CorruptRequest(), method="POST")
            blob = storage_client(proxy.endpoint).bucket(bucket.name).blob("a")

            with pytest.raises(BadRequest, match="CRC32C"):
                blob.upload_from_string(bytes(10_000), checksum="crc32c")

        assert not bucket.blob("a").exists()

    def test_a_download_says_its_generation(self, bucket: storage.Bucket) -> None:
        generation = uploaded(bucket, "a").generation
        blob = bucket.blob("a")

        blob.download_as_bytes()

        assert int(blob.generation) == generation

    def test_beyond_the_end_there_is_no_range(self, bucket: storage.Bucket) -> None:
        with pytest.raises(ClientError) as refused:
            uploaded(bucket, "a").download_as_bytes(start=7)

        assert refused.value.code == 416

    def test_any_bytes_arrive_as_they_were_sent(self, bucket: storage.Bucket) -> None:
        content = bytes(range(256)) * 50 + b"\r\n--\r\r\n\n"

        bucket.blob("a").upload_from_string(content, checksum="crc32c")

        assert bucket.blob("a").download_as_bytes() == content

    def test_a_list_gives_size_generation_and_checksum(self, bucket: storage.Bucket) -> None:
        blob = uploaded(bucket, "sales/sale_date=2020-09-09/a.parquet")
        uploaded(bucket, "other/b")

        listed = list(bucket.list_blobs(prefix="sales/"))

        assert [(b.name, b.size, b.generation, b.crc32c) for b in listed] == [
            (blob.name, 7, blob.generation, checksum(b"content"))
        ]

    def test_a_list_comes_in_pages_and_within_offsets(self, bucket: storage.Bucket) -> None:
        names = [f"n/{number}" for number in range(7)]
        for name in names:
            uploaded(bucket, name)

        pages = [[blob.name for blob in page] for page in bucket.list_blobs(page_size=3).pages]

        assert pages == [names[:3], names[3:6], names[6:]]
        assert [b.name for b in bucket.list_blobs(start_offset="n/2", end_offset="n/4")] == names[2:4]

    def test_a_missing_object_and_a_missing_bucket_are_told_apart(
        self, bucket: storage.Bucket, client: storage.Client
    ) -> None:
        with pytest.raises(NotFound, match="No such object"):
            bucket.blob("none").download_as_bytes()
        with pytest.raises(NotFound, match="The specified bucket does not exist"):
            client.get_bucket("none")
        with pytest.raises(NotFound, match="The specified bucket does not exist"):
            client.bucket("none").blob("a").upload_from_string(b"")

    def test_uploads_at_once_all_arrive(self, bucket: storage.Bucket) -> None:
        with ThreadPoolExecutor(8) as pool:
            generations = set(
                pool.map(lambda n: uploaded(bucket, f"n/{n}", os.urandom(5000)).generation, range(40))
            )

        assert len(generations) == 40
        assert len(list(bucket.list_blobs(prefix="n/"))) == 40


class TestResumableUploads:
    def test_many_parts_become_one_object(self, bucket: storage.Bucket) -> None:
        content = os.urandom(CHUNK_BYTES * 2 + 1000)

        resumable(bucket, "a").upload_from_file(io.BytesIO(content), checksum="crc32c")

        assert bucket.blob("a").download_as_bytes() == content

    def test_nothing_received_is_no_range(self, bucket: storage.Bucket) -> None:
        session = bucket.blob("a").create_resumable_upload_session(size=10)

        answer = requests.put(session, headers={"Content-Range": "bytes */10"}, timeout=PATIENCE_SECONDS)

        assert (answer.status_code, answer.headers.get("Range")) == (308, None)

    def test_bytes_sent_twice_are_passed_over(self, bucket: storage.Bucket) -> None:
        session = bucket.blob("a").create_resumable_upload_session(size=6)
        requests.put(session, data=b"abc", headers={"Content-Range": "bytes 0-2/6"}, timeout=PATIENCE_SECONDS)

        requests.put(session, data=b"abcdef", headers={"Content-Range": "bytes 0-5/6"}, timeout=PATIENCE_SECONDS)

        assert bucket.blob("a").download_as_bytes() == b"abcdef"

    @pytest.mark.parametrize("lost", [0, 1, 2])
    def test_a_lost_answer_is_asked_for_again(
        self, google_cloud: GoogleCloud, bucket: storage.Bucket, lost: int
    ) -> None:
        content = os.urandom(CHUNK_BYTES * 2 + 1000)
        with FaultProxy(google_cloud.storage_endpoint) as proxy:
            proxy.inject(DropAnswer(), method="PUT", skip=lost)
            blob = resumable(storage_client(proxy.endpoint).bucket(bucket.name), "a")

            blob.upload_from_file(io.BytesIO(content), if_generation_match=0)

        assert bucket.blob("a").download_as_bytes() == content

    def test_sessions_lead_back_through_a_proxy(self, google_cloud: GoogleCloud, bucket: storage.Bucket) -> None:
        with FaultProxy(google_cloud.storage_endpoint) as proxy:
            session = (
                storage_client(proxy.endpoint).bucket(bucket.name).blob("a").create_resumable_upload_session()
            )

            assert session is not None
            assert session.startswith(proxy.endpoint)


class TestBuckets:
    def test_a_bucket_is_created_as_asked(self, client: storage.Client, place: Place) -> None:
        asked = client.bucket(f"{place.bucket}-asked")
        asked.storage_class = "NEARLINE"
        asked.iam_configuration.uniform_bucket_level_access_enabled = True
        asked.iam_configuration.public_access_prevention = "enforced"
        asked.labels = {"team": "music"}
        client.create_bucket(asked, location="europe-west1")

        kept = client.get_bucket(asked.name)

        assert (kept.location, kept.location_type, kept.storage_class) == ("EUROPE-WEST1", "region", "NEARLINE")
        assert kept.iam_configuration.uniform_bucket_level_access_enabled
        assert (kept.iam_configuration.public_access_prevention, kept.labels) == ("enforced", {"team": "music"})

    def test_all_permissions_are_granted(self, bucket: storage.Bucket) -> None:
        asked = ["storage.objects.create", "storage.objects.get"]

        assert bucket.test_iam_permissions(asked) == asked

    def test_permissions_can_be_taken_away(
        self, google_cloud: GoogleCloud, place: Place, bucket: storage.Bucket
    ) -> None:
        google_cloud.grant_only(place, on_bucket=["storage.objects.get"])

        assert bucket.test_iam_permissions(["storage.objects.create", "storage.objects.get"]) == [
            "storage.objects.get"
        ]

    def test_what_is_not_permitted_is_refused(
        self, google_cloud: GoogleCloud, place: Place, bucket: storage.Bucket
    ) -> None:
        uploaded(bucket, "a")
        google_cloud.grant_only(place, on_bucket=["storage.objects.get"])

        with pytest.raises(Forbidden, match=r"storage\.objects\.create"):
            uploaded(bucket, "b")
        with pytest.raises(Forbidden, match=r"storage\.objects\.list"):
            list(bucket.list_blobs())
        assert bucket.blob("a").download_as_bytes() == b"content"

    def test_an_object_is_replaced_or_retained_by_who_may_do_that_too(
        self, google_cloud: GoogleCloud, place: Place, bucket: storage.Bucket
    ) -> None:
        uploaded(bucket, "a")
        google_cloud.grant_only(place, principal="writer", on_bucket=["storage.objects.create"])
        with FaultProxy(google_cloud.storage_endpoint, "writer") as proxy:
            writers = storage_client(proxy.endpoint).bucket(place.bucket)
            retained = writers.blob("c")
            retained.retention.mode = "Unlocked"
            retained.retention.retain_until_time = datetime(2100, 1, 1, tzinfo=UTC)

            uploaded(writers, "b")
            with pytest.raises(Forbidden, match=r"storage\.objects\.delete"):
                uploaded(writers, "a")
            with pytest.raises(Forbidden, match=r"storage\.objects\.setRetention"):
                retained.upload_from_string(b"content")

    def test_another_project_does_not_exist(self, google_cloud: GoogleCloud) -> None:
        with pytest.raises(NotFound, match="project"):
            list(storage_client(google_cloud.storage_endpoint, "another").list_buckets())


class TestRestart:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "objects"

    def test_objects_survive_a_kill(self, folder: Path) -> None:
        emulator = storage_emulator(folder, project="p").start()
        client = storage_client(emulator.endpoint, "p")
        blob = uploaded(client.create_bucket("bucket", location="EU"), "a")
        try:
            emulator.kill()
            emulator.start()

            kept = client.bucket("bucket").get_blob("a")

            assert kept is not None
            assert (kept.generation, kept.download_as_bytes()) == (blob.generation, b"content")
        finally:
            emulator.stop()

    def test_a_kill_between_bytes_and_metadata_leaves_whole_objects_only(self, folder: Path) -> None:
        emulator = storage_emulator(folder, project="p").start()
        client = storage_client(emulator.endpoint, "p")
        blob = uploaded(client.create_bucket("bucket", location="EU"), "a")
        emulator.kill()
        (folder / ".cloudstorage" / "bucket" / "a").write_bytes(b"replaced")
        (folder / ".cloudstorage" / "bucket" / "never").write_bytes(b"never finished")
        try:
            emulator.start()

            kept = client.bucket("bucket").get_blob("a")

            assert kept is not None
            assert kept.generation > blob.generation
            assert kept.download_as_bytes() == b"replaced"
            assert [b.name for b in client.list_blobs("bucket")] == ["a"]
        finally:
            emulator.stop()


def test_errors_have_the_shape_of_gcs(google_cloud: GoogleCloud, place: Place) -> None:
    answer = requests.get(
        f"{google_cloud.storage_endpoint}/storage/v1/b/{place.bucket}/o/none", timeout=PATIENCE_SECONDS
    )

    assert answer.status_code == 404
    assert json.loads(answer.content)["error"] == {
        "code": 404,
        "message": f"No such object: {place.bucket}/none",
        "errors": [{"message": f"No such object: {place.bucket}/none", "domain": "global", "reason": "notFound"}],
    }
