"""The assets on workers give the same lake and the same records as without, from a raw file to cleaned days."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import dagster as dg

from bandcamp_assets.defs.assets.cleaning import clean
from bandcamp_assets.defs.assets.landing import raw_sales
from bandcamp_assets.defs.assets.staging import stage
from bandcamp_assets.defs.partitions import range_tags
from bandcamp_assets.defs.resources import landing_resources
from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets_tests.cluster.lakes import sales
from bandcamp_assets_tests.cluster.processes import Cluster
from bandcamp_assets_tests.homes import TestHome


def materialize(home: TestHome, source: Path, scheduler: str) -> Deployment:
    """Land a file, stage it and clean its days, in this process or on workers."""
    deployment = Deployment.assemble(
        Settings.from_env(
            {
                "BANDCAMP_HOME": str(home.root),
                "BANDCAMP_SOURCE": str(source),
                "BANDCAMP_DASK_SCHEDULER": scheduler,
            }
        )
    )
    done = dg.materialize([raw_sales, stage], resources=landing_resources(deployment))
    assert done.success
    days = [day.sale_date for day in deployment.catalog.staged_files()[0].days]
    assert dg.materialize(
        [raw_sales, stage, clean],
        selection=[clean],
        resources=landing_resources(deployment),
        tags=range_tags(days[0], days[-1]),
    ).success
    return deployment


def test_lake_and_records_are_the_same(tmp_path: Path, two_workers: Cluster) -> None:
    source = tmp_path / "sales.csv"
    source.write_bytes(sales(4, 50))
    homes = [TestHome(tmp_path / name) for name in ("here", "there")]

    here, there = (
        materialize(home, source, address) for home, address in zip(homes, ("", two_workers.address), strict=True)
    )

    assert homes[1].files("lake") == homes[0].files("lake")
    assert there.catalog.cleaned_days() == here.catalog.cleaned_days()
    assert [replace(file, seconds=0.0) for file in there.catalog.staged_files()] == [
        replace(file, seconds=0.0) for file in here.catalog.staged_files()
    ]
    assert list((homes[1].root / "scratch").iterdir()) == []
