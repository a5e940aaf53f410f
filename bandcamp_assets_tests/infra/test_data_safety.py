"""The bucket and the dataset are private, keep what is deleted by mistake, and cannot be lost by one command."""

from __future__ import annotations

from typing import Any

import pytest

from bandcamp_assets.sources.feed.store import SUFFIX
from bandcamp_assets.storage.objects.keys import RAW
from bandcamp_assets_tests.infra.configuration import FOLDER, Configuration, parse


@pytest.fixture
def bucket(infra: Configuration) -> dict[str, Any]:
    return infra.resources["google_storage_bucket.sales"]


@pytest.fixture
def dataset(infra: Configuration) -> dict[str, Any]:
    return infra.resources["google_bigquery_dataset.sales"]


def _rule(bucket: dict[str, Any], action: str) -> tuple[dict[str, Any], dict[str, Any]]:
    moved = bucket["dynamic"][0]["lifecycle_rule"]["content"]
    rules = [(rule["action"][0], rule["condition"][0]) for rule in [*bucket["lifecycle_rule"], *moved]]
    [found] = [rule for rule in rules if rule[0]["type"] == action]
    return found


def test_the_bucket_is_private_by_grants_alone(bucket: dict[str, Any]) -> None:
    assert bucket["uniform_bucket_level_access"] is True
    assert bucket["public_access_prevention"] == "enforced"


def test_deleted_objects_can_be_brought_back(bucket: dict[str, Any]) -> None:
    assert bucket["versioning"] == [{"enabled": True}]
    assert bucket["soft_delete_policy"] == [
        {"retention_duration_seconds": "${var.soft_delete_days * 24 * 60 * 60}"}
    ]


def test_only_old_versions_are_ever_deleted(bucket: dict[str, Any]) -> None:
    _, condition = _rule(bucket, "Delete")

    assert condition == {
        "days_since_noncurrent_time": "${var.noncurrent_version_days}",
        "with_state": "ARCHIVED",
    }


def test_unfinished_uploads_are_aborted(bucket: dict[str, Any]) -> None:
    _, condition = _rule(bucket, "AbortIncompleteMultipartUpload")

    assert condition == {"age": "${var.incomplete_upload_days}"}


def test_only_raw_files_grow_cold(infra: Configuration, bucket: dict[str, Any]) -> None:
    action, condition = _rule(bucket, "SetStorageClass")

    assert infra.variables["raw_prefix"]["default"] == RAW
    assert action["storage_class"] == "${var.raw_cold_storage_class}"
    assert condition["matches_prefix"] == ["${var.raw_prefix}"]
    assert condition["matches_storage_class"] == ["STANDARD"]


def test_small_pages_of_the_feed_stay_where_keeping_them_is_cheapest(
    infra: Configuration, bucket: dict[str, Any]
) -> None:
    _, condition = _rule(bucket, "SetStorageClass")

    suffixes = tuple(infra.values["large_suffixes"])

    assert condition["matches_suffix"] == "${local.large_suffixes}"
    assert "sales.csv".endswith(suffixes)
    assert "archive.csv.zip".endswith(suffixes)
    assert not f"1601717066-1601717166-0123456789ab{SUFFIX}".endswith(suffixes)


def test_bucket_and_dataset_lie_in_the_same_place(bucket: dict[str, Any], dataset: dict[str, Any]) -> None:
    assert bucket["location"] == dataset["location"] == "${var.location}"


def test_nothing_expires_by_itself_unless_asked(infra: Configuration, dataset: dict[str, Any]) -> None:
    for what in ("table", "partition"):
        variable = f"default_{what}_expiration_days"
        assert infra.variables[variable]["default"] is None
        assert dataset[f"default_{what}_expiration_ms"] == (
            f"${{var.{variable} == null ? null : var.{variable} * local.day_ms}}"
        )
    assert infra.values["day_ms"] == "${24 * 60 * 60 * 1000}"


def test_what_holds_data_is_not_destroyed_by_default(
    infra: Configuration, bucket: dict[str, Any], dataset: dict[str, Any]
) -> None:
    assert infra.variables["force_destroy"]["default"] is False
    assert bucket["force_destroy"] == dataset["delete_contents_on_destroy"] == "${var.force_destroy}"
    assert bucket["lifecycle"] == dataset["lifecycle"] == [{"prevent_destroy": True}]


def test_the_override_for_destroying_lifts_exactly_those_locks(infra: Configuration) -> None:
    override = parse((FOLDER / "destroy_override.tf.example").read_text(encoding="utf-8"))

    lifted = {
        f"{kind}.{name}": body
        for block in override["resource"]
        for kind, labelled in block.items()
        for name, body in labelled.items()
    }
    assert lifted == {
        address: {"lifecycle": [{"prevent_destroy": False}]}
        for address, body in infra.resources.items()
        if body.get("lifecycle") == [{"prevent_destroy": True}]
    }


def test_ones_own_key_is_used_for_everything_once_it_is_named(
    bucket: dict[str, Any], dataset: dict[str, Any]
) -> None:
    for body, block in [(bucket, "encryption"), (dataset, "default_encryption_configuration")]:
        [dynamic] = [entry[block] for entry in body["dynamic"] if block in entry]
        assert dynamic["for_each"] == "${var.kms_key_name == null ? [] : [var.kms_key_name]}"
        assert f"${{{block}.value}}" in dynamic["content"][0].values()


def test_no_service_is_turned_off_on_destroy(infra: Configuration) -> None:
    services = infra.of_type("google_project_service")

    assert services
    assert all(body["disable_on_destroy"] is False for body in services.values())
