"""Only those who need it reach Dask and the code server, and everyone calls them by the right name and port."""

from __future__ import annotations

from bandcamp_assets_tests.kubernetes.files import CODE, DAGSTER_VALUES, DASK_VALUES, SETTINGS, dask, of_kind

POLICIES = of_kind("NetworkPolicy")
PORTS = {"scheduler": DASK_VALUES["scheduler"]["servicePort"], "worker": DASK_VALUES["worker"]["port"]}
CLIENT = {"bandcamp/uses-dask": "true"}


def test_runs_call_the_scheduler_by_its_services_name_and_port() -> None:
    assert SETTINGS["BANDCAMP_DASK_SCHEDULER"] == f"tcp://dask-scheduler:{PORTS['scheduler']}"
    # The chart's service leads to this port, whatever its own is.
    assert PORTS["scheduler"] == 8786


def test_nothing_comes_in_unless_it_is_named() -> None:
    assert POLICIES["nothing-comes-in"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}


def test_each_policy_is_about_dasks_pods_and_the_ports_that_they_listen_on() -> None:
    for name, role in (("to-dask-scheduler", "scheduler"), ("to-dask-workers", "worker")):
        policy = POLICIES[name]["spec"]
        selected = policy["podSelector"]["matchLabels"]

        assert selected.items() <= dask(role)["spec"]["template"]["metadata"]["labels"].items()
        assert selected["component"] == role
        assert {port["port"] for rule in policy["ingress"] for port in rule["ports"]} == {PORTS[role]}
        assert set(policy["policyTypes"]) == {"Ingress", "Egress"}


def test_only_workers_runs_and_the_code_server_reach_the_scheduler() -> None:
    (rule,) = POLICIES["to-dask-scheduler"]["spec"]["ingress"]
    workers = POLICIES["to-dask-workers"]["spec"]["podSelector"]["matchLabels"]

    assert [source["podSelector"]["matchLabels"] for source in rule["from"]] == [workers, CLIENT]
    assert CODE["labels"] == CLIENT


def test_the_code_server_is_reached_on_its_port() -> None:
    policy = POLICIES["dagster-to-code-server"]["spec"]

    assert policy["podSelector"]["matchLabels"] == {"deployment": CODE["name"]}
    assert policy["ingress"][0]["ports"] == [{"port": CODE["port"]}]


def test_the_webserver_listens_on_a_port_that_needs_no_root_and_is_asked_there() -> None:
    webserver = DAGSTER_VALUES["dagsterWebserver"]

    assert webserver["service"]["port"] > 1023
    assert webserver["service"]["type"] == "ClusterIP"
    assert webserver["readinessProbe"]["httpGet"]["port"] == webserver["service"]["port"]
