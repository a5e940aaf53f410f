"""Makes `SETTINGS.md`, the list of all settings, from their descriptions in the code.

`python -m bandcamp_assets.deployment.settings_page` writes the page beside this module. What a setting means does
not belong here: it stands in the module that reads the setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bandcamp_assets.alerts import settings as alerts
from bandcamp_assets.deployment.settings import DESCRIPTIONS
from bandcamp_assets.storage.google_cloud import place

PAGE = Path(__file__).with_name("SETTINGS.md")

_HEAD = """\
# Settings

Settings are environment variables. Their names begin with `BANDCAMP_`. An empty value counts as not set. An
unknown name, or a value that is not allowed, is an error that names it.

`python -m bandcamp_assets.deployment.settings_page` makes this page from the code. Do not edit it.
"""


def settings_page() -> str:
    """The text of `SETTINGS.md`."""
    elsewhere = alerts.DESCRIPTIONS | place.DESCRIPTIONS
    own = {name: meaning for name, meaning in DESCRIPTIONS.items() if name not in elsewhere}
    return (
        _HEAD
        + _section("The platform", own)
        + _section("Alerts", alerts.DESCRIPTIONS)
        + _section("Google Cloud", place.DESCRIPTIONS)
    )


def _section(heading: str, descriptions: Mapping[str, str]) -> str:
    rows = "".join(f"| `{name}` | {meaning} |\n" for name, meaning in descriptions.items())
    return f"\n## {heading}\n\n| variable | meaning |\n|---|---|\n{rows}"


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
