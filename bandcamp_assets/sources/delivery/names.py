"""Names of delivered files: as text to store and show, and as names in the landing folder.

Names in a file system are bytes. They need not be UTF-8, and may be as long as the file system allows. `litter`
decides which names in an inbox are ignored.
"""

from __future__ import annotations

import os
import re

MAX_STORED_BYTES = 180
"""Longest name in the landing folder. It leaves room for suffixes within the 255 bytes of a file system."""

_ESCAPE = re.compile(rb"\\(\\|x[0-9a-f]{2})")


def shown_name(name: str) -> str:
    r"""A name in the file system as text: bytes that are not UTF-8 as `\xNN`, a backslash as two.

    Different names give different texts, so that a text can identify the file in the catalog.
    """
    return os.fsencode(name).replace(b"\\", b"\\\\").decode(errors="backslashreplace")


def system_name(shown: str) -> str:
    """The reverse of `shown_name`: the name as Python passes it to the file system."""
    return os.fsdecode(_ESCAPE.sub(_unescaped, shown.encode()))


def stored_name(name: str) -> str:
    """The name of a delivered file in the landing folder: its own name, readable; only the end of a long one."""
    last = name.replace("\0", "").rpartition("/")[2] or "file"
    return last.encode(errors="backslashreplace")[-MAX_STORED_BYTES:].decode(errors="ignore")


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return code if code == b"\\" else bytes([int(code[1:], 16)])
