"""Reads the documents of the repository: their sections, tables and names. The tests check what they say."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Document:
    """One Markdown file, named by its path below the repository."""

    name: str

    @property
    def path(self) -> Path:
        return ROOT / self.name

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    def found(self, pattern: str) -> re.Match[str]:
        """The first match of a pattern, which must be there. `.` is any character; `^` and `$` end lines."""
        match = re.search(pattern, self.text, re.MULTILINE | re.DOTALL)
        assert match, (self.name, pattern)
        return match

    def sentence(self, pattern: str) -> re.Match[str]:
        """The first match of a pattern whose spaces may be ends of lines."""
        return self.found(pattern.replace(" ", r"\s+"))

    def table(self, head: str) -> list[list[str]]:
        """The cells of the rows of the one table with that head."""
        found = re.findall(rf"^{re.escape(head)}\n((?:\|.*\n)+)", self.text, re.MULTILINE)
        assert len(found) == 1, (self.name, head)
        return cells_of(found[0].splitlines()[1:])

    def section(self, heading: str) -> str:
        """What stands below a heading, up to the next one of any level."""
        return self.found(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)").group(1)


def cells_of(lines: list[str]) -> list[list[str]]:
    """The cells of lines of a table."""
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]


def code_names(text: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", text)


def tracked_documents() -> list[Document]:
    """Every Markdown file of the repository."""
    names = subprocess.check_output(["git", "ls-files", "*.md"], cwd=ROOT, text=True).splitlines()
    return [Document(name) for name in names]


README = Document("README.md")
GRAPH = Document("bandcamp_assets/defs/README.md")
SETTINGS = Document("bandcamp_assets/deployment/SETTINGS.md")
OPERATING = Document("infra/production/README.md")
GOOGLE_CLOUD = Document("infra/terraform/README.md")
SPEED = Document("bandcamp_assets_tests/bench/README.md")
CONTRIBUTING = Document(".github/CONTRIBUTING.md")
CHANGELOG = Document("CHANGELOG.md")
