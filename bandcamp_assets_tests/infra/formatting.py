"""The rules of `terraform fmt` that plain Python can check, for machines without Terraform.

Checked: two spaces a level, no tabs, no white space at a line's end, one newline at the end of the
file, no two blank lines in a row, and the `=` of neighbouring one-line arguments in one column.
Not checked: spacing inside expressions and the columns of comments.
"""

from __future__ import annotations

import re
from itertools import groupby

_STRING = re.compile(r'"(?:\\.|\$\{[^}]*\}|[^"\\])*"')
_COMMENT = re.compile(r"\s*(?:#|//).*$")
_ARGUMENT = re.compile(r'^(?P<indent> *)(?P<name>"[^"]*"|[\w-]+)(?P<gap> *)=(?![=>])(?P<after> *)')


def faults(text: str) -> list[str]:
    """What `terraform fmt` would change, as `line N: reason`.

    Args:
        text: A whole file, without heredocs.
    """
    lines = text.split("\n")
    found = [*_white_space(text, lines), *_indentation(lines), *_alignment(lines)]
    return sorted(found, key=lambda fault: int(fault.split(":")[0].removeprefix("line ")))


def _white_space(text: str, lines: list[str]) -> list[str]:
    found = []
    for number, line in enumerate(lines, start=1):
        if "\t" in line:
            found.append(f"line {number}: a tab")
        if line != line.rstrip():
            found.append(f"line {number}: white space at the end")
        if number > 1 and line == "" == lines[number - 2] and number < len(lines):
            found.append(f"line {number}: a second blank line")
    if not text.endswith("\n") or text.endswith("\n\n"):
        found.append(f"line {len(lines)}: the file does not end with one newline")
    return found


def _indentation(lines: list[str]) -> list[str]:
    found = []
    depth = 0
    for number, line in enumerate(lines, start=1):
        code = _code(line)
        opened = [1 if bracket in "([{" else -1 for bracket in re.findall(r"[\[\](){}]", code)]
        closing_first = code.lstrip()[:1] in {"]", ")", "}"}
        # Brackets that open together on a line indent what follows by one level only.
        level = depth - 1 if closing_first else depth
        if line.strip() and len(line) - len(line.lstrip(" ")) != 2 * level:
            found.append(f"line {number}: {2 * level} spaces expected before {line.strip()!r}")
        net = sum(opened)
        depth += (net > 0) - (net < 0)
    return found


def _alignment(lines: list[str]) -> list[str]:
    found = []
    arguments = [(number, _one_line_argument(line)) for number, line in enumerate(lines, start=1)]
    for together, group in groupby(arguments, key=lambda argument: argument[1] is not None):
        if not together:
            continue
        members = [(number, match) for number, match in group if match is not None]
        column = max(match.end("name") for _, match in members) + 1
        found += [f"line {number}: = expected in column {column + 1}" for number, match in members
                  if match.end("gap") != column or match["after"] != " "]  # fmt: skip
    return found


def _one_line_argument(line: str) -> re.Match[str] | None:
    match = _ARGUMENT.match(line)
    if match is None:
        return None
    code = _code(line)
    balanced = len(re.findall(r"[\[({]", code)) == len(re.findall(r"[\])}]", code))
    return match if balanced else None


def _code(line: str) -> str:
    """The line without the inside of its texts and without its comment."""
    return _COMMENT.sub("", _STRING.sub('""', line))
