"""Who may do what: exactly the grants that are listed here, and nothing for the public."""

from __future__ import annotations

import re

from bandcamp_assets_tests.infra.configuration import Configuration, strings

PLATFORM = "${google_service_account.platform.member}"
BUCKET = "${google_storage_bucket.sales.name}"
DATASET = "${google_bigquery_dataset.sales.dataset_id}"
ACCOUNT = "${google_service_account.platform.name}"

ALLOWED_GRANTS = {
    # the platform's account
    ("google_storage_bucket_iam_member", BUCKET, "roles/storage.objectUser", PLATFORM),
    ("google_storage_bucket_iam_member", BUCKET, "roles/storage.legacyBucketReader", PLATFORM),
    ("google_storage_bucket_iam_member", BUCKET, "${google_project_iam_custom_role.retention[0].name}", PLATFORM),
    ("google_bigquery_dataset_iam_member", DATASET, "roles/bigquery.dataEditor", PLATFORM),
    ("google_project_iam_member", "${var.project_id}", "roles/bigquery.jobUser", PLATFORM),
    # those who may work as it
    ("google_service_account_iam_member", ACCOUNT, "roles/iam.serviceAccountTokenCreator", "${each.value}"),
    (
        "google_service_account_iam_member",
        ACCOUNT,
        "roles/iam.workloadIdentityUser",
        "serviceAccount:${local.gke_pool}[${var.gke_workload.namespace}/${var.gke_workload.service_account}]",
    ),
    (
        "google_service_account_iam_member",
        ACCOUNT,
        "roles/iam.workloadIdentityUser",
        "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github[0].name}"
        "/attribute.repository/${var.github_workload.repository}",
    ),
    # Google's own agents, on the owner's key
    (
        "google_kms_crypto_key_iam_member",
        "${var.kms_key_name}",
        "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        "${data.google_storage_project_service_account.agent[0].member}",
    ),
    (
        "google_kms_crypto_key_iam_member",
        "${var.kms_key_name}",
        "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        "${data.google_bigquery_default_service_account.agent[0].member}",
    ),
}
"""Type of grant, what it is on, role, who gets it."""

# On a grant of each type, the argument that says what the grant is on.
_ON = {
    "google_storage_bucket_iam_member": "bucket",
    "google_bigquery_dataset_iam_member": "dataset_id",
    "google_project_iam_member": "project",
    "google_service_account_iam_member": "service_account_id",
    "google_kms_crypto_key_iam_member": "crypto_key_id",
}


def test_the_grants_are_exactly_those_allowed(infra: Configuration) -> None:
    grants = {
        (kind, body[_ON[kind]], body["role"], body["member"])
        for address, body in infra.resources.items()
        if (kind := address.split(".")[0]).endswith("_member")
    }

    assert grants == ALLOWED_GRANTS


def test_no_role_stands_anywhere_but_in_those_grants(infra: Configuration) -> None:
    named = set(re.findall(r"roles/[\w.]+", "\n".join(strings([infra.resources, infra.data, infra.values]))))

    assert named == {role for _, _, role, _ in ALLOWED_GRANTS if role.startswith("roles/")}


def test_the_one_role_of_our_own_holds_one_permission(infra: Configuration) -> None:
    [role] = infra.of_type("google_project_iam_custom_role").values()

    assert role["permissions"] == ["storage.objects.setRetention"]
    assert role["count"] == "${var.object_retention_enabled ? 1 : 0}"


def test_no_grant_is_basic_or_administrative() -> None:
    for _, _, role, _ in ALLOWED_GRANTS:
        assert not re.search(r"roles/(owner|editor|viewer)$|admin", role, re.IGNORECASE), role


def test_nothing_is_granted_to_the_public(infra: Configuration) -> None:
    for name, text in infra.files.items():
        assert not re.search(r"allUsers|allAuthenticatedUsers|projectViewer|projectEditor", text), name


def test_nobody_else_loses_a_grant_that_terraform_does_not_know(infra: Configuration) -> None:
    # *_iam_policy and *_iam_binding replace what others have granted; access blocks do the same.
    for address, body in infra.resources.items():
        assert not re.search(r"_iam_(policy|binding)$|_access$|_acl$", address.split(".")[0]), address
        assert "access" not in body, address


def test_there_is_one_account_and_no_key(infra: Configuration) -> None:
    assert set(infra.of_type("google_service_account")) == {"google_service_account.platform"}
    assert not [address for address in infra.resources if re.search("key$", address.split(".")[0])]


def test_the_accounts_address_is_the_one_it_will_have(infra: Configuration) -> None:
    account = infra.resources["google_service_account.platform"]

    assert account["account_id"] == "${var.service_account_id}"
    assert infra.values["service_account_email"] == (
        "${var.service_account_id}@${var.project_id}.iam.gserviceaccount.com"
    )


def test_github_is_let_in_from_one_repository_owner_and_ref_only(infra: Configuration) -> None:
    provider = infra.resources["google_iam_workload_identity_pool_provider.github"]

    for claim, variable in [("repository", "repository"), ("repository_owner_id", "owner_id"), ("ref", "ref")]:
        assert f"assertion.{claim} == '${{var.github_workload.{variable}}}'" in provider["attribute_condition"]
    assert 'join(" && "' in provider["attribute_condition"]
    assert provider["attribute_mapping"]["attribute.repository"] == "assertion.repository"
    assert provider["oidc"][0]["issuer_uri"] == "https://token.actions.githubusercontent.com"
