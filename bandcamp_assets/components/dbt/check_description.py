"""What a check of dbt says of itself: the description of its test, or a sentence made of its arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def describe_check(node: Mapping[str, Any]) -> str:
    """One sentence on what a data test of the manifest checks.

    Args:
        node: The test, as in the manifest.
    """
    test = node.get("test_metadata") or {}
    given = test.get("kwargs", {})
    return str(node.get("description") or _SENTENCES.get(test.get("name", ""), _unknown)(given))


def _unknown(_given: Mapping[str, Any]) -> str:
    return "The query of this test finds no row."


def _and(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _table(reference: str) -> str:
    """The table that a `ref('…')` or `source('…', '…')` names."""
    names = re.findall(r"'([^']+)'", reference)
    return names[-1] if names else reference


def _rules(given: Mapping[str, Any]) -> str:
    return f"In every row these rules hold: {'; '.join(name.replace('_', ' ') for name in given['rules'])}."


_SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "unique": lambda given: f"No two rows have the same {given['column_name']}.",
    "unique_combination": lambda given: f"No two rows have the same {_and(given['columns'])}.",
    "not_null": lambda given: f"Every row has a {given['column_name']}.",
    "no_nulls": lambda given: f"No row lacks {_and(given['columns'])}.",
    "relationships": lambda given: (
        f"Every {given['column_name']} is a {given['field']} of {_table(given['to'])}, where it is not missing."
    ),
    "same_totals": lambda given: (
        f"The totals are those of {_table(given['other'])}: {_and(list(given['figures'].values()))}."
    ),
    "utc_day_of": lambda given: f"{given['column_name']} is the UTC day of {given['timestamp_column']}.",
    "always_true": _rules,
}
