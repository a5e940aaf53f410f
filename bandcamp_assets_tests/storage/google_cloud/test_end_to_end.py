"""The whole graph by the command line, on Google Cloud and on this machine: equal to the cent.

The tests share one scenario, as building all marts takes a while. The last test kills the warehouse and a run.
"""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest

from bandcamp_assets.sources.sample.writer import write_sample
from bandcamp_assets.state.ledger.ledger import Ledger
from bandcamp_assets.storage.warehouse.marks import BESIDE_THE_FACT, FACT
from bandcamp_assets.system.checksums import checksum
from bandcamp_assets_tests.dbt_project.comparison import KEYS, first_difference
from bandcamp_assets_tests.emulators.google_cloud import GoogleCloud as EmulatedGoogleCloud
from bandcamp_assets_tests.googlesql.database import GoogleSql
from bandcamp_assets_tests.googlesql.engine import GoogleSqlEngine
from bandcamp_assets_tests.homes import BANDCAMP, TestHome
from bandcamp_assets_tests.infra.permissions import BIGQUERY, STORAGE
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.raw_files import raw_row, write_csv
from bandcamp_assets_tests.real_data import SALES, real_data, real_data_if_there
from bandcamp_assets_tests.storage.google_cloud.conftest import behind_proxies
from bandcamp_assets_tests.storage.google_cloud.deployment import GcpHome, tables

pytestmark = pytest.mark.long

"""Real sales of `CHANGED_DAY` are not part of the repository. Without them, a synthetic sale changes the day."""

SAMPLE_ROWS = 2000
DAYS = 24
CHANGED_DAY = "2020-09-09"
NAMES = list(KEYS)
INFORMATION_SCHEMA_COLUMNS = pl.DataFrame(
    schema={
        "table_schema": pl.String(),
        "table_name": pl.String(),
        "column_name": pl.String(),
        "ordinal_position": pl.Int64(),
        "data_type": pl.String(),
    }
)
"""The columns of `INFORMATION_SCHEMA.COLUMNS` that are asked for, as BigQuery's reference has them."""


@dataclass
class Scenario:
    """Both deployments after the same steps, and the requests to Google Cloud in each step."""

    local: TestHome
    gcp: GcpHome
    local_tables: dict[str, dict[str, pl.DataFrame]] = field(default_factory=dict)
    gcp_tables: dict[str, dict[str, pl.DataFrame]] = field(default_factory=dict)
    objects: dict[str, dict[str, tuple[int, str]]] = field(default_factory=dict)
    loads: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    queries: dict[str, list[str]] = field(default_factory=dict)
    printed: dict[str, str] = field(default_factory=dict)
    ledgers: tuple[Ledger, Ledger] | None = None

    def run(self, stage: str, *arguments: str) -> None:
        loads, queries = len(self.gcp.loads()), len(self.gcp.queries())
        self.printed[stage] = self.gcp.run(*arguments)
        self.loads[stage], self.queries[stage] = self.gcp.loads()[loads:], self.gcp.queries()[queries:]
        self.objects[stage] = self.gcp.objects()
        self.gcp_tables[stage] = tables(self.gcp, NAMES)

    def run_both(self, stage: str, *arguments: str) -> None:
        self.run(stage, *arguments)
        self.local.run(*arguments)
        self.local_tables[stage] = tables(self.local, NAMES)


