"""A download arrives whole, checked and in one step, whatever the server and the network do."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import pickle
import random
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

import bandcamp_assets
from bandcamp_assets.errors import PlatformError
from bandcamp_assets.landing.download import (
    DownloadedFile,
    DownloadProgress,
    ExpectedFile,
    RetryPolicy,
    download,
)
from bandcamp_assets.landing.retry_policy import retry_after_seconds
from bandcamp_assets_tests.landing.faulty_server import (
    Answer,
    Exchange,
    FaultyServer,
    chunked,
    cut_after,
    honest,
    ignore_if_range,
    ignore_range,
    reset_after,
    stall_after,
    status,
)

BODY = b"PK\x03\x04" + random.Random(1).randbytes(600_000)  # noqa: S311
OTHER_BODY = b"PK\x03\x04" + random.Random(2).randbytes(600_000)  # noqa: S311
BODY_SHA256 = hashlib.sha256(BODY).hexdigest()
QUICK = RetryPolicy(
    attempts=3,
    first_wait_seconds=0.01,
    longest_wait_seconds=0.02,
    longest_retry_after_seconds=2,
    read_timeout_seconds=20,
)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "landing" / "sales.zip"


def fetch(server: FaultyServer, target: Path, **changes: object) -> DownloadedFile:
    return download(server.url, target, **{"policy": QUICK, **changes})  # type: ignore[arg-type]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def leave_a_part(server: FaultyServer, target: Path, size_bytes: int) -> None:
    """Make a download fail for good after so many bytes, as an earlier process would have left it."""
    server.answers.extend([cut_after(size_bytes), *[status(503)] * QUICK.attempts])
    with pytest.raises(PlatformError):
        fetch(server, target)
    server.answers.clear()
    server.requests.clear()


# The ordinary way


def test_a_file_arrives_whole_with_its_facts(target: Path) -> None:
    with FaultyServer(BODY) as server:
        arrived = fetch(server, target, expected=ExpectedFile(len(BODY), BODY_SHA256.upper()))

    assert target.read_bytes() == BODY
    assert arrived == DownloadedFile(target, len(BODY), BODY_SHA256, server.url, server.etag, None, 0, 1)
    assert names(target.parent) == ["sales.zip"]


def test_it_asks_for_the_bytes_as_they_are(target: Path) -> None:
    with FaultyServer(BODY) as server:
        fetch(server, target)

    assert server.requests[0].headers["accept-encoding"] == "identity"
    assert "range" not in server.requests[0].headers


def test_a_file_that_stands_there_is_replaced(target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"old")

    with FaultyServer(BODY) as server:
        fetch(server, target)

    assert target.read_bytes() == BODY


def test_progress_ends_with_all_bytes_and_the_speed(target: Path) -> None:
    seen: list[DownloadProgress] = []

    with FaultyServer(BODY) as server:
        fetch(server, target, on_progress=seen.append)

    assert seen[-1].bytes_so_far == seen[-1].total_bytes == len(BODY)
    assert seen[-1].bytes_per_second > 0
    assert [state.bytes_so_far for state in seen] == sorted(state.bytes_so_far for state in seen)


def test_redirects_are_followed(target: Path) -> None:
    with FaultyServer(BODY, status(302, Location="/elsewhere.zip")) as server:
        fetch(server, target)

    assert [request.path for request in server.requests] == ["/sales.zip", "/elsewhere.zip"]
    assert target.read_bytes() == BODY


# Breaks


@pytest.mark.parametrize("breaks", [cut_after, reset_after])
def test_a_broken_download_goes_on_where_it_stopped(target: Path, breaks: Callable[[int], Answer]) -> None:
    with FaultyServer(BODY, breaks(250_000)) as server:
        arrived = fetch(server, target)

    assert target.read_bytes() == BODY
    assert arrived.sha256 == BODY_SHA256
    assert arrived.attempts == 2
    first, second = server.asked_ranges
    assert first is None
    assert second is not None
    if breaks is cut_after:  # a reset may overtake the last bytes
        assert second == "bytes=250000-"
        assert server.requests[1].headers["if-range"] == server.etag


def test_each_attempt_that_brings_bytes_renews_its_patience(target: Path) -> None:
    many_more_than_allowed_in_a_row = [cut_after(60_000)] * (10 * QUICK.attempts)

    with FaultyServer(BODY, *many_more_than_allowed_in_a_row) as server:
        fetch(server, target)

    assert target.read_bytes() == BODY
    assert server.asked_ranges == [None, *(f"bytes={start}-" for start in range(60_000, 600_001, 60_000))]


def test_even_attempts_that_bring_bytes_come_to_an_end(target: Path) -> None:
    policy = RetryPolicy(attempts=3, attempts_in_all=4, first_wait_seconds=0, longest_wait_seconds=0)

    with FaultyServer(BODY, *[cut_after(10)] * 9) as server, pytest.raises(PlatformError, match="40 of"):
        fetch(server, target, policy=policy)

    assert len(server.requests) == 4


def test_a_stalled_server_counts_as_a_break(target: Path) -> None:
    impatient = RetryPolicy(attempts=3, first_wait_seconds=0.01, read_timeout_seconds=0.3)

    with FaultyServer(BODY, stall_after(100_000)) as server:
        fetch(server, target, policy=impatient)

    assert target.read_bytes() == BODY
    assert server.asked_ranges == [None, "bytes=100000-"]


def test_a_server_that_never_answers_is_named_as_such(target: Path) -> None:
    impatient = RetryPolicy(attempts=1, read_timeout_seconds=0.2)

    def say_nothing(exchange: Exchange) -> None:
        exchange.server.go_on.wait(60)

    with (
        FaultyServer(BODY, say_nothing) as server,
        pytest.raises(PlatformError, match="fell silent"),
    ):
        fetch(server, target, policy=impatient)

    assert names(target.parent) == []


def test_a_server_that_ignores_ranges_is_read_from_the_start(target: Path) -> None:
    with FaultyServer(BODY, cut_after(250_000), ignore_range) as server:
        arrived = fetch(server, target)

    assert target.read_bytes() == BODY
    assert arrived.sha256 == BODY_SHA256


def test_a_server_that_ignores_ranges_and_always_breaks_is_given_up(target: Path) -> None:
    def break_again(exchange: Exchange) -> None:
        exchange.begin(200, Content_Length=len(BODY), ETag=exchange.etag)
        exchange.write(BODY[:1000])

    with FaultyServer(BODY, *[break_again] * 20) as server, pytest.raises(PlatformError, match="before the end"):
        fetch(server, target)

    # The first brought bytes; those after it brought the same ones.
    assert len(server.requests) == QUICK.attempts
    assert not target.exists()


def test_a_file_without_a_version_is_not_resumed(target: Path) -> None:
    def cut_nameless(exchange: Exchange) -> None:
        exchange.begin(200, Content_Length=len(BODY))
        exchange.write(BODY[:1000])

    with FaultyServer(BODY, cut_nameless) as server:
        fetch(server, target)

    assert server.asked_ranges == [None, None]
    assert target.read_bytes() == BODY


def test_a_file_without_a_version_is_resumed_where_its_checksum_is_known(target: Path) -> None:
    def cut_nameless(exchange: Exchange) -> None:
        exchange.begin(200, Content_Length=len(BODY))
        exchange.write(BODY[:1000])

    with FaultyServer(BODY, cut_nameless) as server:
        fetch(server, target, expected=ExpectedFile(sha256=BODY_SHA256))

    assert server.asked_ranges == [None, "bytes=1000-"]
    assert target.read_bytes() == BODY


def test_a_weak_etag_is_no_ground_to_resume_on_but_a_date_is(target: Path) -> None:
    date = "Wed, 21 Oct 2020 07:28:00 GMT"

    def cut_weak(exchange: Exchange) -> None:
        exchange.begin(200, Content_Length=len(BODY), ETag='W/"1"', Last_Modified=date)
        exchange.write(BODY[:1000])

    with FaultyServer(BODY, cut_weak) as server:
        fetch(server, target)

    assert server.requests[1].headers["if-range"] == date
    assert target.read_bytes() == BODY


# Another version


def test_a_file_that_changed_between_two_attempts_is_not_glued_together(target: Path) -> None:
    def cut_and_change(exchange: Exchange) -> None:
        cut_after(250_000)(exchange)
        exchange.server.body = OTHER_BODY

    with FaultyServer(BODY, cut_and_change) as server:
        arrived = fetch(server, target)

    assert target.read_bytes() == OTHER_BODY
    assert arrived.sha256 == hashlib.sha256(OTHER_BODY).hexdigest()


def test_nor_by_a_server_that_does_not_know_if_range(target: Path) -> None:
    def cut_and_change(exchange: Exchange) -> None:
        cut_after(250_000)(exchange)
        exchange.server.body = OTHER_BODY

    with FaultyServer(BODY, cut_and_change, ignore_if_range) as server:
        fetch(server, target)

    assert target.read_bytes() == OTHER_BODY
    assert server.asked_ranges == [None, "bytes=250000-", None]


def test_a_part_of_another_address_is_not_taken_over(target: Path) -> None:
    with FaultyServer(BODY) as server:
        leave_a_part(server, target, 1000)
        download(f"{server.url}?version=2", target, policy=QUICK)

        assert server.asked_ranges == [None]
    assert target.read_bytes() == BODY


@pytest.mark.parametrize("note", [b"", b"[]", b"{", b'{"etag": 1}', b"\xff\x00"])
def test_a_part_with_a_damaged_note_is_not_taken_over(target: Path, note: bytes) -> None:
    with FaultyServer(BODY) as server:
        leave_a_part(server, target, 1000)
        target.with_name("sales.zip.part.json").write_bytes(note)
        fetch(server, target)

        assert server.asked_ranges == [None]
    assert target.read_bytes() == BODY


def test_the_note_holds_no_secrets(target: Path) -> None:
    with FaultyServer(BODY, cut_after(1000), *[status(503)] * 3) as server, pytest.raises(PlatformError):
        download(f"http://ann:s3cret@{server.authority}/sales.zip?token=s3cret", target, policy=QUICK)

    note = target.with_name("sales.zip.part.json").read_text()
    assert "s3cret" not in note
    assert json.loads(note)["total_bytes"] == len(BODY)


# Ranges gone wrong


@pytest.mark.parametrize(
    "content_range",
    [
        "bytes 0-99/604",
        "bytes 250001-600003/600004",
        "bytes 250000-600003/999999",
        "bytes 250000-9/600004",
        "garbage",
        None,
    ],
)
def test_a_wrong_content_range_makes_it_start_over(target: Path, content_range: str | None) -> None:
    wrong = status(206, OTHER_BODY[:100], Content_Range=content_range)

    with FaultyServer(BODY, cut_after(250_000), wrong) as server:
        fetch(server, target)

    assert target.read_bytes() == BODY
    assert server.asked_ranges == [None, "bytes=250000-", None]


def test_a_part_nobody_asked_for_is_not_taken_for_the_file(target: Path) -> None:
    part = status(206, BODY[:100], Content_Range=f"bytes 0-99/{len(BODY)}")

    with FaultyServer(BODY, part) as server:
        fetch(server, target)

    assert target.read_bytes() == BODY


def test_a_short_range_is_followed_by_the_next_one(target: Path) -> None:
    piece = BODY[250_000:300_000]
    short = status(206, piece, Content_Range=f"bytes 250000-299999/{len(BODY)}")

    with FaultyServer(BODY, cut_after(250_000), short) as server:
        fetch(server, target)

    assert target.read_bytes() == BODY
    assert server.asked_ranges == [None, "bytes=250000-", "bytes=300000-"]


def test_416_for_a_file_that_became_shorter_makes_it_start_over(target: Path) -> None:
    with FaultyServer(BODY, cut_after(250_000), status(416, Content_Range="bytes */100")) as server:
        fetch(server, target)

    assert target.read_bytes() == BODY
    assert server.asked_ranges == [None, "bytes=250000-", None]


def test_416_behind_the_last_byte_says_that_the_file_is_whole(target: Path) -> None:
    with FaultyServer(BODY, chunked(BODY, ends=False)) as server:
        arrived = fetch(server, target)

    assert server.asked_ranges == [None, f"bytes={len(BODY)}-"]
    assert arrived.sha256 == BODY_SHA256
    assert target.read_bytes() == BODY


def test_416_without_a_range_asked_for_is_a_refusal(target: Path) -> None:
    with FaultyServer(BODY, status(416)) as server, pytest.raises(PlatformError, match="416"):
        fetch(server, target)

    assert len(server.requests) == 1


# Lies about the length


def test_a_length_announced_too_long_is_an_error_in_the_end(target: Path) -> None:
    def boast(exchange: Exchange) -> None:
        if exchange.range_start is not None:
            honest(exchange)
            return
        exchange.begin(200, Content_Length=len(BODY) + 500, ETag=exchange.etag)
        exchange.write(BODY)

    with FaultyServer(BODY, *[boast] * 9) as server, pytest.raises(PlatformError, match="broke off for good"):
        fetch(server, target)

    assert not target.exists()


def test_a_length_announced_too_short_is_found_by_the_checksum(target: Path) -> None:
    def belittle(exchange: Exchange) -> None:
        exchange.begin(200, Content_Length=len(BODY) - 500, ETag=exchange.etag)
        exchange.write(BODY)

    with FaultyServer(BODY, belittle) as server, pytest.raises(PlatformError, match="SHA-256"):
        fetch(server, target, expected=ExpectedFile(sha256=BODY_SHA256))

    assert names(target.parent) == []


def test_more_bytes_than_the_range_announced_make_it_start_over(target: Path) -> None:
    rest = BODY[250_000:] + b"more"
    too_much = status(206, rest, Content_Range=f"bytes 250000-{len(BODY) - 1}/{len(BODY)}")

    with FaultyServer(BODY, cut_after(250_000), too_much) as server:
        fetch(server, target)

    assert target.read_bytes() == BODY


def test_chunks_without_a_length_arrive_whole(target: Path) -> None:
    seen: list[DownloadProgress] = []

    with FaultyServer(BODY, chunked(BODY[:100], BODY[100:])) as server:
        fetch(server, target, on_progress=seen.append)

    assert target.read_bytes() == BODY
    assert seen[-1].total_bytes is None


def test_chunks_that_break_off_are_resumed(target: Path) -> None:
    with FaultyServer(BODY, chunked(BODY[:1000], ends=False)) as server:
        fetch(server, target)

    assert target.read_bytes() == BODY
    assert server.asked_ranges == [None, "bytes=1000-"]


def test_an_empty_file_is_an_error(target: Path) -> None:
    with FaultyServer(b"") as server, pytest.raises(PlatformError, match="empty file"):
        fetch(server, target)

    assert names(target.parent) == []


# Statuses


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
def test_a_passing_fault_is_tried_again(target: Path, code: int) -> None:
    with FaultyServer(BODY, status(code, b"<html>sorry</html>", Content_Type="text/html")) as server:
        fetch(server, target)

    assert len(server.requests) == 2
    assert target.read_bytes() == BODY


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 204, 304])
def test_a_refusal_is_one_clear_error_and_not_tried_again(target: Path, code: int) -> None:
    with FaultyServer(BODY, status(code)) as server, pytest.raises(PlatformError, match=str(code)) as caught:
        fetch(server, target)

    assert len(server.requests) == 1
    assert caught.value.where == server.url
    assert names(target.parent) == []


@pytest.mark.parametrize("fault", [status(403), status(302, Location="ftp://host/x?token=s3cret"), reset_after(0)])
def test_no_secret_of_the_address_is_shown(target: Path, fault: Answer) -> None:
    with FaultyServer(BODY, *[fault] * 20) as server, pytest.raises(PlatformError) as caught:
        download(secret_url(server), target, policy=QUICK)

    assert caught.value.where == server.url
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


def test_no_secret_is_shown_where_nobody_answers(target: Path) -> None:
    with FaultyServer(BODY) as server:
        url = secret_url(server)

    with pytest.raises(PlatformError, match="refused the connection") as caught:
        download(url, target, policy=RetryPolicy(attempts=1))

    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


def secret_url(server: FaultyServer) -> str:
    return f"http://ann:s3cret@{server.authority}/sales.zip?token=s3cret#s3cret"


def test_it_waits_as_long_as_the_server_asks(target: Path) -> None:
    with FaultyServer(BODY, status(503, Retry_After=1)) as server:
        started = time.monotonic()
        fetch(server, target)

    assert time.monotonic() - started >= 1  # our own wait would have been 0.01 seconds
    assert target.read_bytes() == BODY


def test_it_does_not_wait_longer_than_it_may(target: Path) -> None:
    with (
        FaultyServer(BODY, status(429, Retry_After=3600)) as server,
        pytest.raises(PlatformError, match="wait 3600 seconds"),
    ):
        fetch(server, target)

    assert len(server.requests) == 1


def test_retry_after_may_be_a_date_and_nonsense_is_ignored() -> None:
    now = datetime(2020, 10, 2, tzinfo=UTC)

    assert retry_after_seconds(format_datetime(now + timedelta(seconds=90), usegmt=True), now) == 90
    assert retry_after_seconds(format_datetime(now - timedelta(days=1), usegmt=True), now) == 0
    assert retry_after_seconds(" 7 ", now) == 7
    assert [retry_after_seconds(text, now) for text in (None, "", "-5", "soon", "1.5")] == [None] * 5


def test_a_refused_connection_is_retried_and_then_named(target: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(PlatformError, match=r"refused the connection \(attempt 3, 0 of unknown bytes\)"):
        download(f"http://127.0.0.1:{port}/sales.zip", target, policy=QUICK)

    assert names(target.parent) == []


def test_a_name_nobody_knows_is_named(target: Path) -> None:
    with pytest.raises(PlatformError, match="name is not known"):
        download("http://no-such-host.invalid/sales.zip", target, policy=RetryPolicy(attempts=1))


def test_a_redirect_loop_is_one_error(target: Path) -> None:
    with FaultyServer(BODY, *[status(302, Location="/sales.zip")] * 50) as server:
        with pytest.raises(PlatformError, match="without end"):
            fetch(server, target)

        assert len(server.requests) <= 12


@pytest.mark.parametrize("location", ["file:///etc/hostname", "ftp://127.0.0.1/x"])
def test_a_redirect_off_the_web_is_refused(target: Path, location: str) -> None:
    with FaultyServer(BODY, status(302, Location=location)) as server:
        with pytest.raises(PlatformError, match="no web address"):
            fetch(server, target)

        assert len(server.requests) == 1
    assert names(target.parent) == []


@pytest.mark.parametrize(
    "url",
    ["", "sales.zip", "/sales.zip", "file:///etc/hostname", "ftp://host/x", "https://", "http://[", "http://h:x/"],
)
def test_only_whole_web_addresses_are_taken(target: Path, url: str) -> None:
    with pytest.raises(PlatformError, match="no web address"):
        download(url, target)

    assert not target.parent.exists()


def test_a_certificate_nobody_vouches_for_is_not_tried_again(tmp_path: Path, target: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl command, which makes the certificate, is not installed")
    pem = tmp_path / "server.pem"
    make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run([openssl, *make, "-keyout", pem, "-out", tmp_path / "c.pem"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c.pem", pem)
    accepted = []

    def handshake(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            accepted.append(connection)
            try:
                context.wrap_socket(connection, server_side=True)
            except OSError:
                connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=handshake, args=(listener,), daemon=True).start()
        with pytest.raises(PlatformError, match="certificate"):
            download(f"https://127.0.0.1:{listener.getsockname()[1]}/sales.zip", target, policy=QUICK)

    assert len(accepted) == 1


# Not the file


PAGE = b"\n <!DOCTYPE html><html><body>Sign in to go on</body></html>"


@pytest.mark.parametrize("media_type", ["text/html; charset=utf-8", "application/zip", None])
def test_a_web_page_is_not_taken_for_the_file(target: Path, media_type: str | None) -> None:
    with (
        FaultyServer(BODY, status(200, PAGE, Content_Type=media_type)) as server,
        pytest.raises(PlatformError, match="answered with a web page"),
    ):
        fetch(server, target, expected=ExpectedFile(len(BODY), BODY_SHA256))

    assert names(target.parent) == []


def test_a_web_page_that_comes_in_crumbs_is_found_too(target: Path) -> None:
    crumbs = [PAGE[start : start + 1] for start in range(len(PAGE))]

    with FaultyServer(BODY, chunked(*crumbs)) as server, pytest.raises(PlatformError, match="web page"):
        fetch(server, target)

    assert names(target.parent) == []


def test_a_web_page_does_not_cost_the_bytes_so_far(target: Path) -> None:
    with FaultyServer(BODY) as server:
        leave_a_part(server, target, 250_000)
        server.answers.append(status(200, PAGE))
        with pytest.raises(PlatformError, match="web page"):
            fetch(server, target)
        arrived = fetch(server, target)

    assert arrived.resumed_from_bytes == 250_000
    assert target.read_bytes() == BODY


def test_another_file_is_refused_and_removed(target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"the good one")

    with (
        FaultyServer(OTHER_BODY) as server,
        pytest.raises(PlatformError, match=f"{BODY_SHA256} was expected"),
    ):
        fetch(server, target, expected=ExpectedFile(len(BODY), BODY_SHA256))

    assert names(target.parent) == ["sales.zip"]
    assert target.read_bytes() == b"the good one"


def test_another_size_is_refused_before_the_bytes_come(target: Path) -> None:
    with (
        FaultyServer(BODY) as server,
        pytest.raises(PlatformError, match="offers a file of 600004 bytes, but 7 were expected"),
    ):
        fetch(server, target, expected=ExpectedFile(size_bytes=7))

    assert names(target.parent) == []


def test_another_size_is_refused_where_none_was_announced(target: Path) -> None:
    with FaultyServer(BODY, chunked(b"ab")) as server, pytest.raises(PlatformError, match="2 bytes, but 7"):
        fetch(server, target, expected=ExpectedFile(size_bytes=7))

    assert names(target.parent) == []


@pytest.mark.parametrize("answer", [honest, chunked(BODY)])
def test_a_file_over_the_limit_is_refused(target: Path, answer: Answer) -> None:
    with FaultyServer(BODY, answer) as server, pytest.raises(PlatformError, match="larger than the 1000 bytes"):
        fetch(server, target, max_bytes=1000)

    assert names(target.parent) == []


def test_a_server_that_compresses_all_the_same_is_understood(target: Path) -> None:
    packed = gzip.compress(BODY)

    with FaultyServer(BODY, status(200, packed, Content_Encoding="gzip", ETag='"z"')) as server:
        arrived = fetch(server, target)

    assert target.read_bytes() == BODY
    assert arrived.sha256 == BODY_SHA256


def test_what_was_unpacked_on_the_way_is_not_resumed_by_its_packed_size(target: Path) -> None:
    def cut_packed(exchange: Exchange) -> None:
        packed = gzip.compress(BODY, compresslevel=0)
        exchange.begin(200, Content_Length=len(packed), Content_Encoding="gzip", ETag=exchange.etag)
        exchange.write(packed[:300_000])

    with FaultyServer(BODY, cut_packed) as server:
        fetch(server, target)

    assert server.asked_ranges == [None, None]
    assert target.read_bytes() == BODY


@pytest.mark.parametrize("coding", ["gzip", "br", "made-up"])
def test_a_coding_that_cannot_be_undone_is_one_error(target: Path, coding: str) -> None:
    with (
        FaultyServer(BODY, status(200, b"not packed at all", Content_Encoding=coding)) as server,
        pytest.raises(PlatformError, match="compresses the file"),
    ):
        fetch(server, target)

    assert len(server.requests) == 1
    assert names(target.parent) == []


# The disk


def test_too_little_room_is_found_at_the_first_byte(target: Path) -> None:
    def offer_an_exabyte(exchange: Exchange) -> None:
        exchange.begin(200, Content_Length=10**18, ETag='"big"')
        exchange.write(BODY)

    with FaultyServer(BODY, offer_an_exabyte) as server, pytest.raises(PlatformError, match="bytes free"):
        fetch(server, target, max_bytes=10**19)

    assert names(target.parent) == []


LIMITED = """
import resource, sys
from pathlib import Path
from bandcamp_assets.errors import PlatformError
from bandcamp_assets.landing.download import download
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    download(sys.argv[1], Path(sys.argv[2]))
except PlatformError as error:
    print(error)
