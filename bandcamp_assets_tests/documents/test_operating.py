"""The page about operating names what a delivered file needs. What it says of a home is in `test_home.py`."""

from __future__ import annotations

from bandcamp_assets.contract.sale import NEEDED_COLUMNS
from bandcamp_assets_tests.documents.document import OPERATING, code_names


def test_the_columns_that_a_file_needs_are_those_of_the_contract() -> None:
    listed = OPERATING.sentence(
        r"A file needs these columns, in any order and beside any others: (.*?)\. Leave"
    ).group(1)

    assert code_names(listed) == list(NEEDED_COLUMNS)
