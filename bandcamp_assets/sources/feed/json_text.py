"""Reads JSON without loss: numbers as they are written, and the exact text of each part.

Python's own reader converts numbers to floats and does not keep the text. `page` and `bandcamp_assets.lake.pages`
interpret the parts.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_SPACE = re.compile(r"[ \t\n\r]*")


class JsonFault(ValueError):  # noqa: N818 - it says what is wrong with a text
    """A text is not JSON, or cannot be read safely. The message is part of a sentence."""


class NumberText(str):
    """A JSON number as it is written; also `NaN` and `Infinity`."""

    __slots__ = ()


class DoubledKeys(dict[str, Any]):
    """An object in which a key occurs twice with different values, so that its value is unclear."""


@dataclass(frozen=True)
class Part:
    """A part of a JSON text.

    Attributes:
        value: Its value: dict, list, str, `NumberText`, bool or None.
        text: Its exact text.
    """

    value: Any
    text: str


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs) or all(made[key] == value for key, value in pairs):
        return made
    return DoubledKeys(made)


DECODER = json.JSONDecoder(
    parse_float=NumberText,
    parse_int=NumberText,
    parse_constant=NumberText,
    object_pairs_hook=_object,
    # A bare tab or line break in a title must not make a page unreadable.
    strict=False,
)
"""Keeps numbers as they are written, and the keys that occur twice."""


def read_json(text: str) -> Part:
    """Read a whole JSON text.

    Raises:
        JsonFault: If it is not JSON, or is nested too deep.
    """
    start = _skip(text, 0)
    try:
        value, end = DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise JsonFault(f"it is not JSON (character {error.pos + 1}: {error.msg})") from None
    except RecursionError:
        raise JsonFault("it is nested too deep") from None
    if _skip(text, end) != len(text):
        raise JsonFault(f"there is text after the JSON (character {end + 1})")
    return Part(value, text[start:end])


def members(part: Part) -> dict[str, Part]:
    """The members of an object by key; for a doubled key, the last one."""
    text, found = part.text, {}
    at = _skip(text, 1)
    while text[at] != "}":
        key, at = DECODER.raw_decode(text, at)
        colon = _skip(text, at)
        found[key], at = _part_at(text, _skip(text, colon + 1))
    return found


def elements(part: Part) -> list[Part]:
    """The elements of an array."""
    text, found = part.text, []
    at = _skip(text, 1)
    while text[at] != "]":
        element, at = _part_at(text, at)
        found.append(element)
    return found


def _part_at(text: str, start: int) -> tuple[Part, int]:
    """The part that begins at `start`, and the position of the next part or closing bracket."""
    value, end = DECODER.raw_decode(text, start)
    following = _skip(text, end)
    return Part(value, text[start:end]), _skip(text, following + 1) if text[following] == "," else following


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