@pytest.fixture(scope="module")
def scenario(google_cloud: EmulatedGoogleCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    """A dirty sample of all days, the same again, and then the real sales of one day."""
    folder = tmp_path_factory.mktemp("scenario")
    write_sample(folder / "sample.csv", rows=SAMPLE_ROWS)
    more = real_data_if_there(SALES) or write_csv(folder / "more.csv", [raw_row(1)])
    with behind_proxies(google_cloud, google_cloud.fresh()) as cloud:
        scenario = Scenario(TestHome(folder / "local"), GcpHome(folder / "gcp", cloud))
        scenario.run_both("built", "--source", str(folder / "sample.csv"))
        scenario.run("again", "--source", str(folder / "sample.csv"))
        scenario.run_both("one day changed", "--source", str(more))
        scenario.ledgers = (scenario.local.ledger(), scenario.gcp.ledger())
        yield scenario


@pytest.mark.parametrize("stage", ["built", "one day changed"])
def test_every_table_is_the_same_in_both_deployments(scenario: Scenario, stage: str):
    ours, theirs = scenario.local_tables[stage], scenario.gcp_tables[stage]

    differences = [first_difference(name, ours[name], theirs[name]) for name in NAMES]

    assert [found for found in differences if found] == []
    assert ours["fct_sales"].height > SAMPLE_ROWS * 0.9
    assert ours["daily_sales"].height == DAYS


def test_every_layer_agrees_across_store_warehouse_and_dbt(scenario: Scenario):
    assert scenario.ledgers
    local, gcp = scenario.ledgers

    assert gcp.holds
    assert gcp.table().equals(local.table())
    assert (gcp.raw_rows, gcp.rejected) == (local.raw_rows, local.rejected)
    assert gcp.raw_rows == SAMPLE_ROWS + (600 if real_data_if_there(SALES) else 1)
    assert gcp.rejected_measured > 0
    assert gcp.total("duplicates").rows > 0


def test_each_day_is_one_object_and_one_load_into_its_own_partition(scenario: Scenario):
    sales = [name for name in scenario.objects["built"] if name.startswith("sales/")]

    assert len(sales) == len(scenario.loads["built"]) == DAYS
    assert len({_partition(load) for load in scenario.loads["built"]}) == DAYS
    assert {load["writeDisposition"] for load in scenario.loads["built"]} == {"WRITE_TRUNCATE"}


def test_raw_files_are_archived_in_the_bucket(scenario: Scenario):
    assert len([name for name in scenario.objects["built"] if name.startswith("raw/")]) == 1
    assert len([name for name in scenario.objects["one day changed"] if name.startswith("raw/")]) == 2


def test_every_table_is_a_file_in_the_bucket_and_an_update_puts_one_day_of_the_fact(scenario: Scenario):
    held = {
        stage: {name: found for name, found in objects.items() if name.startswith("tables/")}
        for stage, objects in scenario.objects.items()
    }
    home = scenario.gcp.root
    files = {str(path.relative_to(home)): checksum(path) for path in (home / "tables").rglob("*.*")}

    assert {name: crc32c for name, (_generation, crc32c) in held["one day changed"].items()} == files
    assert {name for name in held["built"] if name.startswith("tables/fct_sales/")} == {
        f"tables/fct_sales/{name.split('=')[1].split('/')[0]}.parquet"
        for name in scenario.objects["built"]
        if name.startswith("sales/")
    }
    before, after = held["again"], held["one day changed"]
    assert {name for name in after if "/fct_sales/" in name and after[name] != before.get(name)} == {
        f"tables/fct_sales/{CHANGED_DAY}.parquet"
    }


def test_the_same_run_again_writes_nothing(scenario: Scenario):
    assert "nothing to do" in scenario.printed["again"]
    assert scenario.loads["again"] == []
    assert all(
        table.equals(scenario.gcp_tables["built"][name]) for name, table in scenario.gcp_tables["again"].items()
    )
    assert scenario.objects["again"] == scenario.objects["built"]
    assert [sql for sql in scenario.queries["again"] if re.search(r"\b(merge|create|insert|delete)\b", sql)] == []


def test_one_changed_day_is_one_load_job_and_touches_no_other_partition(scenario: Scenario):
    (load,) = scenario.loads["one day changed"]
    before, after = scenario.objects["again"], scenario.objects["one day changed"]
    merges = [sql for sql in scenario.queries["one day changed"] if "merge into" in sql]

    assert _partition(load) == CHANGED_DAY.replace("-", "")
    changed = {name for name in after if before.get(name) != after[name] and name.startswith("sales/")}
    assert changed == {f"sales/sale_date={CHANGED_DAY}/sales.parquet"}
    assert len(merges) == len({FACT, *BESIDE_THE_FACT})
    assert {day for sql in merges for day in re.findall(r"date '(\d{4}-\d\d-\d\d)'", sql)} == {CHANGED_DAY}


def test_every_statement_is_bigquerys_sql_to_googles_engine(scenario: Scenario):
    dataset = scenario.gcp.cloud.place.dataset_id
    database = GoogleSql(GoogleSqlEngine())
    for name, rows in tables(scenario.gcp, [*NAMES, "sales"]).items():
        database.load(f"{dataset}.{name}", rows.clear())
    database.load(f"{dataset}.INFORMATION_SCHEMA.COLUMNS", INFORMATION_SCHEMA_COLUMNS)
    sent = {sql for stage in scenario.queries.values() for sql in stage}
    ours = {sql for sql in sent if "dbt_node_type" not in sql}

    for sql in sent:
        database.analyse(sql)

    asked = ("sum(if(", "INFORMATION_SCHEMA", "union all", "revenue_usd from", "where country = 'Unknown'")
    assert [part for part in asked if not any(part in sql for sql in ours)] == []


def test_every_request_is_one_whose_permissions_are_known(scenario: Scenario):
    cloud = scenario.gcp.cloud

    for asked, known in ((cloud.bigquery.requests, BIGQUERY), (cloud.storage.requests, STORAGE)):
        requests = {(one.method, one.path) for one in asked}
        unknown = [one for one in requests if not any(kind.matches(*one) for kind in known)]
        assert unknown == [], "permissions.py needs a row"


def test_the_summary_says_where_everything_is(scenario: Scenario):
    place = scenario.gcp.cloud.place

    assert f"gs://{place.bucket}  (Cloud Storage)" in scenario.printed["built"]
    assert f"{place.dataset_id}  (BigQuery, EU)" in scenario.printed["built"]
    assert "✓ Every raw row is a sale" in scenario.printed["built"]


def test_every_real_sale_is_in_the_fact(scenario: Scenario):
    real_data(SALES)

    before, after = (scenario.gcp_tables[stage]["fct_sales"] for stage in ("built", "one day changed"))

    assert after.height == before.height + 600


@pytest.mark.timeout(1800)  # it reads whole tables from a slow emulator, five times
def test_runs_continue_after_a_killed_warehouse_and_a_killed_run(scenario: Scenario, tmp_path: Path):
    home, emulated = scenario.gcp, scenario.gcp.cloud.emulated
    before, known = tables(home, ["fct_sales", "daily_sales"]), home.ledger()
    rows = [raw_row(number) for number in (90_001, 90_002, 90_002)]
    new = write_csv(tmp_path / "new.csv", rows)

    # The warehouse does not come back, so the run waits for its whole time limit.
    stopped = _run_until_a_load(home, new, BANDCAMP_GCP_TIMEOUT_SECONDS="20")
    emulated.bigquery.kill()
    _, complaint = stopped.communicate(timeout=PATIENCE_SECONDS)

    assert stopped.returncode == 1
    assert "Google Cloud cannot be reached" in complaint
    assert "what to do: check https://status.cloud.google.com" in complaint
    emulated.bigquery.start()
    left = tables(home, ["fct_sales", "daily_sales"])
    assert all(left[name].sort(KEYS[name]).equals(before[name].sort(KEYS[name])) for name in left)

    killed = _run_until_a_load(home, new)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=PATIENCE_SECONDS)
    home.run("--source", str(new))

    ledger = home.ledger()
    assert ledger.holds
    assert ledger.total("fct_sales").rows == known.total("fct_sales").rows + 2
    assert ledger.total("duplicates").rows == known.total("duplicates").rows + 1
    after = tables(home, ["fct_sales"])["fct_sales"]
    assert after["_id"].n_unique() == after.height == before["fct_sales"].height + 2


def _run_until_a_load(home: GcpHome, source: Path, **settings: str) -> subprocess.Popen[str]:
    """Start a run, and return once it has requested a load job."""
    before = len(home.loads())
    run = subprocess.Popen(
        [BANDCAMP, "run", "--source", str(source)],
        env=home.environment(**settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while len(home.loads()) == before:
        assert run.poll() is None, run.communicate()[1]
        time.sleep(0.01)
    return run


def _partition(load: dict[str, object]) -> str:
    destination = load["destinationTable"]
    assert isinstance(destination, dict)
    return str(destination["tableId"]).partition("$")[2]
