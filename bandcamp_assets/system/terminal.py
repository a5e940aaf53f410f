"""Text from outside for a terminal: shown, and never obeyed.

Names of artists, items and files may hold what moves the cursor, changes colours, titles or the clipboard, or
turns the order of the text round. How answers of queries become tables stands in `cli.answers`.
"""

from __future__ import annotations

import json
import unicodedata

_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode's categories of characters that steer a terminal, or turn or hide text in it."""

_JOINERS = "\u200c\u200d"
"""Are among these, but belong to the spelling of Persian, and to emoji."""


def visible(text: str, keep: str = "") -> str:
    """The text, with what a terminal would obey instead of showing it written as in JSON, by its code.

    Args:
        text: Any text.
        keep: Characters to leave, such as line breaks.
    """
    if text.isprintable():
        return text
    kept = keep + _JOINERS
    return "".join(
        json.dumps(char)[1:-1] if unicodedata.category(char) in _UNSEEN and char not in kept else char
        for char in text
    )
