"""The programs of the page: Vega, our scripts from `static/`, and the charts, compiled for Vega by vl-convert.

vl-convert starts a JavaScript engine, which takes half a second. So it compiles once for each version of the
charts, and the result is kept in a folder.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from bandcamp_assets.report.dashboard.charts import VEGA_LITE
from bandcamp_assets.report.dashboard.world_map import WORLD_MAP
from bandcamp_assets.report.drawing import compile_for_vega
from bandcamp_assets.system.disk import replace_file
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.scratch import scratch_folder

STATIC = files("bandcamp_assets.report.dashboard") / "static"

_SCRIPTS = (
    "decode.js",
    "filter.js",
    "text.js",
    "tooltip.js",
    "charts.js",
    "brush.js",
    "state.js",
    "address.js",
    "business.js",
    "findings.js",
    "scorecards.js",
    "picture.js",
    "find.js",
    "cards.js",
    "whole.js",
    "picker.js",
    "controls.js",
    "page.js",
)


@dataclass(frozen=True)
class Runtime:
    """The programs of the page.

    Attributes:
        charts: Vega's specifications by card.
    """

    charts: dict[str, Any]

    @property
    def scripts(self) -> list[str]:
        """The page's scripts in the order in which they run."""
        own = "\n".join(static_text(name) for name in _SCRIPTS)
        return [static_text("vendor/vega.min.js"), f"{_interpreter()}\n{own}"]


def static_text(name: str) -> str:
    """A file of the page, ours or in `vendor/`."""
    return (STATIC / name).read_text(encoding="utf-8")


def load_runtime(home: Home) -> Runtime:
    """The runtime, from the folder where it is kept, or compiled now."""
    kept = home.dashboard / "charts.json"
    key = _key()
    found = _read(kept)
    if found is None or found.get("key") != key or found.get("sha256") != _sha256(found.get("charts")):
        charts = _compile()
        found = {"key": key, "sha256": _sha256(charts), "charts": charts}
        with scratch_folder(home.scratch, "runtime") as scratch:
            (scratch / kept.name).write_text(json.dumps(found), encoding="utf-8")
            replace_file(scratch / kept.name, kept)
    return Runtime(found["charts"])


def _key() -> str:
    inputs = json.dumps([version("vl-convert-python"), VEGA_LITE, WORLD_MAP], sort_keys=True)
    return hashlib.sha256(inputs.encode()).hexdigest()


def _sha256(charts: object) -> str:
    return hashlib.sha256(json.dumps(charts, sort_keys=True).encode()).hexdigest()


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: object = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _compile() -> dict[str, Any]:
    compiled = {name: compile_for_vega(specification) for name, specification in VEGA_LITE.items()}
    return {**compiled, "map": WORLD_MAP}


def _interpreter() -> str:
    """The expression interpreter. Its module imports three names from Vega."""
    module = static_text("vendor/vega-interpreter.js")
    lines = [line for line in module.splitlines() if not line.startswith(("import ", "export ", "//# "))]
    names = "const { ascending, isString, DisallowedObjectProperties } = vega;\nconst expressionInterpreter = "
    return names + "(() => {\n" + "\n".join(lines) + "\nreturn expression;\n})();"
