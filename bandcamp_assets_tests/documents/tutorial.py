"""Reads the tutorial, and does what it says in a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bandcamp_assets_tests.documents.document import ROOT, Document

TUTORIAL = Document(".github/TUTORIAL.md")

BLOCK = re.compile(r"(?:^`(?P<file>[^`\n]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S)


def commands(heading: str) -> str:
    """The commands of a section."""
    return "".join(block["text"] for block in BLOCK.finditer(TUTORIAL.section(heading)) if block["kind"] == "sh")


@dataclass(frozen=True)
class Checkout:
    """A copy of the repository whose `.venv/bin/bandcamp` and `.venv/bin/dg` run the code of the copy."""

    root: Path

    @classmethod
    def make(cls, root: Path) -> Checkout:
        for name in subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
        commands = root / ".venv" / "bin"
        commands.mkdir(parents=True)
        for command in ("bandcamp", "dg"):
            installed = Path(sys.executable).with_name(command)
            (commands / command).write_text(f'#!/bin/sh\nPYTHONPATH={root} exec {installed} "$@"\n')
            (commands / command).chmod(0o755)
        return cls(root)

    def follow(self, heading: str, replaced: Mapping[str, str] | None = None, **settings: str) -> str:
        """Make the changes of a section and run its commands, in their order; give what they print."""
        said = ""
        for block in BLOCK.finditer(TUTORIAL.section(heading)):
            text = block["text"]
            for old, new in (replaced or {}).items():
                text = text.replace(old, new)
            if block["file"]:
                (self.root / block["file"]).write_text(text)
            elif block["kind"] == "diff":
                self._run(["git", "apply", "--whitespace=nowarn", "-"], text, {})
            else:
                said += self._run(["/bin/sh", "-e"], text, settings)
        return said

    def _run(self, command: list[str], text: str, settings: Mapping[str, str]) -> str:
        done = subprocess.run(
            command,
            input=text,
            cwd=self.root,
            env={**os.environ, "DO_NOT_TRACK": "1", **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
