"""Names of files that people deliver: as text that can be stored and shown, and as names of files of ours.

A file system's names are bytes, which need not be UTF-8, and may be as long as it allows. Which of them are left
alone in an inbox is the concern of `litter`.
"""

from __future__ import annotations

import os
import re

MAX_STORED_BYTES = 180
"""Of a name in the landing folder: leaves room for what is put behind it, within the 255 of a file system."""

_ESCAPE = re.compile(rb"\\(\\|x[0-9a-f]{2})")


def shown_name(name: str) -> str:
    r"""A name of the file system as text: bytes that are not UTF-8 as `\xNN`, a backslash as two.

    No two names become the same text, so that it can stand for the file in a catalog.
    """
    return os.fsencode(name).replace(b"\\", b"\\\\").decode(errors="backslashreplace")


def system_name(shown: str) -> str:
    """The name that `shown_name` made a text of, as Python gives names to the file system."""
    return os.fsdecode(_ESCAPE.sub(_unescaped, shown.encode()))


def stored_name(name: str) -> str:
    """What a delivered file is called in the landing folder: its own name, readable; the end of a long one."""
    last = name.replace("\0", "").rpartition("/")[2] or "file"
    return last.encode(errors="backslashreplace")[-MAX_STORED_BYTES:].decode(errors="ignore")


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return code if code == b"\\" else bytes([int(code[1:], 16)])
