"""Files that others put into the bucket's inbox are found, fetched as listed, and landed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bandcamp_assets.landing.deliveries import take_deliveries, waiting
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.storage.google_cloud.inbox import GcsInbox
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets_tests.emulators.faults import Answer, CorruptAnswer, DropAnswer, HalfAnAnswer
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row
from bandcamp_assets_tests.storage.google_cloud.conftest import Cloud

DOWNLOADS = r"alt=media"


def put(cloud: Cloud, name: str, content: bytes) -> None:
    cloud.bucket().blob(name).upload_from_string(content)


def names(inbox: GcsInbox) -> list[str]:
    return sorted(drop.name for drop in inbox.delivered_files())


def test_objects_below_the_inbox_are_listed_and_no_others(cloud: Cloud):
    for name in ("inbox/a.csv", "inbox/2020/b.csv.gz", "inbox/c.csv.part", "inbox/folder/", "sales/d.csv"):
        put(cloud, name, b"x")

    assert names(GcsInbox(cloud.place)) == ["2020/b.csv.gz", "a.csv"]


def test_litter_is_left_alone_and_a_name_with_a_long_suffix_lands(cloud: Cloud, own_home: Home):
    for name in ("Thumbs.db", "2020/desktop.ini", "~$a.xlsx", "a.csv:Zone.Identifier", "__MACOSX/._a.csv"):
        put(cloud, f"inbox/{name}", b"x")
    put(cloud, f"inbox/a.{'long' * 50}", csv_bytes([raw_row(1)]))
    catalog = Catalog(own_home.catalog)

    taken = take_deliveries([GcsInbox(cloud.place)], own_home, catalog)

    (file,) = catalog.raw_files()
    assert (len(taken.files), taken.refused) == (1, {})
    assert (own_home.landing / file.stored_as).read_bytes() == csv_bytes([raw_row(1)])


def test_an_object_that_may_not_be_read_does_not_stop_others_and_is_tried_again(cloud: Cloud, own_home: Home):
    inbox, catalog = GcsInbox(cloud.place), Catalog(own_home.catalog)
    put(cloud, "inbox/locked.csv", csv_bytes([raw_row(1)]))
    put(cloud, "inbox/good.csv", csv_bytes([raw_row(2)]))
    cloud.storage.inject(Answer(403), path=r"locked\.csv.*alt=media")

    first = take_deliveries([inbox], own_home, catalog)
    asked_for = waiting(inbox, catalog)
    second = take_deliveries([inbox], own_home, catalog)

    assert (first.files, list(first.refused), asked_for) == (["good.csv"], ["locked.csv"], [])
    assert second.files == ["locked.csv"]


def test_the_inbox_is_below_the_prefix(cloud: Cloud):
    put(cloud, "music/inbox/a.csv", b"x")
    put(cloud, "inbox/b.csv", b"x")
    inbox = GcsInbox(cloud.with_settings(prefix="music"))

    assert names(inbox) == ["a.csv"]
    assert inbox.place == f"gs://{cloud.place.bucket}/music/inbox"


def test_a_delivered_object_is_landed_once_and_again_when_it_is_replaced(cloud: Cloud, own_home: Home):
    inbox, catalog = GcsInbox(cloud.place), Catalog(own_home.catalog)
    put(cloud, "inbox/a.csv", csv_bytes([raw_row(1)]))

    first, again = (take_deliveries([inbox], own_home, catalog) for _ in range(2))
    put(cloud, "inbox/a.csv", csv_bytes([raw_row(2)]))
    replaced = take_deliveries([inbox], own_home, catalog)

    assert (first.files, again.files, replaced.files) == (["a.csv"], [], ["a.csv"])
    # The earlier one counts until the later one is staged and judged.
    assert len(catalog.raw_files()) == 2


def test_an_object_that_changes_after_the_listing_is_left_to_the_next_run(cloud: Cloud, tmp_path: Path):
    inbox = GcsInbox(cloud.place)
    put(cloud, "inbox/a.csv", b"first")
    (drop,) = inbox.delivered_files()
    put(cloud, "inbox/a.csv", b"second")

    assert not inbox.fetch(drop, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("effect", [Answer(503), DropAnswer(), HalfAnAnswer()], ids=["503", "dropped", "half"])
def test_a_transient_fault_is_retried(cloud: Cloud, tmp_path: Path, effect: object):
    inbox = GcsInbox(cloud.place)
    put(cloud, "inbox/a.csv", b"content" * 1000)
    (drop,) = inbox.delivered_files()
    cloud.storage.inject(effect, path=DOWNLOADS)  # type: ignore[arg-type]

    assert inbox.fetch(drop, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"content" * 1000


def test_bytes_changed_in_transit_never_land(cloud: Cloud, own_home: Home):
    catalog = Catalog(own_home.catalog)
    put(cloud, "inbox/a.csv", csv_bytes([raw_row(1)]))
    cloud.storage.inject(CorruptAnswer(), path=DOWNLOADS, times=None)

    with pytest.raises(PlatformError, match="The bytes of an object were changed in transit"):
        take_deliveries([GcsInbox(cloud.place)], own_home, catalog)

    assert catalog.raw_files() == []
