"""Writes the contract as dbt's source YAML, so that the columns of `sales` are described only once, in `Sale`.

The committed file is the output of this module, which a test checks. The data tests of the source are here too,
because dbt wants everything about a source in one YAML file.

`python -m bandcamp_assets.contract.dbt_source FILE` writes it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bandcamp_assets.contract.sale import Sale

_TABLE = """\
# Made from bandcamp_assets/contract/sale.py by bandcamp_assets/contract/dbt_source.py. Edit those.
version: 2

sources:
  - name: bandcamp
    description: Tables that the platform loads before dbt runs.
    schema: "{{{{ target.schema }}}}"
    tables:
      - name: sales
        description: {description}
        config:
          tags: [daily]
          meta:
            dagster:
              asset_key: [sales]
        data_tests:
          - no_nulls:
              name: sales_no_nulls
              arguments:
                columns: [{required}]
              config:
                where: __run_days__
        columns:
"""

_COLUMN = """\
          - name: {name}
            description: {description}
"""

_KEY_TESTS = """\
            data_tests:
              - unique:
                  name: sales_id_unique
                  config:
                    where: __run_days__
              - key_of_day:
                  name: sales_id_is_of_its_day
                  description: A key belongs to one day, so keys unique in their day are unique in the table.
                  arguments:
                    date_column: sale_date
                  config:
                    where: __run_days__
"""


def source_yaml() -> str:
    """The text of `models/sources/sales.yml`."""
    required = [name for name, column in Sale.columns().items() if not column.nullable]
    head = _TABLE.format(description=_quoted(Sale.__doc__), required=", ".join(required))
    return head + "".join(_column(name) for name in Sale.column_names())


def _column(name: str) -> str:
    described = _COLUMN.format(name=name, description=_quoted(Sale.columns()[name].description))
    return described + (_KEY_TESTS if name in Sale.primary_key() else "")


def _quoted(text: str | None) -> str:
    # A JSON string is a YAML string too.
    return json.dumps((text or "").strip(), ensure_ascii=False)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(source_yaml(), encoding="utf-8")
