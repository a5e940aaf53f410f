"""Holds events to the published schema of OpenLineage, and each facet to the schema that it names itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

SPEC = Path(__file__).parent / "spec"
EVENT = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"


def check(event: dict[str, Any]) -> None:
    """Raise an error if an event is not as the schema wants it, or has a facet whose schema is not known."""
    assert event["schemaURL"] == EVENT
    _validator(EVENT).validate(event)
    for facet in _facets(event):
        _validator(facet["_schemaURL"]).validate(facet)


def _facets(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    parts = [event["run"], event["job"], *event["inputs"], *event["outputs"]]
    for part in parts:
        for kind in ("facets", "inputFacets", "outputFacets"):
            yield from part.get(kind, {}).values()


@cache
def _registry() -> Registry[Any]:
    schemas = [json.loads(path.read_bytes()) for path in SPEC.rglob("*.json")]
    return Registry().with_resources([(schema["$id"], Resource.from_contents(schema)) for schema in schemas])


def _validator(address: str) -> Draft202012Validator:
    return Draft202012Validator(
        {"$ref": address}, registry=_registry(), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
