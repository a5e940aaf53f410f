"""The proxy does to requests what it was told, and nothing to others: seen by plain clients over sockets."""

from __future__ import annotations

import hashlib
import http.client
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
import requests

from bandcamp_assets_tests.emulators.faults import (
    Answer,
    CorruptAnswer,
    CorruptRequest,
    Delay,
    DropAnswer,
    DropRequest,
    HalfAnAnswer,
)
from bandcamp_assets_tests.emulators.proxy import FaultProxy
from bandcamp_assets_tests.patience import PATIENCE_SECONDS

BODY = b"the same bytes, every time" * 100


class Service(ThreadingHTTPServer):
    """Answers with what it was sent, or with `BODY`, and keeps the bodies it got."""

    received: list[bytes]


class ServiceHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, sent: bytes) -> None:
        assert isinstance(self.server, Service)
        self.server.received.append(sent)
        self.send_response(200)
        self.send_header("Location", f"http://{self.headers['Host']}/session/1")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    server = Service(("127.0.0.1", 0), ServiceHandler)
    server.received = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def proxy(service: Service) -> Iterator[FaultProxy]:
    with FaultProxy(f"http://127.0.0.1:{service.server_port}") as running:
        yield running


def test_without_a_fault_everything_passes(proxy: FaultProxy, service: Service) -> None:
    answer = requests.post(f"{proxy.endpoint}/a/b?c=d", data=b"sent", timeout=PATIENCE_SECONDS)

    assert (answer.status_code, answer.content) == (200, BODY)
    assert service.received == [b"sent"]


def test_addresses_in_answers_lead_back_to_the_proxy(proxy: FaultProxy) -> None:
    answer = requests.get(proxy.endpoint, timeout=PATIENCE_SECONDS)

    assert answer.headers["Location"] == f"{proxy.endpoint}/session/1"


def test_a_request_sent_in_chunks_arrives_whole(proxy: FaultProxy, service: Service) -> None:
    requests.post(proxy.endpoint, data=iter([b"one ", b"two"]), timeout=PATIENCE_SECONDS)

    assert service.received == [b"one two"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, "authError"),
        (403, "forbidden"),
        (404, "notFound"),
        (412, "conditionNotMet"),
        (429, "rateLimitExceeded"),
    ],
)
def test_an_error_answer_has_googles_shape(proxy: FaultProxy, service: Service, status: int, reason: str) -> None:
    proxy.inject(Answer(status))

    answer = requests.get(proxy.endpoint, timeout=PATIENCE_SECONDS)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["errors"][0]["reason"]) == (status, status, reason)
    assert service.received == []


def test_an_answer_may_name_its_own_reason_and_headers(proxy: FaultProxy) -> None:
    proxy.inject(Answer(403, "quotaExceeded", "Too much", {"Retry-After": "7"}))

    answer = requests.get(proxy.endpoint, timeout=PATIENCE_SECONDS)

    assert answer.headers["Retry-After"] == "7"
    assert answer.json()["error"]["errors"] == [
        {"message": "Too much", "domain": "global", "reason": "quotaExceeded"}
    ]


def test_a_dropped_request_never_reaches_the_service(proxy: FaultProxy, service: Service) -> None:
    proxy.inject(DropRequest())

    with pytest.raises(requests.ConnectionError):
        requests.post(proxy.endpoint, data=b"sent", timeout=PATIENCE_SECONDS)

    assert service.received == []


def test_of_a_dropped_answer_the_work_was_done(proxy: FaultProxy, service: Service) -> None:
    proxy.inject(DropAnswer())

    with pytest.raises(requests.ConnectionError):
        requests.post(proxy.endpoint, data=b"sent", timeout=PATIENCE_SECONDS)

    assert service.received == [b"sent"]


def test_half_an_answer_breaks_off(proxy: FaultProxy) -> None:
    proxy.inject(HalfAnAnswer())
    connection = http.client.HTTPConnection(
        "127.0.0.1", urlsplit(proxy.endpoint).port or 0, timeout=PATIENCE_SECONDS
    )
    connection.request("GET", "/")
    answer = connection.getresponse()

    assert answer.headers["Content-Length"] == str(len(BODY))
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError), match=r"1300 bytes read|reset"):
        answer.read()
    connection.close()


