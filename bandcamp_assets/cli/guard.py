"""What stands between the Dagster UI and pages of other sites that are open in the same browser.

Dagster answers whoever reaches its port, and does what a GET asks of it. A browser reaches the port for every page
that is open in it. This layer around Dagster's web application lets through what the UI's own pages and programs
ask, and answers the rest itself. It does not judge who else can reach the port: it asks for no login.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

GRAPHQL = "/graphql"

_NO_PAGE = re.compile(r"/(graphql|logs|notebook|dagit|download_debug|report_asset_\w+)(/|$)")
"""Paths that a link may not lead to: they answer with data, or take orders."""

_HEADERS = {
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

Refusal = tuple[HTTPStatus, str]


class Guard:
    """An ASGI application that asks another one only what may be asked of it.

    Args:
        app: Dagster's web application.
        hosts: Names and ports by which it may be addressed.
    """

    def __init__(self, app: ASGIApp, hosts: set[str]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = refuse(scope, self._hosts)
        if refusal is None:
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal[1]})
        else:
            status, why = refusal
            await PlainTextResponse(f"{why}\n", status)(scope, receive, _with_headers(send))


def refuse(scope: Scope, hosts: set[str]) -> Refusal | None:
    """Why a request is not answered.

    Args:
        scope: The request, as ASGI describes it.
        hosts: Names and ports by which this server may be addressed.

    Returns:
        Status and sentence; None if the request may pass.
    """
    headers = Headers(scope=scope)
    host = headers.getlist("host")
    if len(host) != 1 or host[0].lower() not in hosts:
        # A name of somebody else's that leads here: the browser would take us for a part of that site.
        return HTTPStatus.MISDIRECTED_REQUEST, f"This server is http://{min(hosts)} and answers to no other name."
    if any(origin != f"http://{host[0]}" for origin in headers.getlist("origin")):
        return HTTPStatus.FORBIDDEN, "A page of another site may not ask this server."
    if scope["type"] == "websocket":
        is_visit, is_order = False, False
    else:
        is_visit = _is_visit(scope, headers)
        is_order = scope["path"] == GRAPHQL
    if not is_visit and any(site not in ("same-origin", "none") for site in headers.getlist("sec-fetch-site")):
        return HTTPStatus.FORBIDDEN, "A page of another site may not ask this server."
    if is_order and scope["method"] != "POST":
        # An address is enough for a GET, so it would be for a mutation in it.
        return HTTPStatus.METHOD_NOT_ALLOWED, "GraphQL is asked by POST."
    if is_order and headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        # Forms and scripts of other sites can send any other type without asking first.
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "GraphQL is asked in application/json."
    return None


def _is_visit(scope: Scope, headers: Headers) -> bool:
    """Whether a person follows a link, from wherever, to a page of the UI."""
    is_navigation = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    return scope["method"] == "GET" and is_navigation and not _NO_PAGE.match(scope["path"])


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.append(name, value)
        await send(message)

    return sending
