"""A home with every layer up to the objects. The assets make it in a second, without dbt."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from bandcamp_assets.components.failures import Failed
from bandcamp_assets.defs.assets import archive, cleaning, landing, objects, staging, warehouse
from bandcamp_assets.defs.partitions import range_tags
from bandcamp_assets.defs.resources import landing_resources
from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.state.integrity.damage import Survey
from bandcamp_assets_tests.raw_files import FIRST_SECOND, raw_row, write_csv

LANDING = (landing.raw_sales, staging.stage, archive.raw_objects)
DAYS = (cleaning.clean, objects.sales_objects, warehouse.sales)


@dataclass(frozen=True)
class LayeredHome:
    """A home, and the assets run on it."""

    root: Path

    @property
    def deployment(self) -> Deployment:
        """The deployment on this home."""
        return Deployment.assemble(Settings.from_env({"BANDCAMP_HOME": str(self.root)}))

    def land(self, source: Path | str = "") -> None:
        """Land and stage."""
        config = {"raw_sales": {"config": {"source": str(source)} if source else {"only_inboxes": True}}}
        resources = landing_resources(self.deployment)
        with _original_errors():
            _succeed(dg.materialize(list(LANDING), resources=resources, run_config={"ops": config}))

    def build(self, *assets: dg.AssetsDefinition) -> dg.ExecuteInProcessResult:
        """Materialize assets over all days. Raises their error."""
        days = sorted(self.deployment.catalog.staged_inputs())
        with _original_errors():
            return dg.materialize(
                list(assets or DAYS),
                resources=landing_resources(self.deployment),
                tags=range_tags(days[0], days[-1]),
            )

    def survey(self, *, deep: bool = False) -> Survey:
        """Look for damage."""
        return self.deployment.survey(deep=deep)

    def one(self, pattern: str) -> Path:
        """The first file that matches."""
        return sorted(path for path in self.root.glob(pattern) if path.is_file())[0]


@contextmanager
def _original_errors() -> Iterator[None]:
    """Raise what a step failed for, not Dagster's `Failure` that shows it in the UI."""
    try:
        yield
    except Failed as failed:
        raise failed.__cause__ or failed from None


def _succeed(result: dg.ExecuteInProcessResult) -> None:
    assert result.success


@pytest.fixture(scope="session")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layers")
    rows = [raw_row(number, utc_date=str(FIRST_SECOND + number + 86_400 * (number % 2))) for number in range(40)]
    source = write_csv(folder / "sales.csv", [*rows, rows[0], raw_row(90, currency="ZZZ")])
    home = LayeredHome(folder / "home")
    home.land(source)
    _succeed(home.build())
    return home.root


@pytest.fixture
def layered(_built: Path, tmp_path: Path) -> LayeredHome:
    """A copy of the home, with the times of its files."""
    return LayeredHome(Path(shutil.copytree(_built, tmp_path / "home")))
