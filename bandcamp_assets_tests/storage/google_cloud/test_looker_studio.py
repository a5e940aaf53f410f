"""The link to a Looker Studio report names every mart in BigQuery, and nothing secret."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from bandcamp_assets.definitions import load_definitions
from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.storage.google_cloud.looker_studio import report_link
from bandcamp_assets.storage.google_cloud.place import GoogleCloud
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.homes import TestHome

PLACE = GoogleCloud(project="my-project", bucket="my-bucket", location="EU", dataset="my_dataset")
ENVIRONMENT = {
    "BANDCAMP_DEPLOYMENT": "gcp",
    "BANDCAMP_GCP_PROJECT": "my-project",
    "BANDCAMP_GCP_BUCKET": "my-bucket",
    "BANDCAMP_GCP_LOCATION": "EU",
}


def parameters(link: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query, strict_parsing=True).items()}


def test_each_table_is_a_data_source_under_its_own_name():
    link = report_link(PLACE, ["daily_sales", "artist_sales"])

    assert link.startswith("https://lookerstudio.google.com/reporting/create?")
    given = parameters(link)
    assert given["r.reportName"] == "Bandcamp sales"
    for table in ("daily_sales", "artist_sales"):
        assert {name: given[f"ds.{table}.{name}"] for name in ("connector", "type", "projectId")} == {
            "connector": "bigQuery",
            "type": "TABLE",
            "projectId": "my-project",
        }
        assert (given[f"ds.{table}.datasetId"], given[f"ds.{table}.tableId"]) == ("my_dataset", table)


def test_the_report_is_blank_unless_a_template_is_set():
    template = GoogleCloud(
        project="my-project", bucket="my-bucket", location="EU", looker_studio_template="0b1c-2d_3"
    )

    assert "c.reportId" not in parameters(report_link(PLACE, ["daily_sales"]))
    assert parameters(report_link(template, ["daily_sales"]))["c.reportId"] == "0b1c-2d_3"


def test_the_same_tables_give_the_same_link_in_any_order():
    assert report_link(PLACE, ["b", "a"]) == report_link(PLACE, ["a", "b"])


def test_a_template_that_is_not_an_id_is_refused():
    with pytest.raises(PlatformError, match="BANDCAMP_GCP_LOOKER_STUDIO_TEMPLATE"):
        GoogleCloud.from_env({**ENVIRONMENT, "BANDCAMP_GCP_LOOKER_STUDIO_TEMPLATE": "https://example.org/&c=1"})


@pytest.mark.long
def test_the_report_asset_shows_the_link_to_the_marts_only_on_google_cloud(home: TestHome):
    shown = {}
    for name, environment in {"gcp": ENVIRONMENT, "local": {}}.items():
        assert home.bandcamp("prepare", **environment).returncode == 0
        deployment = Deployment.assemble(Settings.from_env({**environment, "BANDCAMP_HOME": str(home.root)}))
        graph = load_definitions(deployment).resolve_asset_graph()
        (report,) = [node for node in graph.asset_nodes if node.key.to_user_string() == "sales_dashboard"]
        shown[name] = report.metadata.get("looker_studio")
        marts = {node.key.to_user_string() for node in graph.asset_nodes if node.group_name.startswith("marts_")}

    assert shown["local"] is None
    tables = {value for name, value in parameters(shown["gcp"].value).items() if name.endswith(".tableId")}
    assert tables == marts - {"dashboard_names"}
    assert {"daily_sales", "overpayment", "business_model"} < marts
    # Servers refuse addresses that are much longer.
    assert len(shown["gcp"].value) < 8_000
