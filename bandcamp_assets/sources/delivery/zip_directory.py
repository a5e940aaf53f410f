"""Checks the directory of a zip: it must have readable files of sales of a sane size, and nothing hostile.

Only the directory entries of `zipfile` are checked; `zip_member` reads the files. Nothing is extracted to disk, so
a name cannot do harm. Suspicious names are refused anyway, as a sign of a hostile archive.
"""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bandcamp_assets.sources.litter import is_note
from bandcamp_assets.system.errors import PlatformError

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_SALES = re.compile(r"\.(csv|tsv|tab|txt|json|jsonl|ndjson)$", re.IGNORECASE)
_PACKED = re.compile(r"\.(zip|gz|bz2|xz|zst|7z|rar|tar|tgz|parquet|xlsx?|xlsm|xlsb|ods|numbers)$", re.IGNORECASE)
"""Files that may hold sales, but are not read within a zip."""

_SPREADSHEET = re.compile(r"^(\[Content_Types\]\.xml|xl/workbook\.xml|Index/Document\.iwa|content\.xml)$")
"""Entries of the zip that a spreadsheet is."""

_ENCRYPTED = 0x1 | 0x40 | 0x2000


@dataclass(frozen=True)
class ZipLimits:
    """Limits of a zip. Beyond them it counts as a bomb.

    Attributes:
        max_csv_bytes: Largest CSV, and all of them together, decompressed.
        max_ratio: Largest compression ratio. Sales have about 5; deflate reaches 1,032 at most.
        ratio_free_bytes: A CSV up to this decompressed size may have any ratio.
        max_members: Largest number of entries of all kinds.
    """

    max_csv_bytes: int = 100_000_000_000
    max_ratio: float = 200.0
    ratio_free_bytes: int = 10_000_000
    max_members: int = 1_000


DEFAULT_LIMITS = ZipLimits()


def files_of_sales(infos: Sequence[zipfile.ZipInfo], path: Path, limits: ZipLimits) -> list[zipfile.ZipInfo]:
    """Find the files of sales in a zip, in its order, and check that they can be read safely.

    Folders, litter of macOS, notes such as a README, and other kinds of files are left aside.

    Args:
        infos: The zip's directory.
        path: The zip.
        limits: Its limits.

    Raises:
        PlatformError: If there are none, or the zip is hostile, encrypted or unsupported, or is a spreadsheet.
    """
    if any(_SPREADSHEET.search(info.filename) for info in infos):
        raise PlatformError(
            "The file is a spreadsheet, not a CSV",
            where=str(path),
            remedy="open it in the program that made it, and save it as CSV in UTF-8",
        )
    if len(infos) > limits.max_members:
        raise _refused(f"The zip has {len(infos)} entries, more than the {limits.max_members} allowed", str(path))
    for info in infos:
        _refuse_hostile_entry(info, path)
    given = [info for info in infos if not is_litter(info)]
    found = [info for info in given if _SALES.search(info.filename) and not is_note(info.filename)]
    names = ", ".join(repr(info.filename) for info in infos[:5]) or "nothing"
    if packed := next((info for info in given if _PACKED.search(info.filename)), None):
        raise PlatformError(
            f"The zip contains {packed.filename!r}, which is not read within a zip",
            where=str(path),
            remedy="extract it and deliver it by itself, or put its CSV into the zip",
        )
    if not found:
        raise PlatformError(
            "The zip contains no CSV and no JSON",
            where=f"{path}, which contains {names}",
            remedy="make a zip of the files of sales, or give the path of the CSV itself",
        )
    if len({info.filename for info in found}) < len(found):
        raise _refused("The zip contains a name twice", f"{path}, which contains {names}")
    for info in found:
        _refuse_unreadable_or_bomb(info, path, limits)
    in_all = sum(info.file_size for info in found)
    if in_all > limits.max_csv_bytes:
        raise _refused(f"The zip would decompress to {in_all} bytes, too many", str(path))
    return found


def is_litter(info: zipfile.ZipInfo) -> bool:
    """Whether an entry is a folder, or one of those that macOS adds to every zip."""
    parts = info.filename.split("/")
    return info.is_dir() or "__MACOSX" in parts[:-1] or parts[-1] == ".DS_Store" or parts[-1].startswith("._")


def _refuse_hostile_entry(info: zipfile.ZipInfo, path: Path) -> None:
    name = info.orig_filename  # `filename` ends at the first NUL
    kind = stat.S_IFMT(info.external_attr >> 16)
    is_outside = name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or re.match(r"[A-Za-z]:", name)
    if is_outside or "\0" in name:
        raise _refused("The zip has an entry whose name leads outside the zip", f"{path}, entry {name!r}")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refused("The zip has an entry that is not a file but a link or a device", f"{path}, entry {name!r}")


def _refuse_unreadable_or_bomb(info: zipfile.ZipInfo, path: Path, limits: ZipLimits) -> None:
    where = f"{path}, member {info.filename!r}"
    if info.flag_bits & _ENCRYPTED:
        raise PlatformError(
            "A file in the zip is encrypted", where=where, remedy="extract it and give the path of the CSV itself"
        )
    if info.compress_type not in _METHODS:
        raise PlatformError(
            f"A file in the zip is compressed by an unsupported method (number {info.compress_type})",
            where=where,
            remedy="extract it and give the path of the CSV itself, or compress it again with 'deflate'",
        )
    if info.compress_size > path.stat().st_size:
        raise damaged(where)
    if info.file_size > limits.max_csv_bytes:
        raise _refused(
            f"A file in the zip has {info.file_size} bytes, more than the {limits.max_csv_bytes} allowed", where
        )
    too_dense = info.file_size > limits.max_ratio * max(info.compress_size, 1)
    if too_dense and info.file_size > limits.ratio_free_bytes:
        raise _refused(
            f"A file in the zip would decompress to {info.file_size} bytes from {info.compress_size}, "
            f"more than {limits.max_ratio:g} times as many",
            where,
        )


def damaged(where: str) -> PlatformError:
    """Make the error for a damaged zip."""
    return PlatformError(
        "The zip is damaged or incomplete",
        where=where,
        remedy="get the file again, and check that it is copied completely",
    )


def _refused(what: str, where: str) -> PlatformError:
    return PlatformError(
        what, where=where, remedy="if you trust the file, extract it and give the path of the CSV itself"
    )
