"""Temporary faults of server and network are retried; others are one clear error without secrets."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bandcamp_assets.sources.archive.download import (
    RetryPolicy,
    download,
)
from bandcamp_assets.sources.retry_policy import retry_after_seconds
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.sources.archive.faulty_server import (
    Answer,
    FaultyServer,
    reset_after,
    status,
)
from bandcamp_assets_tests.sources.archive.fetching import (
    BODY,
    QUICK,
    fetch,
    names,
)


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
def test_a_temporary_fault_is_retried(target: Path, code: int) -> None:
    with FaultyServer(BODY, status(code, b"<html>sorry</html>", Content_Type="text/html")) as server:
        fetch(server, target)

    assert len(server.requests) == 2
    assert target.read_bytes() == BODY


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 204, 304])
def test_a_refusal_is_one_clear_error_and_not_retried(target: Path, code: int) -> None:
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


def test_no_secret_is_shown_if_nobody_answers(target: Path) -> None:
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

    assert time.monotonic() - started >= 1  # our own backoff would have been 0.01 seconds
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


def test_an_unknown_host_is_named(target: Path) -> None:
    with pytest.raises(PlatformError, match="name is not known"):
        download("http://no-such-host.invalid/sales.zip", target, policy=RetryPolicy(attempts=1))


def test_a_redirect_loop_is_one_error(target: Path) -> None:
    with FaultyServer(BODY, *[status(302, Location="/sales.zip")] * 50) as server:
        with pytest.raises(PlatformError, match="redirects too often"):
            fetch(server, target)

        assert len(server.requests) <= 12


@pytest.mark.parametrize("location", ["file:///etc/hostname", "ftp://127.0.0.1/x"])
def test_a_redirect_off_the_web_is_refused(target: Path, location: str) -> None:
    with FaultyServer(BODY, status(302, Location=location)) as server:
        with pytest.raises(PlatformError, match="not a web address"):
            fetch(server, target)

        assert len(server.requests) == 1
    assert names(target.parent) == []


@pytest.mark.parametrize(
    "url",
    ["", "sales.zip", "/sales.zip", "file:///etc/hostname", "ftp://host/x", "https://", "http://[", "http://h:x/"],
)
def test_only_complete_web_addresses_are_accepted(target: Path, url: str) -> None:
    with pytest.raises(PlatformError, match="not a web address"):
        download(url, target)

    assert not target.parent.exists()


def test_an_untrusted_certificate_is_not_retried(tmp_path: Path, target: Path) -> None:
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
