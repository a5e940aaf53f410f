"""Each request of a run is permitted by a role that Terraform grants, and no role is granted that none needs."""

from __future__ import annotations

from bandcamp_assets.storage.google_cloud.access import BUCKET_PERMISSIONS, TABLE_PERMISSIONS
from bandcamp_assets_tests.infra.permissions import BIGQUERY, ROLES, STORAGE
from bandcamp_assets_tests.infra.test_identity import ALLOWED_GRANTS, PLATFORM

NEEDED = {need for request in (*BIGQUERY, *STORAGE) for need in request.needs}


def test_each_permission_is_in_the_role_that_is_said_to_hold_it() -> None:
    assert [need for need in NEEDED if need[0] not in ROLES[need[1]]] == []


def test_the_platforms_account_has_the_roles_that_are_needed_and_no_others() -> None:
    granted = {role for _, _, role, member in ALLOWED_GRANTS if member == PLATFORM and role.startswith("roles/")}

    assert {role for _, role in NEEDED} == granted == set(ROLES)


def test_doctor_asks_for_permissions_that_the_roles_hold() -> None:
    held = set().union(*ROLES.values())

    assert {*BUCKET_PERMISSIONS, *TABLE_PERMISSIONS} <= held
