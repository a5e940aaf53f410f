"""Reads the items of a JSON array, or JSON values that follow each other, one at a time.

Memory is bounded: only one value is held. `lake.pages` interprets the values.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import BinaryIO

from bandcamp_assets.sources.feed.json_text import DECODER, JsonFault, Part

MAX_VALUE_CHARACTERS = 2**23
"""A file with a longer item is refused. An item of the feed has a thousand characters."""

_BLOCK_BYTES = 2**20
_SPACE = " \t\n\r\ufeff"


def values(stream: BinaryIO) -> Iterator[Part]:
    """The values of a text in UTF-8, one after the other; those of an array, in place of it.

    Raises:
        JsonFault: If the text is not JSON to its end, or holds a value that is too long.
    """
    text = _Text(stream)
    is_in_array = needs_comma = False
    while char := text.next_character():
        if is_in_array and char in ",]":
            if char == "," and not needs_comma:
                raise JsonFault("it has a comma too many")
            is_in_array, needs_comma = char == ",", False
            text.at += 1
        elif not is_in_array and char == "[":
            is_in_array = True
            text.at += 1
        elif needs_comma and is_in_array:
            raise JsonFault("a comma is missing between two items")
        else:
            yield text.next_value()
            needs_comma = is_in_array
    if is_in_array:
        raise JsonFault("it ends within the list of items")


class _Text:
    """A text that is read as far as needed."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._is_whole = False
        self.at = 0

    def next_character(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            while self.at < len(self._text) and self._text[self.at] in _SPACE:
                self.at += 1
            if self.at < len(self._text):
                return self._text[self.at]
            if not self._read_on():
                return ""

    def next_value(self) -> Part:
        """The value at the present place; the place is behind it then."""
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self.at)
            except RecursionError:
                raise JsonFault("it is nested too deep") from None
            except json.JSONDecodeError as error:
                if self._read_on():
                    continue
                raise JsonFault(f"it is not JSON ({error.msg})") from None
            # What ends with the text read so far, may go on: a number, for one.
            if end == len(self._text) and self._text[end - 1] not in '}]"' and self._read_on():
                continue
            part = Part(value, self._text[self.at : end])
            self.at = end
            return part

    def _read_on(self) -> bool:
        """Read a block. False at the end of the text."""
        if self._is_whole:
            return False
        rest = self._text[self.at :]
        if len(rest) > MAX_VALUE_CHARACTERS:
            raise JsonFault(f"an item of it is longer than {MAX_VALUE_CHARACTERS:,} characters")
        block = self._stream.read(max(_BLOCK_BYTES, len(rest)))
        self._is_whole = not block
        try:
            self._text, self.at = rest + self._decoder.decode(block, self._is_whole), 0
        except UnicodeDecodeError:
            raise JsonFault("it is not UTF-8") from None
        return True
