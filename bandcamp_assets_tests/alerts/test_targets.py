"""Targets against real servers on the loopback address: what arrives, and what is said when nothing does."""

from __future__ import annotations

import logging
import shutil
import socket
import ssl
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bandcamp_assets.alerts.fault import Fault, Severity
from bandcamp_assets.alerts.message import Message, News, Occasion, Wording
from bandcamp_assets.alerts.outbox import GIVE_UP_SECONDS, MAX_WAITING, Outbox
from bandcamp_assets.alerts.settings import SmtpSettings
from bandcamp_assets.alerts.targets import DeliveryFailed, LogTarget, SmtpTarget, WebhookTarget
from bandcamp_assets_tests.alerts.mail_server import mail_server
from bandcamp_assets_tests.alerts.web_server import HOOK_PATH, NO_ANSWER, WebServer

RIGHT, WRONG = "right-password", "wrong-password"
FAULT = Fault("step:x", Severity.ERROR, "Żółć <b>broke</b>", "here", "mend it", at=1.6e9)


def message(now: float = 1.6e9) -> Message:
    return Wording().single(News(Occasion.NEW, FAULT), now)


def server(port: int, **changes: object) -> SmtpSettings:
    settings = SmtpSettings(
        "127.0.0.1", port, False, False, "", "", "data@example.com", ("a@example.com", "b@example.com")
    )
    return replace(settings, **changes)  # type: ignore[arg-type]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_webhook_gets_the_text(web: WebServer) -> None:
    WebhookTarget(web.url).send(message())

    (body,) = web.bodies
    assert "Żółć &lt;b&gt;broke" in body["text"]


@pytest.mark.parametrize("stumble", [500, NO_ANSWER])
def test_a_webhook_is_tried_again_at_once_when_the_server_stumbles(web: WebServer, stumble: int) -> None:
    web.answers[:] = [stumble]

    WebhookTarget(web.url).send(message())

    assert (web.asked, len(web.bodies)) == (2, 1)


@pytest.mark.parametrize(("status", "asked"), [(404, 1), (302, 1), (429, 1), (503, 2)])
def test_a_webhook_that_refuses_fails_without_showing_its_address(web: WebServer, status: int, asked: int) -> None:
    web.answers[:] = [status] * 2

    with pytest.raises(DeliveryFailed, match=str(status)) as error:
        WebhookTarget(web.url).send(message())

    assert web.asked == asked
    assert "SECRET" not in str(error.value)


def test_a_webhook_whose_server_is_away_fails_without_showing_its_address() -> None:
    with pytest.raises(DeliveryFailed, match="refused") as error:
        WebhookTarget(f"http://127.0.0.1:{free_port()}{HOOK_PATH}").send(message())

    assert "SECRET" not in str(error.value)
    assert "hidden-query-value" not in str(error.value)


def test_a_mail_has_both_forms_and_every_receiver() -> None:
    with mail_server() as (port, received):
        SmtpTarget(server(port)).send(message())

    (mail,) = received.mails
    assert mail["To"] == "a@example.com, b@example.com"
    assert mail["Subject"] == "[bandcamp] failed: x: Żółć <b>broke</b>"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "what to do: mend it" in plain.get_content()
    assert "Żółć &lt;b&gt;broke" in html.get_content()


def test_a_second_delivery_has_the_same_message_id() -> None:
    with mail_server() as (port, received):
        for _ in range(2):
            SmtpTarget(server(port)).send(message())

    first, second = received.mails
    assert first["Message-ID"] == second["Message-ID"]


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


def test_login_and_mail_go_over_tls_where_the_server_offers_it(certificate: ssl.SSLContext) -> None:
    with mail_server(tls=certificate, only_login=RIGHT) as (port, received):
        SmtpTarget(server(port, user="robot", password=RIGHT, tls_required=True)).send(message())

    assert received.logins == [("robot", RIGHT)]
    assert received.encrypted == [True]


def test_nothing_is_sent_to_a_server_without_tls_where_it_is_required() -> None:
    with mail_server(only_login=RIGHT) as (port, received):
        target = SmtpTarget(server(port, user="robot", password=RIGHT, tls_required=True))
        with pytest.raises(DeliveryFailed, match="TLS"):
            target.send(message())

    assert received.logins == []
    assert received.mails == []


def test_nothing_is_sent_to_a_server_whose_certificate_is_not_trusted(
    certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    failing = pytest.raises(DeliveryFailed, match="CERTIFICATE_VERIFY_FAILED")
    with mail_server(tls=certificate) as (port, received), failing:
        SmtpTarget(server(port, tls_required=True)).send(message())

    assert received.mails == []


def test_a_refused_login_does_not_show_the_password() -> None:
    with mail_server(only_login=RIGHT) as (port, _received), pytest.raises(DeliveryFailed) as error:
        SmtpTarget(server(port, user="robot", password=WRONG)).send(message())

    assert "535" in str(error.value)
    assert WRONG not in str(error.value)


def test_the_log_is_as_loud_as_the_message_is_bad(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("bandcamp_assets.test")
    warning = Wording().single(News(Occasion.STILL, replace(FAULT, severity=Severity.WARNING)), 0.0)
    recovered = Wording().single(News(Occasion.RECOVERED, FAULT), 0.0)

    with caplog.at_level(logging.INFO, log.name):
        for each in (message(), warning, recovered):
            LogTarget(log).send(each)

    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING", "INFO"]


class Moody:
    """A target that is away until told otherwise."""

    def __init__(self) -> None:
        self.away = True
        self.got: list[Message] = []

    def send(self, message: Message) -> None:
        if self.away:
            raise DeliveryFailed("away")
        self.got.append(message)


def test_a_target_that_comes_back_gets_all_in_order_and_the_others_got_theirs_once() -> None:
    moody, steady = Moody(), Moody()
    steady.away = False
    outbox, targets = Outbox(), {"moody": moody, "steady": steady}
    outbox.put([message(1.0), message(2.0)], targets)
    assert outbox.deliver(targets, 0.0) == {"moody": "away"}

    moody.away = False
    assert outbox.deliver(targets, 3_600.0) == {}

    assert [m.created_at for m in moody.got] == [m.created_at for m in steady.got] == [1.0, 2.0]
    assert outbox.waiting == 0


def test_a_target_that_stays_away_is_tried_less_and_less_often() -> None:
    moody, outbox = Moody(), Outbox()
    outbox.put([message(0.0)], {"moody": moody})

    tried = [second for second in range(0, 7_200, 30) if outbox.deliver({"moody": moody}, second)]

    assert tried[:4] == [0, 30, 90, 210]
    assert max(later - earlier for earlier, later in pairwise(tried)) <= 900


def test_what_waits_is_bounded_and_what_was_lost_is_said() -> None:
    moody, outbox = Moody(), Outbox()
    for number in range(MAX_WAITING + 30):
        outbox.put([message(float(number))], {"moody": moody})
    outbox.deliver({"moody": moody}, 100.0)
    moody.away = False

    outbox.deliver({"moody": moody}, 10_000.0)

    assert [m.created_at for m in moody.got] == [float(number) for number in range(30, MAX_WAITING + 30)]
    assert "30 earlier messages could not be delivered" in moody.got[0].text
    assert "could not be delivered" not in moody.got[1].text


def test_a_message_nobody_took_for_two_days_is_given_up() -> None:
    moody, outbox = Moody(), Outbox()
    outbox.put([message(0.0)], {"moody": moody})

    outbox.deliver({"moody": moody}, GIVE_UP_SECONDS + 1)

    assert outbox.waiting == 0
