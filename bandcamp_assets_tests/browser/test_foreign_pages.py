"""A page of another site, open in the same browser as the Dagster UI, gets nothing from it and does nothing to it.

What each single request is answered with is in `security/test_guard.py`; that the UI itself still works, in
`test_dagster_ui.py`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, urlsplit

import pytest
import requests
from playwright.sync_api import Page

from bandcamp_assets_tests.browser.conftest import EVIL, Ui
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.security.foreign_requests import DELETE, LAUNCH, foreign_requests

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("ui")]

RUNS = "{ runsOrError { ... on Runs { results { runId tags { key } } } } }"

STATUS = '{ runOrError(runId: "%s") { ... on Run { status } } }'

ATTACK = """
const [ui, mutation, query] = %s;
const body = JSON.stringify({query: mutation});
const loads = (name, address) => new Promise((end) => {
  const part = document.createElement(name);
  part.onload = () => end("loaded");
  part.onerror = () => end("refused");
  part.src = address;
  document.body.append(part);
});
const sends = (type, method, action) => new Promise((end) => {
  const frame = document.createElement("iframe");
  frame.name = `f${type}${method}`;
  document.body.append(frame);
  const form = document.createElement("form");
  [form.target, form.enctype, form.method, form.action] = [frame.name, type, method, action];
  const field = document.createElement("input");
  [field.name, field.value] = ["query", mutation];
  form.append(field);
  document.body.append(form);
  frame.onload = () => end("sent");
  form.submit();
});
const fetches = (options, address) => fetch(address, options).then(
  async (answer) => answer.type === "opaque" ? "opaque" : (await answer.text()).slice(0, 80), () => "refused");
const subscribes = (start) => new Promise((end) => {
  const socket = new WebSocket(ui.replace("http", "ws") + "/graphql", "graphql-ws");
  socket.onopen = () => {
    socket.send(JSON.stringify({type: "connection_init", payload: {}}));
    socket.send(JSON.stringify({type: "start", id: "1", payload: {query: start}}));
  };
  socket.onmessage = (message) => end(`told ${message.data}`);
  socket.onclose = () => end("refused");
});
window.attack = async () => ({
  image: await loads("img", query),
  script: await loads("script", query),
  frame: await loads("iframe", ui + "/"),
  get: await fetches({}, query),
  blind_get: await fetches({mode: "no-cors", credentials: "include"}, query),
  blind_post: await fetches({mode: "no-cors", method: "POST", body}, ui + "/graphql"),
  beacon: navigator.sendBeacon(query, new Blob([body], {type: "text/plain; application/json"})) && "sent",
  json: await fetches({method: "POST", body, headers: {"content-type": "application/json"}}, ui + "/graphql"),
  mixed: await fetches({method: "POST", body, headers: {"content-type": "text/plain; application/json"}}, query),
  page: await fetches({}, ui + "/"),
  data: await fetches({}, ui + "/server_info"),
  form_get: await sends("application/x-www-form-urlencoded", "GET", ui + "/graphql"),
  form: await sends("application/x-www-form-urlencoded", "POST", query),
  form_plain: await sends("text/plain", "POST", query),
  report: await fetches({mode: "no-cors", method: "POST"}, ui + "/report_asset_materialization/raw_sales"),
  web_socket: await subscribes(mutation),
});
"""


@pytest.fixture
def foreign() -> Iterator[ThreadingHTTPServer]:
    """A web server of somebody else's on this machine, with an empty page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><body>")

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def run_ids(ui: Ui) -> set[str]:
    """The runs but those that the daemon launched, as it may at any time."""
    runs = {run["runId"]: {tag["key"] for tag in run["tags"]} for run in ui.query(RUNS)["runsOrError"]["results"]}
    by_daemon = {"dagster/schedule_name", "dagster/sensor_name", "dagster/from_automation_condition"}
    return {run_id for run_id, tags in runs.items() if not tags & by_daemon}


