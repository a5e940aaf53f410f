"""One day more behind a short and a long history: what the update costs, up to the fact and in all."""

from __future__ import annotations

from pathlib import Path

from bandcamp_assets_tests.bench.files import write_day_after
from bandcamp_assets_tests.bench.usage import Usage, measure
from bandcamp_assets_tests.bench.whole import BANDCAMP, steps

OF_ALL_SALES = ("dbt: marts", "ledger", "dbt_docs", "sales_dashboard", "data_package")
"""Steps that make tables and pages of all sales anew, and so grow with the history."""


def measure_day_update(home: Path, rows: int) -> dict[str, object]:
    """Add a day to a home that holds a history of so many rows.

    Returns:
        `rows` of the history, `usage` of the run, its `steps`, and `to_the_fact`: the seconds of those that stage,
        clean, store, load and convert the day.
    """
    day = write_day_after(home.parent / f"day-after-{rows}.csv", rows)
    usage, printed = measure([BANDCAMP, "run", "--source", day], home)
    taken = steps(printed)
    all_of_it = taken.pop("in all")
    rest = taken.pop("start, events and counting")
    to_the_fact = sum(seconds for name, seconds in taken.items() if name not in OF_ALL_SALES)
    return {
        "rows": rows,
        "usage": _as_dict(usage),
        "steps": taken | {"start, events and counting": rest, "in all": all_of_it},
        "to_the_fact": round(to_the_fact, 2),
    }


def _as_dict(usage: Usage) -> dict[str, float]:
    return dict(vars(usage))
