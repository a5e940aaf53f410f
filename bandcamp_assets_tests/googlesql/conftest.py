"""The engine, once for the tests that look at it alone."""

from __future__ import annotations

import pytest

from bandcamp_assets_tests.googlesql.database import GoogleSql
from bandcamp_assets_tests.googlesql.engine import GoogleSqlEngine


@pytest.fixture(scope="session")
def engine() -> GoogleSqlEngine:
    return GoogleSqlEngine()


@pytest.fixture
def database(engine: GoogleSqlEngine) -> GoogleSql:
    return GoogleSql(engine)
