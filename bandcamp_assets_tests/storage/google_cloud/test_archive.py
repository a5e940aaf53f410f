"""Raw files in a bucket: behind a long history no run lists them all, as that would cost more than all queries."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from bandcamp_assets.defs.assets.archive import raw_objects
from bandcamp_assets.defs.assets.landing import raw_sales
from bandcamp_assets.defs.resources import landing_resources
from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.state.integrity import objects
from bandcamp_assets.state.integrity.damage import Kind
from bandcamp_assets_tests.raw_files import raw_row, write_csv
from bandcamp_assets_tests.storage.google_cloud.conftest import Cloud

FILES = 4


class Archive:
    """A home whose raw files are archived in the bucket."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.cloud = cloud
        self._folder = folder
        self._landed = 0

    def deployment(self, **settings: str) -> Deployment:
        home = {"BANDCAMP_HOME": str(self._folder / "home")}
        return Deployment.assemble(Settings.from_env(self.cloud.environment() | home | settings))

    def archive(self, more: int, **settings: str) -> dict[str, dg.MetadataValue]:
        """Land so many more files and archive them; what the asset said."""
        numbers = range(self._landed, self._landed + more)
        self._landed += more
        paths = [str(write_csv(self._folder / f"{number}.csv", [raw_row(number)])) for number in numbers]
        source = {"source": "\n".join(paths)} if paths else {"only_inboxes": True}
        done = dg.materialize(
            [raw_sales, raw_objects],
            resources=landing_resources(self.deployment(**settings)),
            run_config={"ops": {"raw_sales": {"config": source}}},
        )
        [said] = done.asset_materializations_for_node("raw_objects")
        return dict(said.metadata)

    def lists(self) -> int:
        """How often raw files were listed so far."""
        asked = [one for one in self.cloud.storage.requests if one.method == "GET" and one.path.endswith("/o")]
        return sum(one.query["prefix"] == ["raw/"] for one in asked)

    def names(self) -> list[str]:
        return [blob.name for blob in self.cloud.bucket().list_blobs(prefix="raw/")]


@pytest.fixture
def archive(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """An archive behind a history that is too long to be listed."""
    monkeypatch.setattr(objects, "MOST_LISTED", FILES - 1)
    archive = Archive(cloud, tmp_path)
    archive.archive(FILES)
    return archive


def test_a_new_file_is_archived_without_a_list_of_the_others(archive: Archive) -> None:
    said = archive.archive(1)

    assert said["files_archived"].value == 1
    assert len(archive.names()) == FILES + 1
    assert archive.lists() == 0


def test_the_look_of_each_run_lists_none(archive: Archive) -> None:
    found = archive.deployment().survey()

    assert found.damage == ()
    assert archive.lists() == 0


def test_a_deep_look_finds_a_lost_file_and_the_next_run_archives_it_again(archive: Archive) -> None:
    lost = archive.names()[0]
    archive.cloud.bucket().blob(lost).delete()

    deep = archive.deployment().survey(deep=True)
    listed = archive.lists()
    known = archive.deployment().survey()
    said = archive.archive(0)

    assert (
        [one.key for one in deep.among(Kind.ARCHIVED)] == [one.key for one in known.among(Kind.ARCHIVED)] == [lost]
    )
    assert said["files_archived"].value == 1
    assert lost in archive.names()
    assert listed == archive.lists() > 0
    assert archive.deployment().survey().damage == ()


def test_earlier_files_are_protected_by_one_list_for_each_change_of_the_setting(archive: Archive) -> None:
    protected = [
        archive.archive(1, BANDCAMP_GCP_RAW_RETENTION_DAYS=days)["files_protected_later"].value
        for days in ("30", "30", "60")
    ]

    assert protected == [FILES, 0, FILES + 2]
    assert archive.lists() == 2


def test_behind_a_short_history_each_run_looks_at_all(cloud: Cloud, tmp_path: Path) -> None:
    archive = Archive(cloud, tmp_path)
    archive.archive(1)
    [name] = archive.names()
    cloud.bucket().blob(name).delete()

    said = archive.archive(0)

    assert said["files_archived"].value == 1
    assert archive.names() == [name]