def materializations(ui: Ui) -> int:
    asked = (
        '{ assetOrError(assetKey: {path: ["raw_sales"]}) { ... on Asset { assetMaterializations { runId } } } }'
    )
    return len(ui.query(asked)["assetOrError"]["assetMaterializations"])


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", EVIL])
@pytest.mark.parametrize("order", ["launch", "delete"])
def test_a_page_of_another_site_gets_nothing_and_does_nothing(
    ui: Ui, page: Page, foreign: ThreadingHTTPServer, name: str, order: str
):
    before, materialized = run_ids(ui), materializations(ui)
    mutation = LAUNCH % "bandcamp" if order == "launch" else DELETE % min(before)
    query = f"{ui.address}/graphql?query={quote(mutation)}"
    page.goto(f"http://{name}:{foreign.server_port}/")

    page.add_script_tag(content=ATTACK % json.dumps([ui.address, mutation, query]))
    got = page.evaluate("attack()")
    page.goto(query)  # a link that is followed
    shown = page.content()

    # What a frame holds, the page cannot see; that nothing of the UI may be in one is in `security/test_guard.py`.
    answered = {"frame", "form_get", "form", "form_plain", "beacon"}
    assert {way: said for way, said in got.items() if way not in answered and said != "refused"} == {}
    assert len(got) == 16
    # The server has answered each of these, so that what it did of them would show now.
    assert {got[way] for way in ("form_get", "form", "form_plain")} == {"sent"}
    assert "GraphQL is asked by POST" in shown
    assert run_ids(ui) == before
    assert materializations(ui) == materialized


def test_a_page_of_another_site_may_link_to_the_ui(ui: Ui, page: Page, foreign: ThreadingHTTPServer):
    page.goto(f"http://{EVIL}:{foreign.server_port}/")

    page.evaluate("address => { location.href = address }", f"{ui.address}/runs")

    page.get_by_text("Success", exact=True).first.wait_for()


def test_a_foreign_name_that_leads_to_the_ui_shows_nothing_of_it(ui: Ui, page: Page):
    port, before = urlsplit(ui.address).port, run_ids(ui)
    order = LAUNCH % "bandcamp"

    answer = page.goto(f"http://{EVIL}:{port}/")
    assert answer is not None
    got = page.evaluate(
        """async (query) => (await fetch("/graphql", {
            method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify({query})
        })).status""",
        order,
    )

    assert (answer.status, got) == (421, 421)
    assert "dagster" not in page.content().lower()
    assert run_ids(ui) == before


def test_what_is_refused_one_by_one_is_refused_by_the_real_server_and_does_nothing(ui: Ui):
    before = run_ids(ui)

    answers = {}
    for one in foreign_requests(ui.address, DELETE % min(before)):
        with requests.request(
            one.method,
            f"{ui.address}{one.path}",
            headers=one.headers,
            data=one.body,
            timeout=PATIENCE_SECONDS,
            allow_redirects=False,
            stream=True,
        ) as answer:
            answers[one.name] = answer.status_code

    assert {name: code for name, code in answers.items() if code not in (403, 405, 415, 421)} == {}
    assert run_ids(ui) == before


@pytest.mark.long
def test_the_uis_own_pages_are_told_of_what_happens_by_web_socket(ui: Ui, page: Page):
    known = run_ids(ui)
    # The order that the pages of other sites could not give.
    launched = ui.query(LAUNCH % "bandcamp")["launchRun"]["__typename"]
    (run_id,) = run_ids(ui) - known
    messages: list[str] = []
    page.on("websocket", lambda one: one.on("framereceived", lambda text: messages.append(str(text))))

    deadline = time.monotonic() + PATIENCE_SECONDS
    while ui.query(STATUS % run_id)["runOrError"]["status"] != "SUCCESS":
        assert time.monotonic() < deadline, ui.log.read_text()[-4_000:]
        time.sleep(0.5)
    page.goto(f"{ui.address}/runs/{run_id}")
    while not any("RunSuccessEvent" in text for text in messages):
        assert time.monotonic() < deadline, messages[-3:]
        page.wait_for_timeout(200)

    assert launched == "LaunchRunSuccess"
