"""Everything that affects the conversion of a raw row is part of the version, so that files are staged anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

from bandcamp_assets.contract import codes, version
from bandcamp_assets.contract.version import contract_version


@pytest.fixture(autouse=True)
def _computed_anew() -> Iterator[None]:
    """The version is computed once in a process."""
    contract_version.cache_clear()
    yield
    contract_version.cache_clear()


@pytest.mark.parametrize(
    ("where", "name", "other"),
    [
        (version, "RULES", version.RULES + 1),
        (codes, "ITEM_TYPES", ("a", "t", "p")),
        (codes, "currencies", lambda: ("USD",)),
        (codes, "LAUNCH", codes.LAUNCH + timedelta(seconds=1)),
        (codes, "FIRST_DAY", date(2020, 9, 10)),
        (codes, "CLOCK_TOLERANCE", timedelta(hours=1)),
        (codes, "ID_TOLERANCE_SECONDS", 1e-2),
        (codes, "MAX_AMOUNT", Decimal(10)),
        (codes, "MAX_COUNT", 10),
        (codes, "MAX_WHOLE_NUMBER", 10),
        (codes, "WHOLE_CURRENCIES", ("USD",)),
        (codes, "MISSING_NUMBERS", ("na",)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_another_rule_is_another_version(monkeypatch: pytest.MonkeyPatch, where: object, name: str, other: object):
    before = contract_version()
    contract_version.cache_clear()
    monkeypatch.setattr(where, name, other)

    assert contract_version() != before


def test_the_same_rules_are_the_same_version():
    before = contract_version()
    contract_version.cache_clear()

    assert contract_version() == before
