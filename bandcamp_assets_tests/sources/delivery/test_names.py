"""Every name of a file system becomes a unique text, and a name for the landing folder."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandcamp_assets.sources.delivery.names import MAX_STORED_BYTES, shown_name, stored_name, system_name
from bandcamp_assets.sources.litter import is_left_alone

names = st.binary(min_size=1, max_size=255).filter(lambda name: b"\0" not in name and b"/" not in name)


@given(names)
def test_a_name_can_be_stored_as_text_and_found_again(name: bytes):
    shown = shown_name(os.fsdecode(name))

    assert shown.encode().decode() == shown
    assert os.fsencode(system_name(shown)) == name


@given(st.text(alphabet="ab.\\x4e\u00e4", min_size=1))
def test_names_in_utf_8_are_unchanged_except_for_the_backslash(name: str):
    assert shown_name(name) == name.replace("\\", "\\\\")


def test_a_byte_and_the_text_that_shows_it_are_two_names():
    assert len({shown_name(os.fsdecode(name)) for name in (b"a\xe4", b"a\\xe4", b"a\\\\xe4", b"a\xe5")}) == 4


@given(names)
def test_the_stored_name_is_short_and_readable_and_has_one_part(name: bytes):
    stored = stored_name(f"inbox/folder/{shown_name(os.fsdecode(name))}")

    assert 0 < len(stored.encode()) <= MAX_STORED_BYTES
    assert not set(stored) & {"/", "\0"}


@pytest.mark.parametrize("name", ["s" * 1000 + ".csv", "\u00e4" * 120 + ".csv", "x\0.csv"])
def test_a_long_or_broken_name_keeps_its_end(name: str):
    assert stored_name(f"gs://bucket/inbox/{name}").endswith(".csv")


@pytest.mark.parametrize(
    "name",
    [
        *("Thumbs.db", "thumbs.db", "ehthumbs.db", "desktop.ini", "Desktop.ini", ".DS_Store", "2020/.DS_Store"),
        *("~$sales.csv", "2020/~$sales.xlsx", "._sales.csv", "__MACOSX", "__MACOSX/sales.csv", "Icon\r"),
        *("sales.csv:Zone.Identifier", "sales.csv:Zone.Identifier:$DATA", "sales.csv\uf03aZone.Identifier"),
        *(".Trash-1000/files/sales.csv", "lost+found", "System Volume Information/x", "$RECYCLE.BIN/x"),
        *("@eaDir/sales.csv", "sales.csv.part", "folder_$folder$", ".~lock.sales.csv#"),
    ],
)
def test_litter_is_ignored(name: str):
    assert is_left_alone(name)


@pytest.mark.parametrize(
    "name", ["sales.csv", "Thumbs.db.csv", "my desktop.ini.csv", "$sales.csv", "a~$b.csv", "lost+found.csv"]
)
def test_files_of_people_are_not_litter(name: str):
    assert not is_left_alone(name)
