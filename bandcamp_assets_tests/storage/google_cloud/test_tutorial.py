"""The tutorial's part about a bucket of one's own, followed on the emulators."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bandcamp_assets_tests.documents.tutorial import Checkout, commands
from bandcamp_assets_tests.storage.google_cloud.conftest import Cloud

pytestmark = pytest.mark.long


def test_with_the_settings_of_the_tutorial_all_is_well(cloud: Cloud, tmp_path: Path) -> None:
    here = cloud.environment()
    said = dict(re.findall(r"export (\w+)=(\S+)", commands("Run on your own bucket")))
    own = {f"{name}={value}": f"{name}={here[name]}" for name, value in said.items()}

    answer = Checkout.make(tmp_path / "checkout").follow(
        "Run on your own bucket", own, **{name: value for name, value in here.items() if name not in said}
    )

    assert set(said) == {
        "BANDCAMP_DEPLOYMENT",
        "BANDCAMP_GCP_PROJECT",
        "BANDCAMP_GCP_BUCKET",
        "BANDCAMP_GCP_LOCATION",
    }
    assert "All is well." in answer
