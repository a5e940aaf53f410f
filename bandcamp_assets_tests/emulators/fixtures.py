"""Fixtures to import in the `conftest.py` of a folder whose tests need Google Cloud."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bandcamp_assets_tests.emulators.google_cloud import GoogleCloud, Place


@pytest.fixture(scope="session")
def google_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleCloud]:
    """Both emulators, started with the first test that asks, once in each process of pytest."""
    cloud = GoogleCloud(tmp_path_factory.mktemp("google_cloud"))
    try:
        yield cloud.start()
    finally:
        cloud.stop()


@pytest.fixture
def place(google_cloud: GoogleCloud) -> Place:
    """A bucket and a dataset of the test's own."""
    return google_cloud.fresh()
