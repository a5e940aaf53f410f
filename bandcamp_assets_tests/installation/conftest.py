"""What was built, once for all tests of a worker."""

from __future__ import annotations

import pytest

from bandcamp_assets_tests.installation.built import Built, build


@pytest.fixture(scope="session")
def built_package(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("dist"))
