"""The checks: each layer holds what the previous one gave it, nothing is damaged, and few rows are rejected.

The tests of dbt are checks too; they are with the models. The key of a check is the name of its function.
"""

from __future__ import annotations

from collections.abc import Sequence

MAX_SHOWN = 20
"""How many differences a check shows in its metadata."""


def named(differences: Sequence[str]) -> dict[str, str | list[str]]:
    """The first differences as metadata. The UI folds a list away, so the first one stands beside it as text."""
    return {"differences": list(differences[:MAX_SHOWN])} | ({"first": differences[0]} if differences else {})
