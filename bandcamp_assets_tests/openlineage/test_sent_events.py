"""What a receiver gets of a run of the platform: lineage as dbt has it, rows as DuckDB counts them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import duckdb

from bandcamp_assets.definitions import load_definitions
from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.openlineage.conftest import API_KEY, Sender

Event = dict[str, Any]


def test_a_receiver_gets_what_every_table_is_made_from_its_columns_rows_and_checks(
    two_days: TestHome, sender: Sender
) -> None:
    deployment = two_days.deployment
    settings = sender.settings(str(two_days.root))

    with open_instance(deployment.settings.home) as instance:
        events = sender.tick(instance, load_definitions(deployment), settings)
        again = sender.tick(instance, load_definitions(deployment), settings)

    made = {
        event["job"]["name"]: event for event in events if event["eventType"] == "COMPLETE" and event["outputs"]
    }
    assert again == []
    assert {event["job"]["namespace"] for event in events} == {"bandcamp"}
    assert set(sender.receiver.authorizations) == {f"Bearer {API_KEY}"}
    _every_run_starts_and_ends_once(events)
    _inputs_are_those_of_dbt(made, deployment.manifest)
    _rows_are_those_of_duckdb(made, two_days.root / "warehouse.duckdb")
    fact = made["fct_sales"]
    (output,) = fact["outputs"]
    assert fact["run"]["facets"]["nominalTime"]["nominalStartTime"] == "2020-09-09T00:00:00+00:00"
    assert {field["name"] for field in output["facets"]["schema"]["fields"]} >= {"sale_date", "amount_paid_usd"}
    sources = output["facets"]["columnLineage"]["fields"]["amount_paid_usd"]["inputFields"]
    assert {(source["name"], source["field"]) for source in sources} >= {
        ("stg_sales", "amount_paid"),
        ("usd_rates", "usd_rate"),
    }
    checks = [
        event for event in events if event["job"]["name"] == "sales.checks" and event["eventType"] == "COMPLETE"
    ]
    (assertions,) = [event["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"] for event in checks]
    assert assertions
    assert all(assertion["success"] for assertion in assertions)


def _every_run_starts_and_ends_once(events: list[Event]) -> None:
    states = Counter((event["run"]["runId"], event["eventType"]) for event in events)
    runs = {event["run"]["runId"] for event in events}
    jobs = {(event["run"]["runId"], event["job"]["name"]) for event in events}
    assert states == Counter({(run, state): 1 for run in runs for state in ("START", "COMPLETE")})
    assert len(jobs) == len(runs)
    parents = {
        event["run"]["facets"]["parent"]["run"]["runId"] for event in events if "parent" in event["run"]["facets"]
    }
    assert parents <= runs


def _inputs_are_those_of_dbt(made: dict[str, Event], manifest: dict[str, Any]) -> None:
    nodes = {**manifest["nodes"], **manifest["sources"]}
    models = {
        name: node for name, node in nodes.items() if node["resource_type"] == "model" and node["name"] in made
    }
    assert len(models) > 20
    for model in models.values():
        expected = {nodes[parent]["name"] for parent in model["depends_on"]["nodes"]}
        assert {asked["name"].rpartition("/")[2] for asked in made[model["name"]]["inputs"]} == expected


def _rows_are_those_of_duckdb(made: dict[str, Event], warehouse: Path) -> None:
    with duckdb.connect(warehouse, read_only=True) as connection:
        for table in ("sales", "fct_sales", "country_sales"):
            ((rows,),) = connection.sql(f"select count(*) from bandcamp.{table}").fetchall()
            assert made[table]["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == rows
