"""The page of the settings is the one that the code makes, and holds every setting."""

from __future__ import annotations

import re

from bandcamp_assets.deployment import settings_page
from bandcamp_assets.deployment.settings import DESCRIPTIONS
from bandcamp_assets_tests.documents.document import SETTINGS, cells_of


def test_the_page_of_settings_is_current() -> None:
    assert SETTINGS.text == settings_page.settings_page(), (
        "run `.venv/bin/python -m bandcamp_assets.deployment.settings_page`"
    )


def test_every_setting_is_on_the_page_once() -> None:
    rows = cells_of(re.findall(r"^\| `BANDCAMP_.*$", SETTINGS.text, re.MULTILINE))

    assert rows == [[f"`{name}`", meaning] for name, meaning in DESCRIPTIONS.items()]
