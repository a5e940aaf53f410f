"""Protects the Dagster UI from pages of other sites that are open in the same browser.

Dagster answers every request that reaches its port, and even a GET can change something. A browser sends such
requests for any page that is open in it. This layer around Dagster's web application passes the requests of the
UI's own pages and of programs, and refuses the others. It has no login, so it does not judge who can reach the
port.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

GRAPHQL = "/graphql"

_NO_PAGE = re.compile(r"/(graphql|logs|notebook|dagit|download_debug|report_asset_\w+)(/|$)")
"""Paths that a link may not lead to, as they return data or change something."""

_HEADERS = {
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

Refusal = tuple[HTTPStatus, str]


class Guard:
    """An ASGI application that passes only allowed requests to another one.

    Args:
        app: Dagster's web application.
        hosts: Names and ports by which it may be addressed.
        forwarded: The name under which a proxy shows it to its owner by https; empty without one.
    """

    def __init__(self, app: ASGIApp, hosts: set[str], forwarded: str = "") -> None:
        self._app, self._hosts, self._forwarded = app, hosts, forwarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to the application, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = refuse(scope, self._hosts, self._forwarded)
        if refusal is None:
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal[1]})
        else:
            status, why = refusal
            await PlainTextResponse(f"{why}\n", status)(scope, receive, _with_headers(send))


def refuse(scope: Scope, hosts: set[str], forwarded: str = "") -> Refusal | None:
    """Why a request is refused.

    Args:
        scope: The request, as ASGI describes it.
        hosts: Names and ports by which this server may be addressed.
        forwarded: The name under which a proxy shows it; the proxy may put a name of `hosts` in its place.

    Returns:
        Status and sentence; None if the request may pass.
    """
    headers = Headers(scope=scope)
    host = headers.getlist("host")
    if len(host) != 1 or host[0].lower() not in hosts | {forwarded} - {""}:
        # Somebody else's name that leads here. The browser would treat this server as part of that site.
        return HTTPStatus.MISDIRECTED_REQUEST, f"This server is http://{min(hosts)} and answers to no other name."
    own = {f"http://{host[0]}"} if host[0].lower() in hosts else set()
    if not {*headers.getlist("origin")} <= own | ({f"https://{forwarded}"} if forwarded else set()):
        return HTTPStatus.FORBIDDEN, "A page of another site may not ask this server."
    if scope["type"] == "websocket":
        is_visit, is_order = False, False
    else:
        is_visit = _is_visit(scope, headers)
        is_order = scope["path"] == GRAPHQL
    if not is_visit and any(site not in ("same-origin", "none") for site in headers.getlist("sec-fetch-site")):
        return HTTPStatus.FORBIDDEN, "A page of another site may not ask this server."
    if is_order and scope["method"] != "POST":
        # A link is enough to send a GET, and it could hold a mutation.
        return HTTPStatus.METHOD_NOT_ALLOWED, "GraphQL is asked by POST."
    if is_order and headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        # Forms and scripts of other sites can send the other types without a preflight request.
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "GraphQL is asked in application/json."
    return None


def _is_visit(scope: Scope, headers: Headers) -> bool:
    """Whether a person follows a link to a page of the UI, from any site."""
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
