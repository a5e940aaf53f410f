"""A stream can be read ahead and then again; the end of a long record is found there, whatever the blocks."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import pytest

from bandcamp_assets.lake.long_records import ReadAhead, end_of_long_record


def test_what_was_read_ahead_is_read_again_from_the_given_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folders, make = [], tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **given: folders.append(given["dir"]) or make(**given))

    with ReadAhead(io.BytesIO(b"abcdefgh"), tmp_path) as source:
        assert source.read(2) == b"ab"
        assert list(source.ahead(4)) == [b"cdef", b"gh"]
        source.back()
        assert source.read(1) == b"c"
        assert list(source.ahead(2)) == [b"de", b"fg", b"h"]
        source.back()
        assert [source.read(3), source.read(3), source.read(3)] == [b"def", b"gh", b""]

    assert folders == [tmp_path]


@pytest.mark.parametrize("block_bytes", [1, 2, 3, 5, 100])
@pytest.mark.parametrize(
    ("beginning", "rest", "alone", "left"),
    [
        (b'a,"xx', b'xx\nyy",b\nc\nd\n', None, b"c\nd\n"),
        (b'a,"xx\nyy', b'y",b\r\nc\n', None, b"c\n"),
        (b'a,"xx\nyy', b'y","z\n",b\nc\n', None, b"c\n"),
        (b'a,"xx\n', b'",b\nc\n', None, b"c\n"),
        (b'a,"xx\nyy', b'y"', None, b""),
        (b'a,"xx\nyy', b"y\nz\n", 6, b"yyy\nz\n"),
        (b'a,"xx\nyy', b"", 6, b"yy"),
        (b'a,"xx', b"x\nyy\n", None, b"yy\n"),
        (b'a,"xx\ny"z\n', b"w\n", 6, b'y"z\nw\n'),
        (b'a,"xx\n"z', b'\n",b\n', 6, b'"z\n",b\n'),
        (b'a"xx\ny', b'"z\n', None, b'y"z\n'),
        (b"xxxx", b"xx\nc\n", None, b"c\n"),
        (b"xxxx", b"xx", None, b""),
        (b'a,"xx"\r\nc', b"\n", None, b"c\n"),
        (b'a,"xx"\nc', b"\n", None, b"c\n"),
        (b'a,"xx\nyy', b'y",b\n"c"\n', None, b'"c"\n'),
    ],
)
def test_the_end_of_a_long_record_is_found_and_what_is_behind_it_is_not_lost(
    tmp_path: Path, block_bytes: int, beginning: bytes, rest: bytes, alone: int | None, left: bytes
):
    with ReadAhead(io.BytesIO(rest), tmp_path) as source:
        found, behind = end_of_long_record(beginning, source, block_bytes, b",")

        assert found == alone
        assert behind + b"".join(iter(lambda: source.read(100), b"")) == left
