"""The layer around Dagster's web application lets through what it should, and nothing else.

What it keeps pages of other sites from doing, in a real browser, is in `browser/test_foreign_pages.py`.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from bandcamp_assets.cli.guard import Guard
from bandcamp_assets.cli.port import forwarded_host, hosts
from bandcamp_assets_tests.security.foreign_requests import DELETE, JSON, Request, foreign_requests, own_requests

ADDRESS = "http://127.0.0.1:3000"


def ask(request: Request, port: int = 3000, forwarded: str = "") -> tuple[bool, list[dict[str, Any]]]:
    """Send a request: whether the application was asked, and what was answered."""
    reached: list[str] = []

    async def application(scope: Any, _receive: Any, send: Any) -> None:  # noqa: ANN401
        reached.append(scope["type"])
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    answers: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        answers.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request.body.encode()}

    path, _, query = request.path.partition("?")
    headers = {"Host": urlsplit(ADDRESS).netloc, **request.headers}
    scope = {
        "type": "websocket" if "Upgrade" in headers else "http",
        "method": request.method,
        "path": unquote(path),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items() if value],
    }
    asyncio.run(Guard(application, hosts(port), forwarded)(scope, receive, send))  # type: ignore[arg-type]
    return bool(reached), answers


def named(requests: list[Request]) -> Any:  # noqa: ANN401
    return pytest.mark.parametrize("request_", requests, ids=[one.name for one in requests])


@named(foreign_requests(ADDRESS, DELETE % "x"))
def test_what_pages_of_other_sites_send_is_refused(request_: Request):
    reached, answers = ask(request_)

    assert not reached
    if "Upgrade" in request_.headers:
        assert answers[0]["type"] == "websocket.close"
    else:
        assert answers[0]["status"] in (403, 405, 415, 421)


@named(own_requests(ADDRESS))
def test_what_the_uis_own_pages_and_programs_send_goes_through(request_: Request):
    assert ask(request_)[0]


@pytest.mark.parametrize("name", ["127.0.0.1:3000", "localhost:3000", "LOCALHOST:3000", "[::1]:3000"])
def test_every_name_of_this_machine_is_known(name: str):
    assert ask(Request("", "GET", "/", {"Host": name}))[0]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost:3001", "[::2]:3000", "127.0.0.1:3000 x", ""])
def test_no_other_name_and_no_other_port_is(name: str):
    assert not ask(Request("", "GET", "/", {"Host": name}))[0]


def test_the_webs_own_port_is_left_out_of_the_name_by_browsers():
    assert ask(Request("", "GET", "/", {"Host": "localhost"}), port=80)[0]


def test_no_page_may_frame_the_ui_or_take_in_its_answers():
    _, answers = ask(Request("", "GET", "/"))

    headers = dict(answers[0]["headers"])
    assert headers[b"x-frame-options"] == b"DENY"
    assert headers[b"content-security-policy"] == b"frame-ancestors 'none'"
    assert headers[b"cross-origin-resource-policy"] == b"same-origin"


FORWARDED = "a-codespace-3000.app.github.dev"


def of_page(host: str, origin: str) -> Request:
    """What a page sends that asks GraphQL by a script."""
    headers = {"Host": host, "Origin": origin, "Content-Type": JSON, "Sec-Fetch-Site": "same-origin"}
    return Request("", "POST", "/graphql", headers, "{}")


@pytest.mark.parametrize("host", [FORWARDED, "localhost:3000"])
def test_a_codespace_shows_the_ui_under_its_own_name(host: str):
    assert ask(of_page(host, f"https://{FORWARDED}"), forwarded=FORWARDED)[0]


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        (FORWARDED, "https://another-3000.app.github.dev"),
        (FORWARDED, "https://a-codespace-3001.app.github.dev"),
        (FORWARDED, f"http://{FORWARDED}"),
        ("localhost:3000", "https://evil.example"),
        ("another-3000.app.github.dev", f"https://{FORWARDED}"),
    ],
)
def test_a_codespace_lets_no_other_page_through(host: str, origin: str):
    assert not ask(of_page(host, origin), forwarded=FORWARDED)[0]


def test_nobody_is_let_through_by_such_a_name_elsewhere():
    assert not ask(of_page("localhost:3000", f"https://{FORWARDED}"))[0]
    assert not ask(of_page(FORWARDED, f"https://{FORWARDED}"))[0]


@pytest.mark.parametrize(
    ("name", "domain", "host"),
    [
        ("a-codespace", "app.github.dev", FORWARDED),
        ("", "app.github.dev", ""),
        ("a-codespace", "", ""),
        ("", "", ""),
        ("evil.example/", "app.github.dev", ""),
        ("a b", "app.github.dev", ""),
    ],
)
def test_the_name_of_a_codespace_is_made_of_what_github_says(name: str, domain: str, host: str):
    env = {"CODESPACE_NAME": name, "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": domain}

    assert forwarded_host(env, 3000) == host
