"""What `.github/SECURITY.md` promises names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PROMISES = (TESTS.parent / ".github" / "SECURITY.md").read_text()


def test_every_promise_names_tests_that_exist():
    rows = [line for line in PROMISES.splitlines() if line.startswith("|")][2:]

    assert rows
    for row in rows:
        named = re.findall(r"`(\w+/test_\w+\.py)(?:::(test_\w+))?`", row.split("|")[2])
        assert named, row
        for file, test in named:
            assert f"def {test}" in (TESTS / file).read_text(), (file, test)
