"""Every model and data test, as it is compiled for BigQuery, is right to Google's own SQL engine.

The engine and BigQuery's reference agree on all of this SQL: nothing is left out here, and nothing is rewritten.
`bandcamp_assets_tests.googlesql.language` names what the SQL may use.
"""

from __future__ import annotations

from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import GenericTestNode, ModelNode

from bandcamp_assets_tests.dbt_project.googlesql_dbt import GoogleSqlDbt, full_name
from bandcamp_assets_tests.dbt_project.sales import frame
from bandcamp_assets_tests.googlesql.database import GoogleSql


def test_every_model_and_data_test_is_bigquerys_sql(googlesql: GoogleSqlDbt, manifest: Manifest) -> None:
    project, database = googlesql.project, GoogleSql(googlesql.engine)
    database.load(full_name("sales"), frame([]))
    for seed, columns in project.seeds.items():
        database.load(full_name(seed), columns)

    for name, query in project.models.items():
        database.load(full_name(name), database.analyse(query))
    for query in project.tests.values():
        database.analyse(query)

    nodes = manifest.nodes.values()
    assert set(project.models) == {node.name for node in nodes if isinstance(node, ModelNode)}
    assert len(project.tests) == sum(isinstance(node, GenericTestNode) for node in nodes)
