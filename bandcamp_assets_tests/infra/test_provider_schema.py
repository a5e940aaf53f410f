"""Every argument and attribute that the configuration names is one that the Google provider knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from bandcamp_assets_tests.infra.configuration import Configuration, strings
from bandcamp_assets_tests.infra.provider_schema import Block, read_schema

META_ARGUMENTS = {"count", "for_each", "depends_on", "lifecycle", "provider"}
_ATTRIBUTE = re.compile(r"(?P<data>data\.)?(?P<kind>google_\w+)\.\w+(?:\[[^\]]*\])?\.(?P<attribute>\w+)")

SCHEMA = read_schema()


def faults(body: dict[str, Any], known: Block, where: str) -> Iterator[str]:
    """What the provider would refuse in a resource or block."""
    given = {name: value for name, value in body.items() if name not in {*META_ARGUMENTS, "dynamic"}}
    for blocks in body.get("dynamic", []):
        for name, block in blocks.items():
            given.setdefault(name, [])
            given[name] = [*given[name], *block["content"]]
    yield from (f"{where} has no {name}" for name in sorted(given.keys() - known.keys()))
    needed = {name for name, argument in known.items() if argument["required"]}
    yield from (f"{where} lacks {name}" for name in sorted(needed - given.keys()))
    for name, value in given.items():
        inside = known.get(name, {}).get("block")
        is_block = isinstance(value, list) and any(isinstance(one, dict) for one in value)
        if name in known and is_block != (inside is not None):
            yield f"{where}.{name} is {'no' if is_block else 'a'} block"
        elif inside is not None:
            for one in value:
                yield from faults(one, inside, f"{where}.{name}")


def test_the_schema_is_of_the_version_that_is_allowed(infra: Configuration) -> None:
    allowed = infra.terraform["required_providers"][0]["google"]["version"]

    assert allowed == f"~> {SCHEMA['provider'].split('.')[0]}.0"


def test_every_argument_is_known_and_none_that_is_needed_is_missing(infra: Configuration) -> None:
    found = [
        fault
        for part, bodies in (("resources", infra.resources), ("data", infra.data))
        for address, body in bodies.items()
        for fault in faults(body, SCHEMA[part][address.split(".")[0]]["arguments"], address)
    ]

    assert found == []


def test_every_attribute_that_is_read_is_known(infra: Configuration) -> None:
    texts = [*strings(infra.resources), *strings(infra.outputs), *strings(infra.values), *strings(infra.data)]
    read = {
        ("data" if one["data"] else "resources", one["kind"], one["attribute"])
        for text in texts
        for one in _ATTRIBUTE.finditer(text)
    }

    assert len(read) > 5
    unknown = [one for one in sorted(read) if one[2] not in SCHEMA[one[0]][one[1]]["attributes"]]
    assert unknown == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"locations": "EU"}, "bucket has no locations"),
        ({"location": None}, "bucket lacks location"),
        ({"versioning": True}, "bucket.versioning is a block"),
        ({"labels": [{"a": "b"}]}, "bucket.labels is no block"),
        ({"versioning": [{"on": True}]}, "bucket.versioning has no on"),
        ({"lifecycle_rule": [{"condition": [{}]}]}, "bucket.lifecycle_rule lacks action"),
        ({"dynamic": [{"encryptions": {"for_each": "x", "content": [{}]}}]}, "bucket has no encryptions"),
    ],
)
def test_what_the_provider_would_refuse_is_found(change: dict[str, Any], fault: str) -> None:
    right = {"name": "a", "location": "EU"}
    body = {name: value for name, value in {**right, **change}.items() if value is not None}

    found = list(faults(body, SCHEMA["resources"]["google_storage_bucket"]["arguments"], "bucket"))

    assert fault in found
