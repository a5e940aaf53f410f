"""A file with a fault of its own is refused once, by name, and does not stop the others."""

from __future__ import annotations

import errno
import os
import shutil
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bandcamp_assets.landing import deliveries
from bandcamp_assets.landing.deliveries import Taken, waiting
from bandcamp_assets.landing.refusals import (
    CLOSED,
    closed_inbox,
    files_waiting_in_vain,
    refuse_sample_beside,
    standing_refusals,
)
from bandcamp_assets.sources import inbox
from bandcamp_assets.sources.delivery.file_format import FileFormat
from bandcamp_assets.sources.delivery.recognition import recognize
from bandcamp_assets.sources.inbox import LocalInbox
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.system.copying import copy_file
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.landing.desk import Desk
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        here = os.open(".", os.O_RDONLY)
        os.chdir(path.parent)  # the address of a socket is limited to 107 bytes
        made.bind(path.name)
        os.fchdir(here)
        os.close(here)


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "pipe.csv": (os.mkfifo, "a pipe, a socket or a device"),
    "socket.csv": (_socket, "a pipe, a socket or a device"),
    "device.csv": (lambda path: path.symlink_to("/dev/zero"), "a pipe, a socket or a device"),
    "dangling.csv": (lambda path: path.symlink_to("nowhere.csv"), "The link leads to no file"),
    "loop.csv": (lambda path: path.symlink_to("loop.csv"), "The link leads to itself"),
    "link": (lambda path: path.symlink_to("/"), "Links to folders are not followed"),
    "empty.csv": (Path.touch, "The file is empty"),
    "x." + "y" * 250: (lambda path: path.write_bytes(b"no sales"), "not a CSV of sales"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_not_a_file_of_sales_is_refused_once_and_does_not_stop_others(desk: Desk, name: str):
    make, message = FAULTS[name]
    make(desk.home.inbox / name)
    desk.deliver("good.csv", 1)

    first, again = desk.take(), desk.take()

    assert (first.files, list(first.refused), again) == (["good.csv"], [name], Taken())
    (refusal,) = standing_refusals([desk.inbox], desk.catalog)
    assert (refusal.where, message in refusal.why, "\n" in refusal.why) == (f"inbox/{name}", True, False)
    assert waiting(desk.inbox, desk.catalog) == []
    (desk.home.inbox / name).unlink()
    assert standing_refusals([desk.inbox], desk.catalog) == []


LONG_NAMES = (b"s." + b"x" * 250, "\u00e4".encode() * 120 + b".csv")


@pytest.mark.parametrize("name", [b"Verk\xe4ufe.csv", b"a\\b.csv", b"new\nline.csv", *LONG_NAMES])
def test_a_file_lands_whatever_its_name(desk: Desk, name: bytes):
    (desk.home.inbox / os.fsdecode(name)).write_bytes(csv_bytes([raw_row(1)]))

    taken = desk.take()

    assert (len(taken.files), taken.refused, desk.current()) == (1, {}, ["1"])
    assert waiting(desk.inbox, desk.catalog) == []


def test_two_names_that_are_not_utf_8_are_two_files_and_each_is_corrected_alone(desk: Desk):
    for number, name in enumerate((b"\xe4.csv", b"\xe5.csv", b"\\xe4.csv")):
        (desk.home.inbox / os.fsdecode(name)).write_bytes(csv_bytes([raw_row(number)]))
    desk.take()
    desk.stage()
    (desk.home.inbox / os.fsdecode(b"\xe4.csv")).write_bytes(csv_bytes([raw_row(9)]))
    desk.take()
    desk.stage()

    assert sorted(desk.current()) == ["1", "2", "9"]


def test_a_file_without_read_permission_is_taken_once_it_has_it_even_if_nothing_else_changes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    desk.deliver("locked.csv", 1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, _mode: Path(path).name != "locked.csv")
        first, again = desk.take(), desk.take()
        still = waiting(desk.inbox, desk.catalog)

    assert "Permission denied\n  where: inbox/locked.csv" in first.refused["locked.csv"]
    assert (again, still) == (Taken(), [])
    assert [drop.name for drop in waiting(desk.inbox, desk.catalog)] == ["locked.csv"]
    assert desk.take().files == ["locked.csv"]
    assert standing_refusals([desk.inbox], desk.catalog) == []


def test_a_folder_that_cannot_be_listed_hides_no_other_and_its_files_count_as_still_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    desk.deliver("shut/a.csv", 1)
    desk.deliver("b.csv", 1)
    desk.take()
    desk.stage()
    desk.deliver("b.csv", 2)
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, _mode: Path(path).name != "shut")
        taken = desk.take()
        (refusal,) = standing_refusals([desk.inbox], desk.catalog)
    desk.stage()

    assert (taken.files, list(taken.refused)) == (["b.csv"], ["shut/"])
    assert str(refusal).startswith("inbox/shut/: The folder may not be read: Permission denied; allow")
    # `shut/a.csv` still stands for the first file, although it could not be seen when `b.csv` was corrected.
    assert sorted(desk.current()) == ["1", "2"]
    assert standing_refusals([desk.inbox], desk.catalog) == []
    assert desk.take() == Taken()


