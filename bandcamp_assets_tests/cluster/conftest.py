"""One cluster of two workers for the tests that do not change it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bandcamp_assets_tests.cluster.processes import Cluster, cluster


@pytest.fixture(scope="session")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and two workers, which no test may stop."""
    with cluster(tmp_path_factory.mktemp("dask"), workers=2) as started:
        yield started