"""


def test_a_disk_that_takes_no_more_is_one_error_and_keeps_what_it_took(target: Path) -> None:
    with FaultyServer(BODY) as server:
        run = subprocess.run(
            [sys.executable, "-c", LIMITED, server.url, str(target)],
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.startswith("The file system refused: File too large")
        assert run.stderr == ""
        assert not target.exists()

        arrived = fetch(server, target)

    assert arrived.resumed_from_bytes == 300_000
    assert target.read_bytes() == BODY


def test_a_folder_that_cannot_be_made_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with FaultyServer(BODY) as server, pytest.raises(PlatformError, match="file system refused"):
        fetch(server, tmp_path / "file" / "sales.zip")

    assert server.requests == []


def test_a_target_that_is_a_folder_is_one_error(target: Path) -> None:
    target.mkdir(parents=True)

    with FaultyServer(BODY) as server, pytest.raises(PlatformError, match="file system refused"):
        fetch(server, target)


# Other processes


DOWNLOADER = """
import sys
from pathlib import Path
from bandcamp_assets.landing.download import download
download(sys.argv[1], Path(sys.argv[2]))
"""


def environment() -> dict[str, str]:
    package_parent = Path(bandcamp_assets.__file__).parent.parent
    return {**os.environ, "PYTHONPATH": str(package_parent)}


def start_downloader(server: FaultyServer, target: Path, wait_for_bytes: int) -> subprocess.Popen[bytes]:
    """Start a downloader of its own process, and come back when it has so many bytes on disk."""
    process = subprocess.Popen([sys.executable, "-c", DOWNLOADER, server.url, str(target)], env=environment())
    part = target.with_name("sales.zip.part")
    while not part.exists() or part.stat().st_size < wait_for_bytes:
        assert process.poll() is None, "the downloader ended before it was to be killed"
        time.sleep(0.01)
    return process


def test_a_killed_download_goes_on_in_the_next_process(target: Path) -> None:
    with FaultyServer(BODY, stall_after(400_000)) as server:
        process = start_downloader(server, target, wait_for_bytes=200_000)
        process.kill()
        process.wait()
        on_disk = target.with_name("sales.zip.part").stat().st_size
        assert not target.exists()

        arrived = fetch(server, target)

    assert server.asked_ranges == [None, f"bytes={on_disk}-"]
    assert arrived.resumed_from_bytes == on_disk
    assert arrived.sha256 == BODY_SHA256
    assert target.read_bytes() == BODY
    assert names(target.parent) == ["sales.zip"]


def test_two_processes_do_not_write_to_one_part(target: Path) -> None:
    with FaultyServer(BODY, stall_after(400_000)) as server:
        process = start_downloader(server, target, wait_for_bytes=200_000)
        with pytest.raises(PlatformError, match="Another process is downloading"):
            fetch(server, target)
        assert len(server.requests) == 1
        server.go_on.set()
        assert process.wait() == 0

    assert target.read_bytes() == BODY
    assert names(target.parent) == ["sales.zip"]


def test_a_download_killed_before_the_renaming_needs_no_request(target: Path) -> None:
    with FaultyServer(BODY) as server:
        leave_a_part(server, target, 1000)
        with target.with_name("sales.zip.part").open("ab") as part:
            part.write(BODY[1000:])
        arrived = fetch(server, target)

        assert server.requests == []
    assert arrived.attempts == 0
    assert arrived.sha256 == BODY_SHA256
    assert target.read_bytes() == BODY


def test_a_part_that_grew_too_long_is_started_over(target: Path) -> None:
    with FaultyServer(BODY) as server:
        leave_a_part(server, target, 1000)
        with target.with_name("sales.zip.part").open("ab") as part:
            part.write(BODY + b"more")
        fetch(server, target)

    assert target.read_bytes() == BODY


def test_its_errors_survive_the_way_between_processes(target: Path) -> None:
    with FaultyServer(BODY, status(404)) as server, pytest.raises(PlatformError) as caught:
        fetch(server, target)

    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301
