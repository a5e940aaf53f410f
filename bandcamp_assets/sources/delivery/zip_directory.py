"""Checks the directory of a zip: it must have one readable CSV of a sane size, and nothing hostile.

Only the directory entries of `zipfile` are checked; `zip_member` reads the CSV. Nothing is ever extracted to disk,
so a name cannot do harm. Suspicious names are refused anyway, as a sign of a hostile archive.
"""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bandcamp_assets.system.errors import PlatformError

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_ENCRYPTED = 0x1 | 0x40 | 0x2000


@dataclass(frozen=True)
class ZipLimits:
    """Limits of a zip. Beyond them it counts as a bomb.

    Attributes:
        max_csv_bytes: Largest CSV, decompressed.
        max_ratio: Largest compression ratio. Sales have about 5; deflate reaches 1,032 at most.
        ratio_free_bytes: A CSV up to this decompressed size may have any ratio.
        max_members: Largest number of entries of all kinds.
    """

    max_csv_bytes: int = 100_000_000_000
    max_ratio: float = 200.0
    ratio_free_bytes: int = 10_000_000
    max_members: int = 1_000


DEFAULT_LIMITS = ZipLimits()


def single_csv(infos: Sequence[zipfile.ZipInfo], path: Path, limits: ZipLimits) -> zipfile.ZipInfo:
    """Find the one CSV in a zip and check that it can be read safely.

    Args:
        infos: The zip's directory.
        path: The zip.
        limits: Its limits.

    Raises:
        PlatformError: If there is not exactly one CSV, or the zip is hostile, encrypted or unsupported.
    """
    if len(infos) > limits.max_members:
        raise _refused(f"The zip has {len(infos)} entries, more than the {limits.max_members} allowed", str(path))
    for info in infos:
        _refuse_hostile_entry(info, path)
    found = [info for info in infos if not _is_litter(info) and info.filename.lower().endswith(".csv")]
    if len(found) != 1:
        names = ", ".join(repr(info.filename) for info in (found or infos)[:5]) or "nothing"
        raise PlatformError(
            f"The zip must contain exactly one CSV, but contains {len(found) or 'none'}",
            where=f"{path}, which contains {names}",
            remedy="make a zip of the one CSV alone, or give the path of the CSV itself",
        )
    _refuse_unreadable_or_bomb(found[0], path, limits)
    return found[0]


def _is_litter(info: zipfile.ZipInfo) -> bool:
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
            "The CSV in the zip is encrypted", where=where, remedy="extract it and give the path of the CSV itself"
        )
    if info.compress_type not in _METHODS:
        raise PlatformError(
            f"The CSV in the zip is compressed by an unsupported method (number {info.compress_type})",
            where=where,
            remedy="extract it and give the path of the CSV itself, or compress it again with 'deflate'",
        )
    if info.compress_size > path.stat().st_size:
        raise damaged(where)
    if info.file_size > limits.max_csv_bytes:
        raise _refused(
            f"The CSV in the zip has {info.file_size} bytes, more than the {limits.max_csv_bytes} allowed", where
        )
    too_dense = info.file_size > limits.max_ratio * max(info.compress_size, 1)
    if too_dense and info.file_size > limits.ratio_free_bytes:
        raise _refused(
            f"The CSV in the zip would decompress to {info.file_size} bytes from {info.compress_size}, "
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
