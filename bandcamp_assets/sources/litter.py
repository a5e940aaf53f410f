"""Recognizes the names in an inbox that are silently ignored: unfinished files, and litter of other systems.

In zips and folders of sales, notes such as a README are left aside, too.
"""

from __future__ import annotations

import re

_ON_ITS_WAY = re.compile(
    r"(^|/)\.|~$|\.(part|partial|tmp|temp|crdownload|download|filepart|swp|lock)$", re.IGNORECASE
)
"""Names of unfinished files, and of hidden files and folders such as `.DS_Store`, `._x` and `.Trash-1000`."""

_LITTER = re.compile(
    r"(^|/)(thumbs\.db|ehthumbs(_vista)?\.db|desktop\.ini|icon\r|~\$[^/]*|__macosx|lost\+found|\$recycle\.bin"
    r"|system volume information|@eadir|#recycle)(/|$)"
    # A stream of Windows that was copied as a file. Linux on Windows writes another character for its colon.
    r"|[:\uf03a]zone\.identifier(:\$data)?$"
    r"|_\$folder\$$",
    re.IGNORECASE,
)
"""Files that Windows, macOS, file servers and copying programs add to people's files."""


_NOTE = re.compile(r"(^|/)(read_?me|licen[cs]e|copying|changelog|notice|about)(\.[^/]*)?$", re.IGNORECASE)


def is_note(name: str) -> bool:
    """Whether a name is that of a text about the files beside it."""
    return _NOTE.search(name) is not None


def is_left_alone(name: str) -> bool:
    """Whether a path relative to an inbox is that of a hidden or unfinished file, or of litter."""
    return _ON_ITS_WAY.search(name) is not None or _LITTER.search(name) is not None