def test_a_corrupt_answer_differs_in_one_byte(proxy: FaultProxy) -> None:
    proxy.inject(CorruptAnswer(at=0.25))

    got = requests.get(proxy.endpoint, timeout=PATIENCE_SECONDS).content

    assert [i for i, (a, b) in enumerate(zip(got, BODY, strict=True)) if a != b] == [len(BODY) // 4]


def test_a_corrupt_request_differs_in_one_byte(proxy: FaultProxy, service: Service) -> None:
    proxy.inject(CorruptRequest())

    requests.post(proxy.endpoint, data=BODY, timeout=PATIENCE_SECONDS)

    assert hashlib.sha256(service.received[0]).digest() != hashlib.sha256(BODY).digest()
    assert sum(a != b for a, b in zip(service.received[0], BODY, strict=True)) == 1


def test_a_delay_holds_the_request_back(proxy: FaultProxy) -> None:
    proxy.inject(Delay(0.3))
    began = time.monotonic()

    answer = requests.get(proxy.endpoint, timeout=PATIENCE_SECONDS)

    assert answer.content == BODY
    assert time.monotonic() - began >= 0.3


def test_only_the_chosen_occurrences_of_the_chosen_requests_are_struck(proxy: FaultProxy) -> None:
    proxy.inject(Answer(503), method="GET", path=r"/jobs/\d+\?wait=", skip=1, times=2)

    jobs = [
        requests.get(f"{proxy.endpoint}/jobs/7?wait=1", timeout=PATIENCE_SECONDS).status_code for _ in range(4)
    ]
    others = [
        requests.get(f"{proxy.endpoint}/jobs", timeout=PATIENCE_SECONDS).status_code,
        requests.post(f"{proxy.endpoint}/jobs/7?wait=1", data=b"", timeout=PATIENCE_SECONDS).status_code,
    ]

    assert jobs == [200, 503, 503, 200]
    assert others == [200, 200]


def test_a_fault_without_end_lasts_until_healed(proxy: FaultProxy) -> None:
    proxy.inject(Answer(500), times=None)
    sick = {requests.get(proxy.endpoint, timeout=PATIENCE_SECONDS).status_code for _ in range(3)}
    proxy.heal()

    assert sick == {500}
    assert requests.get(proxy.endpoint, timeout=PATIENCE_SECONDS).status_code == 200


def test_the_record_shows_requests_without_what_authorizes(proxy: FaultProxy) -> None:
    headers = {"Authorization": "Bearer secret", "X-Other": "kept"}
    requests.post(f"{proxy.endpoint}/jobs?a=1&a=2", json={"job": 1}, headers=headers, timeout=PATIENCE_SECONDS)

    recorded = proxy.requests[0]

    assert (recorded.method, recorded.path, recorded.query) == ("POST", "/jobs", {"a": ["1", "2"]})
    assert (recorded.json, recorded.status, recorded.headers["x-other"]) == ({"job": 1}, 200, "kept")
    assert "secret" not in json.dumps(recorded.headers)


def test_the_record_shows_the_json_part_of_an_upload(proxy: FaultProxy) -> None:
    parts = b'--b\r\nContent-Type: application/json\r\n\r\n{"name": "x"}\r\n--b\r\n\r\n\x00\xff\r\n--b--'
    requests.post(
        proxy.endpoint,
        data=parts,
        headers={"Content-Type": "multipart/related; boundary=b"},
        timeout=PATIENCE_SECONDS,
    )

    assert proxy.requests[0].json == {"name": "x"}


def test_a_service_that_is_gone_is_a_lost_connection(proxy: FaultProxy, service: Service) -> None:
    service.shutdown()
    service.socket.close()

    with pytest.raises(requests.ConnectionError):
        requests.get(proxy.endpoint, timeout=PATIENCE_SECONDS)


def test_many_clients_at_once_are_all_recorded_and_a_fault_strikes_exactly_as_often_as_ordered(
    proxy: FaultProxy,
) -> None:
    proxy.inject(Answer(503), times=5)

    with ThreadPoolExecutor(8) as pool:
        statuses = list(
            pool.map(lambda _: requests.get(proxy.endpoint, timeout=PATIENCE_SECONDS).status_code, range(40))
        )

    assert sorted(statuses) == [200] * 35 + [503] * 5
    assert len(proxy.requests) == 40
