"""One page is fetched completely or not at all, politely, whatever the server and the network do."""

from __future__ import annotations

import gzip
import pickle
import socket
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path

import pytest

from bandcamp_assets.sources.feed import FeedClient, FeedRefused, FeedUnavailable, Patience
from bandcamp_assets.sources.feed.client import Answer, user_agent
from bandcamp_assets.sources.feed.page import read_page
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.sources.feed.conftest import QUICK
from bandcamp_assets_tests.sources.feed.feed_faults import (
    PASSING_FAULTS,
    Fault,
    answer,
    dripping,
    drop,
    falsely_packed,
    half,
    honest,
    silent,
    status,
)
from bandcamp_assets_tests.sources.feed.feed_server import FeedServer
from bandcamp_assets_tests.sources.feed.generated_feed import GeneratedFeed

FEED = GeneratedFeed(days=0.1, seed=3)


def fetch(server: FeedServer, start_date: int | None = None, patience: Patience = QUICK, **others: str) -> Answer:
    with FeedClient(server.url, patience=patience, **others) as client:
        return client.fetch(None if start_date is None else Decimal(start_date))


def test_the_first_and_later_pages_are_requested_by_their_addresses() -> None:
    with FeedServer(FEED) as server:
        first = read_page(fetch(server).body)
        end = int(first.window.end_date)
        server.clock.advance(600)
        second = read_page(fetch(server, end).body)

    assert server.paths == ["/get_initial", f"/get?start_date={end}"]
    assert second.window.start_date == end
    assert first.events
    assert second.events


def test_it_says_who_it_is_and_sends_nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with FeedServer(FEED) as server, FeedClient(server.url, contact_url="https://example.org/me") as client:
        client.fetch(None)
        client.fetch(None)

    sent = server.requests[1].headers
    assert set(sent) - {"connection"} == {"host", "user-agent", "accept", "accept-encoding"}
    assert sent["user-agent"] == user_agent("https://example.org/me")
    assert sent["user-agent"].startswith("bandcamp-assets/")
    assert sent["user-agent"].endswith("(+https://example.org/me)")


def test_compressed_and_plain_answers_are_the_same() -> None:
    with FeedServer(FEED, [honest, lambda exchange: exchange.send(exchange.body)]) as server:
        packed, plain = fetch(server), fetch(server)

    assert packed.body == plain.body


@pytest.mark.parametrize("fault", PASSING_FAULTS)
def test_a_temporary_fault_is_retried(fault: Fault) -> None:
    with FeedServer(FEED, [fault, fault]) as server:
        answered = fetch(server)

    assert answered.attempts == 3
    assert read_page(answered.body).events


def test_it_gives_up_after_its_attempts() -> None:
    with FeedServer(FEED, [drop] * 10) as server, pytest.raises(FeedUnavailable, match="attempt 4") as caught:
        fetch(server)

    assert len(server.requests) == QUICK.attempts
    assert caught.value.come_back_at is None
    assert caught.value.where == f"{server.url}/get_initial"


def test_it_gives_up_when_its_time_is_over_before_all_attempts() -> None:
    hasty = Patience(attempts=1000, first_wait_seconds=0.05, total_seconds=0.5)
    answers = [status(503)] * 1000
    with FeedServer(FEED, answers) as server, pytest.raises(FeedUnavailable, match="the server answered 503"):
        fetch(server, patience=hasty)

    assert len(server.requests) < 1000


@pytest.mark.parametrize("as_date", [False, True])
def test_a_server_that_asks_for_a_long_wait_is_not_retried_and_the_time_is_reported(*, as_date: bool) -> None:
    now = datetime.now(UTC)
    asked = format_datetime(now + timedelta(hours=1), usegmt=True) if as_date else "3600"
    with FeedServer(FEED, [status(429, Retry_After=asked)]) as server, pytest.raises(FeedUnavailable) as caught:
        fetch(server)

    assert len(server.requests) == 1
    assert caught.value.come_back_at
    assert timedelta(minutes=59) < caught.value.come_back_at - now < timedelta(minutes=61)
    assert "come back at" in caught.value.remedy


