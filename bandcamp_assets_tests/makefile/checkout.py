"""A checkout with the real Makefile, and programs in place of Python, pip, uv and `bandcamp` that only write down.

The environment that they make is an empty one, in no time; the real one takes minutes and the network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_PYTHON = r"""#!/bin/sh
# Stands for the system's Python and for that of the environment.
here="$(dirname "$0")"
case "$1 $2" in
  "-m venv")
    mkdir -p "$3/bin"
    cp "$0" "$3/bin/python"
    if [ -n "$NO_PIP" ]; then echo "ensurepip is not available" >&2; exit 1; fi
    touch "$3/bin/pip" ;;
  "-m pip")
    test -e "$here/pip" || exit 1
    if [ "$3" = install ]; then
      if [ -n "$KILLED_IN_PIP" ]; then printf half > "$here/uv"; chmod +x "$here/uv"; kill -9 $PPID; exit 1; fi
      cp "$TOOL" "$here/uv"
    fi ;;
  "-c "*) [ $# -eq 2 ] || printf '%s\0' "$@" >> "$SAID" ;;
esac
"""

_TOOL = r"""#!/bin/sh
# Stands for uv, and installs itself as `bandcamp`.
here="$(dirname "$0")"
if [ "$(basename "$0")" = uv ]; then
  if [ "$1 $2" = "pip sync" ] && [ -n "$KILLED_IN_UV" ]; then kill -9 $PPID; exit 1; fi
  [ "$1 $2" = "pip install" ] && cp "$0" "$here/bandcamp"
  exit 0
fi
[ "$1" = prepare ] || printf '%s\0' "$@" >> "$SAID"
"""


@dataclass(frozen=True)
class Checkout:
    """The folder, with what its programs wrote down beside it."""

    root: Path

    def make(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run make in it."""
        return subprocess.run(
            ["make", *arguments],
            cwd=self.root,
            env={"PATH": os.environ["PATH"], "PYTHON": str(self._python), "SAID": str(self._said)}
            | {"TOOL": str(self._tool)}
            | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def said(self) -> list[str]:
        """The arguments that programs were called with, those that make the environment left out."""
        return self._said.read_text().split("\0")[:-1] if self._said.exists() else []

    @property
    def environment(self) -> Path:
        """Where the environment lies."""
        return self.root / ".venv"

    @property
    def _python(self) -> Path:
        return self.root.parent / "python"

    @property
    def _tool(self) -> Path:
        return self.root.parent / "tool"

    @property
    def _said(self) -> Path:
        return self.root.parent / "said"

    def prepare(self) -> Checkout:
        """Put the Makefile, what it reads, and the programs into their places."""
        self.root.mkdir(parents=True)
        for name in ("Makefile", "pyproject.toml"):
            shutil.copy(ROOT / name, self.root)
        (self.root / "requirements.lock").write_text("uv==1 \\\n  --hash=sha256:00\n")
        for path, text in ((self._python, _PYTHON), (self._tool, _TOOL)):
            path.write_text(text)
            path.chmod(0o755)
        return self
