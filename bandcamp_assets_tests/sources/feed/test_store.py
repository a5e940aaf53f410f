"""Every answer is kept complete and once, under the name of its window."""

from __future__ import annotations

import errno
import gzip
import os
from decimal import Decimal
from pathlib import Path

import pytest

from bandcamp_assets.sources.feed import store as store_module
from bandcamp_assets.sources.feed.store import PageKind, PageStore, read_stored
from bandcamp_assets.sources.feed.windows import Window
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.sources.feed.conftest import names, page_bytes

BODY = page_bytes(1000, 1600, [{"items": []}])


def put(store: PageStore, body: bytes, cursor: int | None = None) -> store_module.StoredPage:
    store.folder.mkdir(parents=True, exist_ok=True)
    return store.settle(store.keep(body), cursor=None if cursor is None else Decimal(cursor))


def test_a_page_is_kept_as_delivered_under_its_window(store: PageStore) -> None:
    stored = put(store, BODY)

    assert (stored.kind, stored.is_new, stored.events) == (PageKind.PAGE, True, 1)
    assert stored.path
    assert names(store) == [stored.path.name]
    assert stored.path.name.startswith("1000-1600-")
    assert read_stored(stored.path) == BODY
    assert store.windows() == [Window(Decimal(1000), Decimal(1600))]


def test_the_same_answer_makes_the_same_file(store: PageStore, tmp_path: Path) -> None:
    first, second = put(store, BODY).path, put(PageStore(tmp_path / "other"), BODY).path

    assert first
    assert second
    assert (first.name, first.read_bytes()) == (second.name, second.read_bytes())


def test_a_page_that_differs_only_in_the_servers_clock_is_stored_once(store: PageStore) -> None:
    put(store, BODY)

    again = put(store, page_bytes(1000, 1600, [{"items": []}], server_time=1700))

    assert not again.is_new
    assert len(names(store)) == 1


def test_another_page_of_the_same_window_is_kept_too(store: PageStore) -> None:
    put(store, BODY)

    other = put(store, page_bytes(1000, 1600, [{"items": [1]}]))

    assert other.is_new
    assert len(names(store)) == 2


def test_an_empty_page_is_kept_only_if_it_ends_later(store: PageStore) -> None:
    further = put(store, page_bytes(1600, 2200), cursor=1600)
    nothing = put(store, page_bytes(2200, 2200), cursor=2200)

    assert (further.is_new, nothing.is_new, nothing.path) == (True, False, None)
    assert store.windows() == [Window(Decimal(1600), Decimal(2200))]


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b'{"error": 1}', page_bytes(3, 2)])
def test_an_answer_that_is_not_a_page_is_kept_and_does_not_count(store: PageStore, body: bytes) -> None:
    stored, again = put(store, body), put(store, body)

    assert (stored.kind, stored.is_new, again.is_new) == (PageKind.UNREADABLE, True, False)
    assert stored.fault
    assert stored.path
    assert stored.path.name.startswith("unreadable-")
    assert read_stored(stored.path) == body
    assert store.windows() == []


def test_a_page_from_the_future_is_kept_and_does_not_count(store: PageStore) -> None:
    stored = put(store, page_bytes(1000, 9_000_000_000, [{}], server_time=1700))

    assert stored.kind is PageKind.DOUBTFUL
    assert names(store)[0].startswith("doubtful-1000-9000000000-")
    assert store.windows() == []


def test_leftovers_of_a_killed_process_are_settled_or_removed(store: PageStore) -> None:
    store.folder.mkdir()
    kept = store.keep(BODY)
    (store.folder / "arrived-0123456789ab.json.part").write_bytes(b"half")

    with store.sole_use():
        left = store.unsettled()
        store.settle(left[0], cursor=None)

    assert left == [kept]
    assert [name.partition("-1600")[0] for name in names(store)] == ["1000"]


def test_two_polls_do_not_work_in_one_store(store: PageStore) -> None:
    with store.sole_use(), pytest.raises(PlatformError, match="Another process is polling"), store.sole_use():
        pass


def test_a_full_disk_is_one_clear_error_and_leaves_nothing(
    store: PageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.folder.mkdir()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    # Only root can fill a disk on purpose.
    monkeypatch.setattr(store_module, "replace_file", full)

    with pytest.raises(PlatformError, match="No space left"):
        store.keep(BODY)

    assert names(store) == []


def test_a_damaged_file_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "1-2-0123456789ab.json.gz"
    packed = gzip.compress(BODY)
    for damaged in (b"plain", packed[:-9], packed[:20] + b"\xff" * 20 + packed[40:]):
        path.write_bytes(damaged)
        with pytest.raises(PlatformError, match="damaged"):
            read_stored(path)
