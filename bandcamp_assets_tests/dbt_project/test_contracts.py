"""Every model is built under a contract. What breaks it is not built, and the table that readers have stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode

from bandcamp_assets_tests.dbt_project.duckdb_dbt import PROJECT, Dbt
from bandcamp_assets_tests.dbt_project.sales import sale

MART = Path("models/marts/artists")


def test_every_model_says_the_type_of_every_column(manifest: Manifest) -> None:
    models = [node for node in manifest.nodes.values() if isinstance(node, ModelNode)]

    without_contract = [node.name for node in models if not node.contract.enforced]
    without_type = [
        f"{node.name}.{column.name}" for node in models for column in node.columns.values() if not column.data_type
    ]

    assert without_contract == []
    assert without_type == []


def test_every_table_has_a_column_that_is_never_null(manifest: Manifest) -> None:
    tables = [
        node
        for node in manifest.nodes.values()
        if isinstance(node, ModelNode) and node.config.materialized != "view"
    ]

    assert [node.name for node in tables if not any(column.constraints for column in node.columns.values())] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        pytest.param(
            "artist_sales.sql",
            "        countries,\n        first_sale_date",
            "        cast(countries as {{ dbt.type_string() }}) as countries,\n        first_sale_date",
            "data type mismatch",
            id="another type",
        ),
        pytest.param(
            "artist_sales.sql",
            "        countries,\n        first_sale_date",
            "        first_sale_date",
            "missing in definition",
            id="a column less",
        ),
        pytest.param(
            "artist_sales.yml",
            "trimmed, NFC; artists who share a name share a row.\n        data_type: string\n",
            "trimmed.\n        data_type: string\n        constraints: [{type: not_null}]\n",
            "NOT NULL constraint failed: artist_sales",
            id="a null",
        ),
    ],
)
def test_what_breaks_its_contract_is_not_built_and_the_old_table_stays(
    tmp_path: Path, manifest: Manifest, file: str, old: str, new: str, said: str
) -> None:
    built = Dbt(tmp_path, manifest)
    built.load(sale("one", "2020-09-10T12:00:00", artist_name=None))
    built.build("--exclude-resource-type", "test", "--select", "+artist_sales")
    before = built.table("artist_sales")
    project = shutil.copytree(PROJECT, tmp_path / "project")
    text = (project / MART / file).read_text()
    (project / MART / file).write_text(text.replace(old, new))
    changed = Dbt(tmp_path, project=project)

    statuses = changed.build("--exclude-resource-type", "test", "--select", "artist_sales")

    assert old in text
    assert statuses == {"artist_sales": "error"}
    assert said in " ".join(changed.messages)
    assert changed.table("artist_sales").equals(before)
    assert before.height == 1
