"""What the infrastructure's tests share: the parsed configuration, and Terraform where it is installed."""

from __future__ import annotations

import pytest

from bandcamp_assets_tests.infra import configuration, terraform
from bandcamp_assets_tests.infra.configuration import Configuration
from bandcamp_assets_tests.infra.terraform import Terraform


@pytest.fixture(scope="session")
def infra() -> Configuration:
    return configuration.load()


@pytest.fixture(scope="session", name="terraform")
def _terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    return terraform.installed(tmp_path_factory.mktemp("terraform"))
