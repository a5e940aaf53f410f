"""What Terraform's Google provider takes: arguments and attributes of our resources, as data with their source.

The provider itself cannot be had without its registry. The package `cdktn-provider-google` holds bindings made
from its own schema; `provider_schema.json` keeps what they say of our resources.

Made anew, for another version of the provider: `pip install --no-deps --target FOLDER cdktn-provider-google`, then
`python -m bandcamp_assets_tests.infra.provider_schema FOLDER`.
"""

from __future__ import annotations

import json
import re
import sys
import tarfile
from pathlib import Path
from typing import Any

from bandcamp_assets_tests.infra.configuration import load

SCHEMA = Path(__file__).with_suffix(".json")

_INTERFACE = re.compile(r"^export interface (\w+)[^{]*\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_PROPERTY = re.compile(
    r"/\*\*(?P<doc>(?:(?!\*/).)*)\*/\s*readonly \w+(?P<optional>\??): (?P<type>[^;{]*)", re.DOTALL
)
_NAME = re.compile(r"/docs/(?:resources|data-sources)/\w+#(\w+)")
_GETTER = re.compile(r"^    get (\w+)\(\)", re.MULTILINE)
_VERSION = re.compile(r"provider version (\d+\.\d+\.\d+)")

Block = dict[str, Any]
"""By argument: `required`, and `block`, the arguments inside, for a nested block."""


def read_schema() -> dict[str, Any]:
    """The kept schema: `provider` (version), `resources` and `data`, each with `arguments` and `attributes`."""
    found: dict[str, Any] = json.loads(SCHEMA.read_text())
    return found


def make_schema(bindings: Path) -> dict[str, Any]:
    """Read the schema of our resources from the package's folder."""
    (archive,) = bindings.glob("cdktn_provider_google/_jsii/*.tgz")
    infra = load()
    with tarfile.open(archive) as files:
        version = _VERSION.search(_text(files, "package/README.md"))
        return {
            "provider": version[1] if version else "",
            "resources": {kind: _kind(files, kind, "") for kind in _kinds(infra.resources)},
            "data": {kind: _kind(files, kind, "data-") for kind in _kinds(infra.data)},
        }


def _kinds(addresses: dict[str, Any]) -> list[str]:
    return sorted({address.split(".")[0] for address in addresses})


def _kind(files: tarfile.TarFile, kind: str, prefix: str) -> dict[str, Any]:
    name = kind if prefix else kind.removeprefix("google_")
    text = _text(files, f"package/lib/{prefix}{name.replace('_', '-')}/index.d.ts")
    interfaces = dict(_INTERFACE.findall(text))
    (config,) = (name for name in interfaces if name.endswith("Config") and _is_whole(name, text))
    attributes = {_snake(one) for one in _GETTER.findall(text)}
    return {"arguments": _block(interfaces, config), "attributes": sorted(attributes)}


def _is_whole(name: str, text: str) -> bool:
    return f"export interface {name} extends" in text


def _block(interfaces: dict[str, str], name: str) -> Block:
    found: Block = {}
    for one in _PROPERTY.finditer(interfaces[name]):
        named = _NAME.search(one["doc"])
        if not named:
            continue
        inside = one["type"].split("[")[0].split(" ")[0].strip()
        argument: dict[str, Any] = {"required": not one["optional"]}
        if inside in interfaces:
            argument["block"] = _block(interfaces, inside)
        found[named[1]] = argument
    return found


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda found: f"_{found[1].lower()}", name)


def _text(files: tarfile.TarFile, name: str) -> str:
    member = files.extractfile(name)
    assert member, name
    return member.read().decode()


if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(make_schema(Path(sys.argv[1])), indent=1, sort_keys=True) + "\n")
