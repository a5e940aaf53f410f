"""The Terraform configuration as data: what it declares and what its expressions refer to.

Parsed by python-hcl2, which knows the language but no provider: that an argument exists is not
checked here. How the files are laid out is in `formatting`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcl2

FOLDER = Path(__file__).resolve().parents[2] / "infra" / "terraform"
"""Where the configuration lies."""

# Plain values instead of hcl2's markers for writing files back.
_AS_DATA = hcl2.SerializationOptions(with_comments=False, explicit_blocks=False, strip_string_quotes=True)

_REFERENCE = re.compile(
    r"(?<![\w.\"'-])(?:(?P<kind>var|local)\.(?P<name>\w+)"
    r"|(?P<data>data\.)?(?P<type>google_\w+)\.(?P<label>\w+))"
)


@dataclass(frozen=True)
class Configuration:
    """Everything the files declare.

    Attributes:
        files: Name of each `.tf` file to its text.
        variables: Name to body.
        values: Locals, name to expression.
        resources: `TYPE.NAME` to body.
        data: `TYPE.NAME` to body.
        outputs: Name to body.
        terraform: The `terraform` block.
        providers: Provider to body.
    """

    files: dict[str, str]
    variables: dict[str, dict[str, Any]]
    values: dict[str, Any]
    resources: dict[str, dict[str, Any]]
    data: dict[str, dict[str, Any]]
    outputs: dict[str, dict[str, Any]]
    terraform: dict[str, Any]
    providers: dict[str, dict[str, Any]]

    def of_type(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """The resources of one type, address to body."""
        return {
            address: body for address, body in self.resources.items() if address.split(".")[0] == resource_type
        }


def parse(text: str) -> dict[str, Any]:
    """One file's text as data."""
    return dict(hcl2.loads(text, serialization_options=_AS_DATA))


def load(folder: Path = FOLDER) -> Configuration:
    """Parse every `.tf` file of a folder."""
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.tf"))}
    blocks = [block for text in files.values() for block in parse(text).items()]
    return Configuration(
        files=files,
        variables=_named(blocks, "variable"),
        values={name: value for body in _bodies(blocks, "locals") for name, value in body.items()},
        resources=_addressed(blocks, "resource"),
        data=_addressed(blocks, "data"),
        outputs=_named(blocks, "output"),
        terraform=next(_bodies(blocks, "terraform")),
        providers=_named(blocks, "provider"),
    )


def references(value: object) -> set[str]:
    """What everything in a value refers to, as `var.x`, `local.x`, `TYPE.NAME` or `data.TYPE.NAME`."""
    found = set()
    for text in strings(value):
        if "${" in text:
            for match in _REFERENCE.finditer(text):
                if match["kind"]:
                    found.add(f"{match['kind']}.{match['name']}")
                else:
                    found.add(f"{match['data'] or ''}{match['type']}.{match['label']}")
    return found


def strings(value: object) -> Iterator[str]:
    """Every text in a value, at any depth, names of attributes included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def _bodies(blocks: list[tuple[str, Any]], kind: str) -> Iterator[dict[str, Any]]:
    for block_kind, bodies in blocks:
        if block_kind == kind:
            yield from bodies


def _named(blocks: list[tuple[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    named: dict[str, dict[str, Any]] = {}
    for body in _bodies(blocks, kind):
        _add_once(named, body)
    return named


def _addressed(blocks: list[tuple[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    addressed: dict[str, dict[str, Any]] = {}
    for body in _bodies(blocks, kind):
        for block_type, labelled in body.items():
            _add_once(addressed, {f"{block_type}.{label}": inner for label, inner in labelled.items()})
    return addressed


def _add_once(into: dict[str, dict[str, Any]], more: dict[str, dict[str, Any]]) -> None:
    for name, body in more.items():
        if name in into:
            raise ValueError(f"{name} is declared twice")
        into[name] = body
