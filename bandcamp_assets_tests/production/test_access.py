"""Who gets into the production profile, and how far: nginx and its login, the ports, the database's password."""

from __future__ import annotations

import socket

import psutil
import psycopg2
import pytest
import requests

from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.production.conftest import USER, Production
from bandcamp_assets_tests.security.foreign_requests import LAUNCH, Request, foreign_requests, own_requests

pytestmark = [pytest.mark.production, pytest.mark.xdist_group("production")]


def test_without_a_login_nginx_answers_401(production: Production) -> None:
    for path in ("/", "/graphql", "/server_info", "/logs/x"):
        answer = requests.get(f"{production.proxy}{path}", verify=production.certificate, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 401, path
        assert "dagster" not in answer.text.lower()
    order = requests.post(
        f"{production.proxy}/graphql", json={}, verify=production.certificate, timeout=PATIENCE_SECONDS
    )
    assert order.status_code == 401

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
    assert answer.headers["Server"] == "nginx", "without its version"


def test_the_dashboard_is_served_behind_the_login_and_nothing_beside_it(production: Production) -> None:
    pages = production.folder / "dashboard"
    pages.mkdir()
    (pages / "index.html").write_text("<title>sales</title>")

    def get(path: str, *, login: bool = True) -> requests.Response:
        return requests.get(
            f"{production.proxy}{path}",
            auth=(USER, production.login) if login else None,
            verify=production.certificate,
            timeout=PATIENCE_SECONDS,
        )

    assert get("/dashboard/", login=False).status_code == 401
    shown = get("/dashboard/")
    assert (shown.status_code, shown.text) == (200, "<title>sales</title>")
    assert shown.headers["X-Frame-Options"] == "DENY"
    assert get("/dashboard/dbt_docs/").status_code == 404
    secret = (production.folder / "password").read_text().strip()
    for path in ("/dashboard/../password", "/dashboard/%2e%2e/password", "/dashboard../password"):
        assert secret not in get(path).text


def ask(production: Production, request: Request) -> requests.Response:
    """Ask nginx with the login, as a browser sends it along with everything."""
    return requests.request(
        request.method,
        f"{production.proxy}{request.path}",
        headers=request.headers,
        data=request.body,
        auth=(USER, production.login),
        verify=production.certificate,
        timeout=PATIENCE_SECONDS,
        allow_redirects=False,
        stream=True,
    )


def test_what_pages_of_other_sites_send_is_refused_and_launches_no_run(production: Production) -> None:
    launch = LAUNCH % "bandcamp"
    # Schedules and sensors launch runs of their own meanwhile.
    launched = "select count(*) from run_tags where key = 'sent_by'"

    answers = {}
    for request in foreign_requests(production.proxy, launch):
        with ask(production, request) as answer:
            answers[request.name] = answer.status_code

    assert {name: code for name, code in answers.items() if code not in (403, 405, 421)} == {}
    assert production.sql(launched) == [(0,)]
    # The same order, given as the UI's own page gives it, is one.
    production.query(launch)
    assert production.sql(launched) == [(1,)]


def test_what_the_uis_own_pages_and_programs_send_goes_through(production: Production) -> None:
    answers = {}
    for request in own_requests(production.proxy):
        with ask(production, request) as answer:
            answers[request.name] = answer.status_code

    assert {name: code for name, code in answers.items() if code not in (200, 101)} == {}


def test_another_name_that_leads_here_gets_nothing(production: Production) -> None:
    for path in ("/", "/dashboard/", "/graphql"):
        with ask(production, Request("", "GET", path, {"Host": "evil.example"})) as answer:
            assert answer.status_code == 421
            assert "dagster" not in answer.text.lower()


def test_no_page_may_frame_the_ui_or_take_in_its_answers(production: Production) -> None:
    with ask(production, Request("", "GET", "/")) as answer:
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


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
