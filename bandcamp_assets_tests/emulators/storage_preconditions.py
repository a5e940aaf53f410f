"""Preconditions on generations: the emulator ignores them, so that no lost update would ever be seen.

Pure rules over a request's query and the object it is about; `storage_requests` asks them before each request.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from bandcamp_assets_tests.emulators.storage_errors import error_body

Query = Mapping[str, list[str]]
Refusal = tuple[HTTPStatus, dict[str, Any]]

_CONDITIONS = (
    ("GenerationMatch", "generation", True),
    ("GenerationNotMatch", "generation", False),
    ("MetagenerationMatch", "metageneration", True),
    ("MetagenerationNotMatch", "metageneration", False),
)


def refusal(query: Query, resource: Mapping[str, Any] | None, prefix: str = "if") -> Refusal | None:
    """The error that a request is refused with, or None where its preconditions hold.

    Args:
        query: The request's query.
        resource: The object as it is now, or None if there is none.
        prefix: `if` for the object itself, `ifSource` for the source of a copy.
    """
    for condition, key, must_match in _CONDITIONS:
        if wanted := query.get(prefix + condition):
            if must_match == _matches(wanted[0], key, resource):
                continue
            if not must_match:
                return HTTPStatus.NOT_MODIFIED, {}
            return HTTPStatus.PRECONDITION_FAILED, error_body(
                HTTPStatus.PRECONDITION_FAILED,
                "conditionNotMet",
                "At least one of the pre-conditions you specified did not hold.",
                locationType="header",
                location="If-Match",
            )
    return None


def wrong_generation(query: Query, resource: Mapping[str, Any] | None, key: str = "generation") -> bool:
    """Whether a request asks for a generation that is not the one there is."""
    wanted = query.get(key)
    return wanted is not None and (resource is None or resource["generation"] != wanted[0])


def _matches(wanted: str, key: str, resource: Mapping[str, Any] | None) -> bool:
    """Generation 0 stands for an object that does not exist."""
    return (resource[key] if resource else "0") == wanted
