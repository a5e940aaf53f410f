"""The page of the soak leads to the one trial that failed, and names the limits that a run needs."""

from __future__ import annotations

import re

from bandcamp_assets.system.limits import ADDRESS_SPACE_BYTES, OPEN_FILES
from bandcamp_assets_tests.documents.document import Document

FOLDER = "bandcamp_assets_tests/soak"
SOAK = Document(f"{FOLDER}/README.md")


def test_the_one_trial_that_failed_is_among_what_was_found() -> None:
    case = SOAK.found(r"The one failed trial of RESULTS\.md \(`(--case \d+)`\)").group(1)

    failed = re.findall(r"\*\*(\d+) x FAILED\*\*", Document(f"{FOLDER}/RESULTS.md").text)

    assert failed == ["1"]
    assert re.search(rf"killed between its creation.*`{case}`", Document(f"{FOLDER}/FOUND.md").text)


def test_the_limits_that_are_said_are_those_that_are_checked() -> None:
    assert SOAK.sentence(r"needs (\d+) open files").group(1) == str(OPEN_FILES)
    assert SOAK.sentence(r"needs (\d+) GiB of address space").group(1) == str(ADDRESS_SPACE_BYTES // 2**30)