def test_a_file_that_cannot_be_copied_is_tried_again_by_the_next_run_but_does_not_start_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    def failing(source: Path, target: Path) -> None:
        if source.name == "torn.csv":
            raise OSError(errno.EIO, "Input/output error")
        copy_file(source, target)

    desk.deliver("torn.csv", 1)
    desk.deliver("good.csv", 2)
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "copy_file", failing)
        first = desk.take()
        still = waiting(desk.inbox, desk.catalog)

    assert (first.files, list(first.refused), still) == (["good.csv"], ["torn.csv"], [])
    (refusal,) = standing_refusals([desk.inbox], desk.catalog)
    assert str(refusal).startswith("inbox/torn.csv: The file cannot be read: Input/output error; make the file")
    assert desk.take().files == ["torn.csv"]


def test_a_full_disk_is_not_a_fault_of_a_file(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    def full(*_paths: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    desk.deliver("a.csv", 1)
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "copy_file", full)
        with pytest.raises(PlatformError, match="No space left"):
            desk.take()

    assert desk.take().files == ["a.csv"]


def test_an_unforeseen_error_counts_as_a_fault_of_its_file(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    def look(path: Path, shown: str) -> FileFormat:
        if shown.endswith("odd.csv"):
            raise KeyError("odd")
        return recognize(path, shown)

    monkeypatch.setattr(deliveries, "recognize", look)
    desk.deliver("odd.csv", 1)
    desk.deliver("good.csv", 2)

    taken = desk.take()

    assert (taken.files, list(taken.refused)) == (["good.csv"], ["odd.csv"])


def test_a_folder_that_disappears_while_it_is_listed_is_not_a_fault(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    desk.deliver("going/a.csv", 1)
    desk.deliver("good.csv", 2)
    scandir = os.scandir

    def late(path: Path) -> object:
        if str(path).endswith("/going"):
            shutil.rmtree(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", late)

    assert desk.take() == Taken(files=["good.csv"])


def test_the_inbox_of_a_sample_home_takes_nothing_says_so_once_and_opens_no_file(desk: Desk):
    desk.catalog.add_raw_file(
        RawFile("0" * 16, "sample.csv", "s", "sample:", True, 1, "0" * 64, datetime.now(UTC))
    )
    for number in range(3):
        desk.deliver(f"{number}.csv", number)

    assert desk.take() == Taken(in_vain=3)
    assert waiting(desk.inbox, desk.catalog) == []
    assert standing_refusals([desk.inbox], desk.catalog) == []
    assert desk.catalog.deliveries("inbox") == {}
    assert closed_inbox(files_waiting_in_vain([desk.inbox], desk.catalog)) == f"{CLOSED} (3 files wait in it)"


def test_no_sample_is_made_in_an_empty_home_while_files_in_its_inbox_are_still_being_written(desk: Desk):
    early = LocalInbox(desk.home.inbox, settle_seconds=1e12)
    refuse_sample_beside([early], desk.catalog)
    desk.deliver("a.csv", 1)

    with pytest.raises(PlatformError, match="still being written"):
        refuse_sample_beside([early], desk.catalog)

    desk.take()
    refuse_sample_beside([early], desk.catalog)
