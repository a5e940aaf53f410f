"""Scenarios of unusual archives: the bytes read are those that were compressed, or there is one clear error."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from bandcamp_assets.sources.delivery.opening import open_delivered
from bandcamp_assets.sources.delivery.zip_directory import ZipLimits
from bandcamp_assets.sources.delivery.zip_member import ZIP_MAGIC
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.hostile.checks import assert_one_clear_error, contents_of
from bandcamp_assets_tests.soak.scenario import Outcome, Scenario

LIMITS = ZipLimits(max_csv_bytes=2_000_000, ratio_free_bytes=100_000)
"""Small limits, so that some megabytes already are a bomb."""

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
OUTSIDE = (
    "../sales.csv",
    "/etc/sales.csv",
    "a/../../sales.csv",
    "..\\sales.csv",
    "C:\\sales.csv",
    "\\\\host\\x.csv",
)
NAMES = (
    *("sales.csv", "data/Sales.CSV", "x.txt", "nested.zip", "__MACOSX/._sales.csv", "folder/"),
    *("a\x00b.csv", "sa\x1b[31mles.csv", "n" * 60_000 + ".csv", "\u202esales.csv", "sales.csv/"),
)


def attempt(packed: bytes, readable: set[bytes], folder: Path) -> Outcome:
    """Read a delivered file.

    Args:
        packed: The file.
        readable: The contents that may be read from it.
        folder: An empty folder.

    Raises:
        AssertionError: If other bytes were read, an error is not clear, or a file was written.
    """
    path = folder / "delivered.zip"
    path.write_bytes(packed)
    try:
        with open_delivered(path, limits=LIMITS) as stream:
            seen = b"".join(iter(lambda: stream.read(50_000), b""))
    except PlatformError as error:
        assert_one_clear_error(error, naming=str(path))
        ended = Outcome("clear error")
    else:
        assert len(seen) <= LIMITS.max_csv_bytes
        # A file that no longer begins like an archive is read as CSV. Its header is missing, as in an empty file.
        no_archive = not packed.startswith(ZIP_MAGIC) and seen == packed
        assert seen in readable or no_archive or not seen, f"{len(seen)} bytes that nobody packed: {seen[:100]!r}"
        ended = Outcome("read as packed")
    assert contents_of(folder) == {"delivered.zip": packed}, "files were written"
    return ended


def _text(chance: random.Random) -> bytes:
    lines = (b"%d,%d\n" % (number, chance.getrandbits(40)) for number in range(chance.randrange(2_000)))
    return b"_id,artist_name\n" + b"".join(lines)


def _zip(chance: random.Random, members: list[tuple[str, bytes]]) -> bytes:
    made = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w", chance.choice(METHODS)) as archive:
        warnings.filterwarnings("ignore", "Duplicate name")
        for name, data in members:
            archive.writestr(name, data)
    return made.getvalue()


def damage(chance: random.Random, data: bytes) -> bytes:
    """Change, cut, double or insert some bytes."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        at = chance.randrange(len(changed) + 1)
        kind = chance.randrange(5)
        if kind == 0:
            del changed[at:]
        elif kind == 1:
            changed[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 2:
            changed[at:at] = chance.randbytes(chance.randrange(1, 40))
        elif kind == 3:
            del changed[at : at + chance.randrange(1, 40)]
        else:
            changed[at:at] = changed[at : at + chance.randrange(1, 400)]
    return bytes(changed)


def damaged_zip(chance: random.Random, folder: Path) -> Outcome:
    """A good zip with some bytes changed, more often in its directory."""
    text = _text(chance)
    good = _zip(chance, [("sales.csv", text)])
    if chance.random() < 0.5:
        at = good.rindex(b"PK\x01\x02")
        packed = good[:at] + damage(chance, good[at:])
    else:
        packed = damage(chance, good)
    return attempt(packed, {text} | _plain(packed), folder)


def odd_members(chance: random.Random, folder: Path) -> Outcome:
    """Several members, with names that lead outside, control a terminal, or are very long."""
    texts = [_text(chance) for _ in range(chance.randrange(5))]
    members = [(chance.choice(NAMES + OUTSIDE), text) for text in texts]
    packed = _zip(chance, members)
    outcome = attempt(packed, set(texts), folder)
    if any(name in OUTSIDE for name, _ in members):
        assert outcome.ended == "clear error", members
    return outcome


def lying_directory(chance: random.Random, folder: Path) -> Outcome:
    """Wrong sizes, offsets, flags, methods and checksums in the directory; overlapping entries."""
    text = _text(chance)
    members = [("sales.csv", text)] * chance.choice((1, 1, 2))
    packed = bytearray(_zip(chance, members))
    fields = ((8, "<H"), (10, "<H"), (16, "<L"), (20, "<L"), (24, "<L"), (28, "<H"), (38, "<L"), (42, "<L"))
    for _ in range(chance.choice((1, 1, 3))):
        offset, layout = chance.choice(fields)
        most = 2 ** (8 * struct.calcsize(layout)) - 1
        value = chance.choice((0, 1, most, most // 2, len(text) + chance.choice((-1, 1)), chance.randrange(most)))
        struct.pack_into(layout, packed, packed.rindex(b"PK\x01\x02") + offset, max(0, min(value, most)))
    return attempt(bytes(packed), {text}, folder)


def bomb(chance: random.Random, folder: Path) -> Outcome:
    """Some megabytes of the same byte, compressed in any way, or several times."""
    text = bytes([chance.choice(b"\n,a\0")]) * chance.randrange(3_000_000, 6_000_000)
    packed = chance.choice(_PACKERS)(chance, text)
    if chance.random() < 0.3:
        packed = chance.choice(_PACKERS)(chance, packed)
    outcome = attempt(packed, set(), folder)
    assert outcome.ended == "clear error"
    return outcome


def damaged_stream(chance: random.Random, folder: Path) -> Outcome:
    """A good stream with some bytes changed, or a zstandard stream cut short, which has no checksum here."""
    text = _text(chance)
    if chance.random() < 0.7:
        packed = damage(chance, chance.choice((_gzip, _bzip2, _xz))(chance, text))
        # Bytes after a sound stream are another stream, or an error.
        return attempt(packed, {text, text + text} | _plain(packed), folder)
    good = _zstandard(chance, text)
    packed = good[: chance.randrange(len(good) + 1)]
    return attempt(packed, {text} | _plain(packed), folder)


def _plain(packed: bytes) -> set[bytes]:
    """A file that no longer begins like an archive, or is empty, is plain, and is checked by its header."""
    archives = (b"PK", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ\x00")
    return set() if packed.startswith(archives) and len(packed) >= 4 else {packed}


def _one_csv(chance: random.Random, text: bytes) -> bytes:
    return _zip(chance, [("sales.csv", text)])


def _gzip(chance: random.Random, text: bytes) -> bytes:
    return gzip.compress(text, chance.randrange(1, 10), mtime=0)


def _zstandard(_: random.Random, text: bytes) -> bytes:
    return bytes(pa.compress(text, "zstd", asbytes=True))


def _bzip2(_: random.Random, text: bytes) -> bytes:
    return bz2.compress(text)


def _xz(_: random.Random, text: bytes) -> bytes:
    return lzma.compress(text)


_PACKERS = (_one_csv, _gzip, _zstandard, _bzip2, _xz)

_KINDS: dict[str, Callable[[random.Random, Path], Outcome]] = {
    "a zip with some bytes changed": damaged_zip,
    "names and numbers of members": odd_members,
    "a directory that lies": lying_directory,
    "a bomb": bomb,
    "a packed stream with bytes changed or missing": damaged_stream,
}

SCENARIOS = tuple(Scenario("archive", fault, attempt) for fault, attempt in _KINDS.items())
