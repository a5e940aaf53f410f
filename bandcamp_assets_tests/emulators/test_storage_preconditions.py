"""Preconditions of the storage emulator: what is written over, copied or deleted only if it is as expected."""

from __future__ import annotations

import io

import pytest
import requests
from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud import storage  # type: ignore[attr-defined] # untyped

from bandcamp_assets_tests.emulators.stored import CHUNK_BYTES, resumable, uploaded
from bandcamp_assets_tests.patience import PATIENCE_SECONDS

NOT_AS_EXPECTED = "At least one of the pre-conditions you specified did not hold"


class TestPreconditions:
    def test_generation_zero_refuses_to_overwrite(self, bucket: storage.Bucket) -> None:
        uploaded(bucket, "a", b"first")

        with pytest.raises(PreconditionFailed, match="conditionNotMet"):
            bucket.blob("a").upload_from_string(b"second", if_generation_match=0)

        assert bucket.blob("a").download_as_bytes() == b"first"

    def test_generation_zero_allows_a_new_object(self, bucket: storage.Bucket) -> None:
        bucket.blob("new").upload_from_string(b"first", if_generation_match=0)

        assert bucket.blob("new").download_as_bytes() == b"first"

    def test_the_right_generation_is_overwritten_and_then_is_another(self, bucket: storage.Bucket) -> None:
        first = uploaded(bucket, "a").generation

        second = bucket.blob("a")
        second.upload_from_string(b"second", if_generation_match=first)

        assert second.generation > first
        with pytest.raises(PreconditionFailed, match=NOT_AS_EXPECTED):
            bucket.blob("a").upload_from_string(b"third", if_generation_match=first)
        assert bucket.blob("a").download_as_bytes() == b"second"

    def test_a_resumable_upload_is_refused_too(self, bucket: storage.Bucket) -> None:
        uploaded(bucket, "a")

        with pytest.raises(PreconditionFailed, match=NOT_AS_EXPECTED):
            resumable(bucket, "a").upload_from_file(io.BytesIO(bytes(CHUNK_BYTES * 2)), if_generation_match=0)

        assert bucket.blob("a").download_as_bytes() == b"content"

    def test_a_resumable_upload_is_refused_when_another_comes_first(
        self, bucket: storage.Bucket, client: storage.Client
    ) -> None:
        session = bucket.blob("a").create_resumable_upload_session(size=3, if_generation_match=0)
        uploaded(bucket, "a")

        answer = requests.put(
            session, data=b"abc", headers={"Content-Range": "bytes 0-2/3"}, timeout=PATIENCE_SECONDS
        )

        assert answer.status_code == 412
        assert bucket.blob("a").download_as_bytes() == b"content"

    def test_a_stale_delete_is_refused(self, bucket: storage.Bucket) -> None:
        old = uploaded(bucket, "a").generation
        uploaded(bucket, "a", b"newer")

        with pytest.raises(PreconditionFailed, match=NOT_AS_EXPECTED):
            bucket.blob("a").delete(if_generation_match=old)

        assert bucket.blob("a").exists()

    def test_a_stale_delete_in_a_batch_is_refused(self, bucket: storage.Bucket, client: storage.Client) -> None:
        old = uploaded(bucket, "a").generation
        uploaded(bucket, "a", b"newer")

        with pytest.raises(PreconditionFailed, match=NOT_AS_EXPECTED), client.batch():
            bucket.blob("a").delete(if_generation_match=old)

        assert bucket.blob("a").exists()

    def test_a_copy_is_refused_for_its_target_and_for_its_source(self, bucket: storage.Bucket) -> None:
        source = uploaded(bucket, "source")
        uploaded(bucket, "target")

        with pytest.raises(PreconditionFailed, match=NOT_AS_EXPECTED):
            bucket.copy_blob(source, bucket, "target", if_generation_match=0)
        with pytest.raises(PreconditionFailed, match=NOT_AS_EXPECTED):
            bucket.copy_blob(source, bucket, "new", if_source_generation_match=source.generation + 1)

        assert not bucket.blob("new").exists()

    def test_a_rewrite_is_refused(self, bucket: storage.Bucket) -> None:
        source = uploaded(bucket, "source")
        target = uploaded(bucket, "target", b"content of the target")

        with pytest.raises(PreconditionFailed, match=NOT_AS_EXPECTED):
            bucket.blob("target").rewrite(source, if_generation_match=target.generation + 1)

        assert bucket.blob("target").download_as_bytes() == b"content of the target"

    def test_a_stale_patch_is_refused(self, bucket: storage.Bucket) -> None:
        blob = uploaded(bucket, "a")
        blob.metadata = {"k": "v"}

        with pytest.raises(PreconditionFailed, match=NOT_AS_EXPECTED):
            blob.patch(if_metageneration_match=7)

        assert bucket.get_blob("a").metadata is None

    def test_a_generation_that_is_gone_is_not_read(self, bucket: storage.Bucket) -> None:
        old = uploaded(bucket, "a").generation
        uploaded(bucket, "a", b"newer")

        with pytest.raises(NotFound, match=f"No such object: {bucket.name}/a"):
            bucket.blob("a", generation=old).download_as_bytes()
