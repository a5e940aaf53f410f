"""Makes text from outside safe to print on a terminal.

Names of artists, items and files may contain characters that move the cursor, change colours, the title or the
clipboard, or reverse the order of the text. `cli.answers` makes tables of the answers of queries.
"""

from __future__ import annotations

import json
import unicodedata

_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode's categories of characters that control a terminal, or reverse or hide text."""

_JOINERS = "\u200c\u200d"
"""Characters of these categories that are allowed: the spelling of Persian and emoji need them."""


def visible(text: str, keep: str = "") -> str:
    """The text, with each character that a terminal would obey written as its escape in JSON.

    Args:
        text: Any text.
        keep: Characters to leave unchanged, such as line breaks.
    """
    if text.isprintable():
        return text
    kept = keep + _JOINERS
    return "".join(
        json.dumps(char)[1:-1] if unicodedata.category(char) in _UNSEEN and char not in kept else char
        for char in text
    )
