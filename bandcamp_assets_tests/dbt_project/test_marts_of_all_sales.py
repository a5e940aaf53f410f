"""Every mart of the sample and of the real sales against a calculation of its own, number by number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode

from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.marts_expected_data import EXPECTED, sample_sales, warehouse
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import Row, difference
from bandcamp_assets_tests.dbt_project.marts_expected_published import ARCHIVE
from bandcamp_assets_tests.dbt_project.sales import real_sales


@dataclass(frozen=True)
class Built:
    """A warehouse, and its single sales."""

    dbt: Dbt

    @cached_property
    def sales(self) -> list[Row]:
        return self.dbt.table("fct_sales").to_dicts()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Built:
    """Twenty thousand made-up rows that count as the archive, so that published figures are compared."""
    sales = sample_sales(tmp_path_factory.mktemp("sample"), rows=20_000, file_id=ARCHIVE)
    return Built(warehouse(tmp_path_factory.mktemp("marts"), manifest, sales))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Built:
    return Built(warehouse(tmp_path_factory.mktemp("marts"), manifest, real_sales()))


@pytest.mark.parametrize("mart", EXPECTED)
def test_the_sample_gives_the_figures_worked_out_apart(sample: Built, mart: str) -> None:
    expected = EXPECTED[mart](sample.sales)

    made = sample.dbt.table(mart)

    assert difference(mart, expected, made) is None


@pytest.mark.parametrize("mart", EXPECTED)
def test_the_real_sales_give_the_figures_worked_out_apart(real: Built, mart: str) -> None:
    expected = EXPECTED[mart](real.sales)

    made = real.dbt.table(mart)

    assert difference(mart, expected, made) is None


def test_no_mart_is_left_out(manifest: Manifest) -> None:
    marts = {node.name for node in manifest.nodes.values() if isinstance(node, ModelNode) and "marts" in node.tags}

    assert set(EXPECTED) == marts
