"""The encoding of a file is found from all of it; rows that are not text do not change that of the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from bandcamp_assets.sources.delivery.encoding import Tally, first_line, in_utf8
from bandcamp_assets.sources.delivery.recognition import recognize
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row


def encoding_of(content: bytes, *, block_bytes: int = 2**20) -> str:
    tally = Tally()
    for start in range(0, len(content), block_bytes):
        tally.add(content[start : start + block_bytes])
    return tally.encoding()


def lines(text: str, number: int, encoding: str) -> bytes:
    return f"{text}\n".encode(encoding) * number


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"plain\n" * 9, "utf-8"),
        (lines("Björk €5", 9, "utf-8"), "utf-8"),
        (lines("Björk €5", 9, "cp1252"), "cp1252"),
        (lines("plain", 99, "utf-8") + lines("£5", 1, "cp1252"), "cp1252"),
        (lines("Björk", 9, "utf-8") + lines("Björk", 9, "cp1252"), "utf-8"),
        (lines("Björk", 1, "utf-8") + lines("Björk", 11, "cp1252"), "cp1252"),
        (lines("Björk", 9, "cp1252") + b"\x81\n", "utf-8"),
        (lines("Кино, Группа крови", 9, "cp1251"), "utf-8"),
        (lines("夜の笛", 9, "shift_jis"), "utf-8"),
        (lines("Björk", 9, "cp1252").replace(b"\n", b"\r"), "cp1252"),
    ],
)
@pytest.mark.parametrize("block_bytes", [7, 2**20])
def test_a_file_is_windows_1252_only_if_its_lines_are(content: bytes, encoding: str, block_bytes: int):
    assert encoding_of(content, block_bytes=block_bytes) == encoding


def test_a_row_that_is_not_text_leaves_a_file_in_utf_8(tmp_path: Path):
    content = csv_bytes([raw_row(number, artist_name="Björk") for number in range(9)])
    path = tmp_path / "sales.csv"
    path.write_bytes(content + b"\xff\xfe,1\n")

    assert recognize(path, "sales.csv").contents[0].encoding == "utf-8"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_the_first_line_ends_where_no_quote_is_open(line_end: str):
    assert first_line(f'a,"b{line_end}c"{line_end}d') == (f'a,"b{line_end}c"', line_end)
    assert first_line("a") == ("a", "\n")


def test_half_a_character_at_the_end_is_not_text_and_ends_the_reading(tmp_path: Path):
    path = tmp_path / "sales.csv"
    path.write_bytes("a\nü".encode("utf-16-le") + b"\x20")

    with path.open("rb") as stream:
        read = in_utf8(stream, "utf-16-le", "\n").read()

    assert read == "a\nü".encode() + b"\xff"
