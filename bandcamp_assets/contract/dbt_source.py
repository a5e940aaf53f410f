"""The contract as dbt's source YAML, so that the columns of `sales` are described once, in `Sale`.

The committed file is this module's output; a test holds it to that. Data tests of the source stand
here too, because one YAML file must hold all that is said of a source.

`python -m bandcamp_assets.contract.dbt_source FILE` writes it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from bandcamp_assets.contract.sale import Sale

_HEADER = "# Made from bandcamp_assets/contract/sale.py by bandcamp_assets/contract/dbt_source.py. Edit those.\n"

_RUN_DAYS = {"where": "__run_days__"}


def source_yaml() -> str:
    """The text of `models/sources/sales.yml`."""
    table = {
        "name": "sales",
        "description": (Sale.__doc__ or "").strip(),
        "config": {"tags": ["daily"], "meta": {"dagster": {"asset_key": ["sales"]}}},
        "data_tests": [
            {
                "no_nulls": {
                    "name": "sales_no_nulls",
                    "arguments": {
                        "columns": [name for name, column in Sale.columns().items() if not column.nullable]
                    },
                    "config": _RUN_DAYS,
                }
            }
        ],
        "columns": [_column(name) for name in Sale.column_names()],
    }
    source = {
        "name": "bandcamp",
        "description": "Tables that the platform loads before dbt runs.",
        "schema": "{{ target.schema }}",
        "tables": [table],
    }
    document = {"version": 2, "sources": [source]}
    return _HEADER + yaml.dump(document, Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=100)


def _column(name: str) -> dict[str, object]:
    column = Sale.columns()[name]
    described: dict[str, object] = {"name": name, "description": column.description}
    if name in Sale.primary_key():
        described["data_tests"] = [{"unique": {"name": "sales_id_unique", "config": _RUN_DAYS}}]
    return described


class _PlainDumper(yaml.SafeDumper):
    """Writes repeated values out instead of as YAML anchors."""

    def ignore_aliases(self, data: object) -> bool:
        return True


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(source_yaml(), encoding="utf-8")
