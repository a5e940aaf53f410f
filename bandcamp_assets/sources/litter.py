"""Which names in an inbox are left alone without a word: what is still on its way, and other systems' litter."""

from __future__ import annotations

import re

_ON_ITS_WAY = re.compile(
    r"(^|/)\.|~$|\.(part|partial|tmp|temp|crdownload|download|filepart|swp|lock)$", re.IGNORECASE
)
"""Names under which programs keep what they have not finished, and hidden files and folders, such as `.DS_Store`,
`._x` and `.Trash-1000`."""

_LITTER = re.compile(
    r"(^|/)(thumbs\.db|ehthumbs(_vista)?\.db|desktop\.ini|icon\r|~\$[^/]*|__macosx|lost\+found|\$recycle\.bin"
    r"|system volume information|@eadir|#recycle)(/|$)"
    # How a stream of Windows is called that was copied as a file; the Linux in Windows cannot write its colon.
    r"|[:\uf03a]zone\.identifier(:\$data)?$"
    r"|_\$folder\$$",
    re.IGNORECASE,
)
"""What Windows, macOS, file servers and copying programs put beside files of people's own."""


def is_left_alone(name: str) -> bool:
    """Whether a name, as a path below an inbox, says that its file is hidden, not finished, or litter."""
    return _ON_ITS_WAY.search(name) is not None or _LITTER.search(name) is not None
