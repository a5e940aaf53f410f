"""The definitions that the documents describe, of a new home."""

from __future__ import annotations

import dagster as dg
import pytest

from bandcamp_assets.cli.prepare import prepare_deployment
from bandcamp_assets.definitions import load_definitions
from bandcamp_assets_tests.homes import TestHome


@pytest.fixture(scope="session")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    home = TestHome(tmp_path_factory.mktemp("documents") / "home")
    return load_definitions(prepare_deployment({"BANDCAMP_HOME": str(home.root)}))


@pytest.fixture(scope="session")
def graph(definitions: dg.Definitions) -> dg.AssetGraph:
    return definitions.resolve_asset_graph()
