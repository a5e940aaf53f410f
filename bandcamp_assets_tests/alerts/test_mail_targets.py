"""Mail, against a real server: what arrives, over TLS where it must, and no password in what is said."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from bandcamp_assets_tests.alerts.mail_server import mail_server
from bandcamp_assets_tests.alerts.targets import RIGHT, WRONG, mail, message


def test_a_mail_is_plain_text_whatever_a_name_holds() -> None:
    with mail_server() as (port, received):
        (send,) = mail(port)
        assert send(message()) == ""

    (got,) = received.mails
    assert got["Subject"] == "[bandcamp] failed: x: Żółć <b>broke</b>"
    assert got["From"] == "data@example.com"
    assert got.get_content_type() == "text/plain"
    assert "what to do: mend it" in got.get_content()
    assert "Żółć <b>broke</b>" in got.get_content()


def test_each_receiver_gets_a_mail() -> None:
    with mail_server() as (port, received):
        for send in mail(port, receivers="a@example.com, b@example.com"):
            assert send(message()) == ""

    assert [got["To"] for got in received.mails] == ["a@example.com", "b@example.com"]


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for the loopback address that this process trusts."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed (Debian: package openssl)")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    request = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        ["openssl", "req", *request, *names, "-keyout", key, "-out", cert], check=True, capture_output=True
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


def test_login_and_mail_go_over_tls_to_another_machine(certificate: ssl.SSLContext) -> None:
    with mail_server(tls=certificate, only_login=RIGHT) as (port, received):
        (send,) = mail(port, RIGHT, is_remote=True)
        assert send(message()) == ""

    assert received.logins == [("robot@example.com", RIGHT)]
    assert received.encrypted == [True]


def test_nothing_is_sent_to_a_server_without_tls_where_it_is_required() -> None:
    with mail_server(only_login=RIGHT) as (port, received):
        (send,) = mail(port, RIGHT, is_remote=True)
        reason = send(message())

    assert "STARTTLS" in reason
    assert received.logins == []
    assert received.mails == []


def test_nothing_is_sent_to_a_server_whose_certificate_is_not_trusted(
    certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with mail_server(tls=certificate) as (port, received):
        (send,) = mail(port, is_remote=True)
        reason = send(message())

    assert "CERTIFICATE_VERIFY_FAILED" in reason
    assert received.mails == []


def test_a_refused_login_does_not_show_the_password(caplog: pytest.LogCaptureFixture) -> None:
    with mail_server(only_login=RIGHT) as (port, received):
        (send,) = mail(port, WRONG)
        reason = send(message())

    assert received.logins == [("robot@example.com", WRONG)]
    assert "535" in reason
    assert WRONG not in reason + caplog.text
