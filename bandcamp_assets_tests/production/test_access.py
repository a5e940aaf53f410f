"""Who gets into the production profile, and how far: nginx and its login, the ports, the database's password."""

from __future__ import annotations

import socket

import psutil
import psycopg2
import pytest
import requests

from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.production.conftest import USER, Production

pytestmark = [pytest.mark.production, pytest.mark.xdist_group("production")]


def test_without_a_login_nginx_answers_401(production: Production) -> None:
    for path in ("/", "/graphql", "/server_info", "/logs/x"):
        answer = requests.get(f"{production.proxy}{path}", verify=production.certificate, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 401, path
        assert "dagster" not in answer.text.lower()

    wrong = requests.get(
        production.proxy, auth=(USER, "guess"), verify=production.certificate, timeout=PATIENCE_SECONDS
    )
    assert wrong.status_code == 401


def test_with_a_login_nginx_shows_the_ui(production: Production) -> None:
    answer = requests.get(
        production.proxy, auth=(USER, production.login), verify=production.certificate, timeout=PATIENCE_SECONDS
    )

    assert answer.status_code == 200
    assert "dagster" in answer.text.lower()
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "Server" not in answer.headers or "/" not in answer.headers["Server"]


def test_the_dashboard_is_served_behind_the_login_and_nothing_beside_it(production: Production) -> None:
    pages = production.folder / "dashboard"
    pages.mkdir()
    (pages / "index.html").write_text("<title>sales</title>")

    def ask(path: str, *, login: bool = True) -> requests.Response:
        return requests.get(
            f"{production.proxy}{path}",
            auth=(USER, production.login) if login else None,
            verify=production.certificate,
            timeout=PATIENCE_SECONDS,
        )

    assert ask("/dashboard/", login=False).status_code == 401
    shown = ask("/dashboard/")
    assert (shown.status_code, shown.text) == (200, "<title>sales</title>")
    assert shown.headers["X-Frame-Options"] == "DENY"
    assert ask("/dashboard/dbt_docs/").status_code == 404
    secret = (production.folder / "password").read_text().strip()
    for path in ("/dashboard/../password", "/dashboard/%2e%2e/password", "/dashboard../password"):
        assert secret not in ask(path).text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://127.0.0.1.evil.example"])
def test_a_page_of_another_site_cannot_use_the_login(production: Production, origin: str) -> None:
    answer = requests.post(
        f"{production.proxy}/graphql",
        data={"query": "{ version }"},
        headers={"Origin": origin},
        auth=(USER, production.login),
        verify=production.certificate,
        timeout=PATIENCE_SECONDS,
    )

    assert answer.status_code == 403


def test_a_page_of_the_ui_itself_can(production: Production) -> None:
    answer = requests.post(
        f"{production.proxy}/graphql",
        json={"query": "{ version }"},
        headers={"Origin": production.proxy},
        auth=(USER, production.login),
        verify=production.certificate,
        timeout=PATIENCE_SECONDS,
    )

    assert answer.json()["data"]["version"]


def test_the_uis_web_socket_goes_through(production: Production) -> None:
    answer = requests.get(
        f"{production.proxy}/graphql",
        headers={
            "Origin": production.proxy,
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol": "graphql-ws",
        },
        auth=(USER, production.login),
        verify=production.certificate,
        timeout=PATIENCE_SECONDS,
        stream=True,
    )

    with answer:
        assert answer.status_code == 101


def test_nothing_listens_beyond_this_machine(production: Production) -> None:
    main_processes = {process.running.pid for process in production.processes.values() if process.running}
    listening = [
        connection
        for connection in psutil.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
        and (connection.pid in main_processes or connection.laddr.port in production.ports.values())
    ]

    assert {connection.laddr.port for connection in listening} == set(production.ports.values())
    assert {connection.laddr.ip.removeprefix("::ffff:") for connection in listening} == {"127.0.0.1"}
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.2", production.ports["postgres"])) != 0


def test_the_database_wants_a_password_and_gives_the_platform_no_more_than_its_own(production: Production) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(
            host="127.0.0.1",
            port=production.ports["postgres"],
            dbname="dagster",
            user="dagster",
            password="guess",  # noqa: S106
        )

    ((superuser, makes_databases, makes_roles),) = production.sql(
        "select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = current_user"
    )
    assert not superuser
    assert not makes_databases
    assert not makes_roles
