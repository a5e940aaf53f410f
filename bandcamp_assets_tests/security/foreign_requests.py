"""What pages of other sites can make a browser send to the Dagster UI, and what a name of theirs makes of it.

The same for `bandcamp ui` and for nginx in production. All of it must be refused, and none of it may do anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

LAUNCH = """mutation { launchRun(executionParams: {
  selector: {repositoryLocationName: "%s", repositoryName: "__repository__", jobName: "land"}, runConfigData: {},
  executionMetadata: {tags: [{key: "sent_by", value: "a page"}]}
}) { __typename } }"""
"""An order that launches a run, to be told from those of schedules and sensors by its tag `sent_by`."""

DELETE = 'mutation { deleteRun(runId: "%s") { __typename } }'

JSON = "application/json"

IMAGE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
FRAME = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
NEIGHBOUR = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
"""What browsers say of what they ask for: an image, a link that is followed, a frame, a script's request."""

WEB_SOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "graphql-ws",
}


@dataclass(frozen=True)
class Request:
    """A request.

    Attributes:
        name: What is special about it.
        method: Its method.
        path: Path and query.
        headers: Headers; the host is the server's own where they name none.
        body: Its body.
    """

    name: str
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


def foreign_requests(address: str, mutation: str) -> list[Request]:
    """Requests of pages that are not the server's own.

    Args:
        address: Scheme, host and port of the server.
        mutation: What they would like to have done, in GraphQL.
    """
    query = quote(mutation)
    body = '{"query": ' + '"' + mutation.replace('"', '\\"').replace("\n", " ") + '"}'
    own = {"Content-Type": JSON, "Origin": address}
    parts = urlsplit(address)
    origins = [
        "https://evil.example",
        "null",
        f"{parts.scheme}://127.0.0.1:1",
        f"{parts.scheme}://127.0.0.1.evil.example:{parts.port}",
        f"{parts.scheme}://localhost:{parts.port}",
        f"{'http' if parts.scheme == 'https' else 'https'}://{parts.netloc}",
        f"{address} {address}",
        f"{address}/",
    ]
    names = [
        "evil.example",
        f"evil.example:{parts.port}",
        f"127.0.0.1.evil.example:{parts.port}",
        f"localhost.evil.example:{parts.port}",
        f"127.0.0.2:{parts.port}",
    ]
    return [
        *_by_get(query),
        *_by_simple_post(query, body),
        *(Request(f"POST from {one!r}", "POST", "/graphql", {**own, "Origin": one}, body) for one in origins),
        *(Request(f"web socket of {one!r}", "GET", "/graphql", {**WEB_SOCKET, "Origin": one}) for one in origins),
        Request("POST of a neighbour", "POST", "/graphql", {"Content-Type": JSON, **NEIGHBOUR}, body),
        Request("POST of an image's site", "POST", "/graphql", {**own, **IMAGE}, body),
        *(
            Request(
                f"{method} to {name}", method, path, {"Host": name, **headers}, body if method == "POST" else ""
            )
            for name in names
            for method, path, headers in (
                ("GET", "/", {}),
                ("GET", "/graphql", WEB_SOCKET),
                ("POST", "/graphql", {"Content-Type": JSON, "Origin": f"{parts.scheme}://{name}"}),
            )
        ),
        *(
            Request(f"{path} as {site['Sec-Fetch-Dest']}", "GET", path, site)
            for path in ("/download_debug/x", "/logs/x/y/stdout", "/notebook", "/dagit/notebook", "/graphql")
            for site in (IMAGE, LINK, FRAME, NEIGHBOUR)
        ),
        *(Request(f"/ as {site['Sec-Fetch-Dest']}", "GET", "/", site) for site in (IMAGE, FRAME, NEIGHBOUR)),
        *(
            Request(f"{what} reported", "POST", f"/report_asset_{what}/raw_sales", {"Origin": origins[0]})
            for what in ("materialization", "check", "observation")
        ),
    ]


def _by_get(query: str) -> list[Request]:
    return [
        Request("GET", "GET", f"/graphql?query={query}"),
        Request("GET of an image", "GET", f"/graphql?query={query}", IMAGE),
        Request("GET of a link", "GET", f"/graphql?query={query}", {**LINK, "Accept": "text/html"}),
        Request("GET of the UI's own page", "GET", f"/graphql?query={query}", {"Sec-Fetch-Site": "same-origin"}),
        Request("GET with variables", "GET", f"/graphql?variables=%7B%7D&operationName=&query={query}"),
        Request("GET with an encoded path", "GET", f"/%67raphq%6C?query={query}"),
        Request("GET with an encoded name", "GET", f"/graphql?%71uery={query}"),
        Request("GET with a body", "GET", f"/graphql?query={query}", {"Content-Type": JSON}, "{}"),
        Request("HEAD", "HEAD", f"/graphql?query={query}"),
        Request("PUT", "PUT", f"/graphql?query={query}", {"Content-Type": JSON}, "{}"),
        Request("GET that asks for POST", "GET", f"/graphql?query={query}", {"X-HTTP-Method-Override": "POST"}),
    ]


def _by_simple_post(query: str, body: str) -> list[Request]:
    """As forms and scripts send them without asking first; old browsers without saying where they come from."""
    types = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
    types += ["text/plain; application/json", "text/plain;charset=application/json", "application/graphql"]
    types += ["application/jsonx", "application/json, text/plain"]
    return [
        *(
            Request(
                f"POST of {one!r}", "POST", f"/graphql?query={query}", {"Content-Type": one} if one else {}, body
            )
            for one in types
        ),
        Request("POST of a form", "POST", "/graphql", {"Content-Type": types[0]}, f"query={query}"),
    ]


def own_requests(address: str) -> list[Request]:
    """What the UI's own pages and programs send, and people who follow a link: none of it is refused."""
    body = '{"query": "{ version }"}'
    same = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
    typed = {**LINK, "Sec-Fetch-Site": "none"}
    return [
        Request("program", "POST", "/graphql", {"Content-Type": JSON}, body),
        Request("page", "POST", "/graphql", {"Content-Type": JSON, "Origin": address, **same}, body),
        Request("type with its letters", "POST", "/graphql", {"Content-Type": f"{JSON}; charset=utf-8"}, body),
        Request("web socket of a program", "GET", "/graphql", WEB_SOCKET),
        Request("web socket of a page", "GET", "/graphql", {**WEB_SOCKET, "Origin": address}),
        *(
            Request(f"{path} typed", "GET", path, typed)
            for path in ("/", "/runs", "/assets/raw_sales", "/server_info")
        ),
        *(Request(f"{path} linked", "GET", path, LINK) for path in ("/", "/runs", "/assets/logs", "/graphqlx")),
        Request("part of a page", "GET", "/server_info", same),
    ]