@pytest.mark.parametrize("asked", ["9" * 12, "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_senselessly_long_wait_counts_as_a_day(asked: str) -> None:
    began = datetime.now(UTC)
    with FeedServer(FEED, [status(503, Retry_After=asked)]) as server, pytest.raises(FeedUnavailable) as caught:
        fetch(server)

    assert caught.value.come_back_at
    waits = caught.value.come_back_at - began
    assert timedelta(days=1) <= waits <= timedelta(days=1) + (datetime.now(UTC) - began)


@pytest.mark.parametrize("asked", ["soon", "-5", ""])
def test_a_senseless_wait_counts_as_none(asked: str) -> None:
    with FeedServer(FEED, [status(503, Retry_After=asked)]) as server:
        assert fetch(server).attempts == 2


def test_a_short_requested_wait_is_kept() -> None:
    with FeedServer(FEED, [status(429, Retry_After="1")]) as server:
        began = datetime.now(UTC)
        answered = fetch(server)

    assert answered.received_at - began >= timedelta(seconds=1)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 451])
def test_a_refusal_is_not_retried(code: int) -> None:
    with FeedServer(FEED, [status(code)]) as server, pytest.raises(FeedRefused, match=str(code)) as caught:
        fetch(server)

    assert len(server.requests) == 1
    assert caught.value.status == code


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        (answer(b"<!DOCTYPE html><html>", Content_Type="text/html"), "web page"),
        (answer(b"\n <html><body>", Content_Type="application/json"), "web page"),
        (falsely_packed, "compressed, but it is not"),
        (answer(b"\x0b\x02\x80", Content_Encoding="br"), "form that was not requested"),
        (answer(b"x" * 3000), "larger than the 2000 bytes"),
        (answer(gzip.compress(b" " * 50_000_000), Content_Encoding="gzip"), "larger than the 2000 bytes"),
        (status(302, Location="ftp://127.0.0.1/get"), "not a web address"),
        (status(302, Location="file:///etc/passwd"), "not a web address"),
        (status(204), "204 No Content"),
    ],
)
def test_what_makes_no_sense_is_one_clear_error(fault: Fault, what: str) -> None:
    patience = Patience(attempts=2, first_wait_seconds=0.01, max_bytes=2000)
    with FeedServer(FEED, [fault]) as server, pytest.raises(PlatformError, match=what) as caught:
        fetch(server, patience=patience)

    assert len(server.requests) == 1
    assert caught.value.remedy


def test_a_redirect_loop_is_one_clear_error() -> None:
    with FeedServer(FEED) as server:
        server.faults.extend([status(302, Location=f"{server.url}/get_initial")] * 20)
        with pytest.raises(PlatformError, match="redirects more than"):
            fetch(server)

    assert 1 < len(server.requests) <= 5


@pytest.mark.parametrize(
    ("fault", "patience", "what", "asked"),
    [
        (dripping, Patience(attempts=2, first_wait_seconds=0.01, answer_seconds=0.2), "too slowly", 2),
        (dripping, Patience(attempts=9, first_wait_seconds=0.01, total_seconds=0.3), "too slowly", 1),
        (silent, Patience(attempts=2, first_wait_seconds=0.01, read_timeout_seconds=0.2), "fell silent", 2),
        (half, Patience(attempts=2, first_wait_seconds=0.01), "before the end", 2),
    ],
)
def test_a_slow_or_broken_server_does_not_hold_it_up(
    fault: Fault, patience: Patience, what: str, asked: int
) -> None:
    with FeedServer(FEED, [fault] * 9) as server, pytest.raises(FeedUnavailable, match=what):
        fetch(server, patience=patience)

    assert len(server.requests) == asked


def test_a_server_that_is_not_there_is_one_clear_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with (
            FeedClient(address, patience=Patience(attempts=2, first_wait_seconds=0.01)) as client,
            pytest.raises(FeedUnavailable, match="refused the connection"),
        ):
            client.fetch(None)


@pytest.mark.parametrize("url", ["", "bandcamp.com", "ftp://bandcamp.com", "file:///etc/passwd", "http://"])
def test_only_web_addresses_are_accepted(url: str) -> None:
    with pytest.raises(PlatformError, match="not a web address"):
        FeedClient(url)


def test_secrets_in_the_address_stay_out_of_errors() -> None:
    with FeedServer(FEED, [status(403)]) as server:
        address = server.url.replace("http://", "http://user:secret@")
        with FeedClient(address, patience=QUICK) as client, pytest.raises(PlatformError) as caught:
            client.fetch(None)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        FeedUnavailable("what", where="where", remedy="remedy", come_back_at=datetime(2030, 1, 1, tzinfo=UTC)),
        FeedUnavailable("what", where="where", remedy="remedy"),
        FeedRefused("what", where="where", remedy="remedy", status=404),
    ],
)
def test_errors_can_be_sent_between_processes(error: PlatformError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301

    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
