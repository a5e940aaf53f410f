"""Targets against real servers on the loopback address: what arrives, and what is said when nothing does."""

from __future__ import annotations

import logging
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bandcamp_assets.alerts.delivery import (
    GIVE_UP_SECONDS,
    MAX_WAITING,
    Outbox,
    Send,
    targets_of,
    verify_addresses,
)
from bandcamp_assets.alerts.fault import Fault, Severity
from bandcamp_assets.alerts.message import Message, News, Occasion, worded
from bandcamp_assets.alerts.settings import AlertSettings
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.alerts.mail_server import mail_server
from bandcamp_assets_tests.alerts.web_server import HOOK_PATH, NO_ANSWER, WebServer

RIGHT, WRONG = "right-password", "wrong:pass/word@x"
FAULT = Fault("step:x", Severity.ERROR, "Żółć <b>broke</b>", "here", "mend it", at=1.6e9)
LOG = logging.getLogger("bandcamp_assets.test")
NEW = News(Occasion.NEW, FAULT)


def message(now: float = 1.6e9) -> Message:
    return worded([NEW], 0, "", now)


def webhook(url: str) -> Send:
    env = {"BANDCAMP_ALERTS": "webhook", "BANDCAMP_ALERT_WEBHOOK_URL": url}
    return targets_of(AlertSettings.from_env(env), LOG)["webhook"]


def apprise(url: str) -> Send:
    return targets_of(AlertSettings.from_env({"BANDCAMP_ALERT_URLS": url}), LOG)["url 1"]


def mail(
    port: int, password: str = "", receivers: str = "a@example.com", *, is_remote: bool = False
) -> list[Send]:
    """What mails to each receiver. The name of a remote server stands for this machine here."""
    host = "mail.example.com" if is_remote else "127.0.0.1"
    settings = AlertSettings.from_env(
        {
            "BANDCAMP_ALERTS": "smtp",
            "BANDCAMP_ALERT_SMTP_URL": f"smtp://{host}:{port}",
            "BANDCAMP_ALERT_SMTP_USER": "robot@example.com" if password else "",
            "BANDCAMP_ALERT_SMTP_PASSWORD": password,
            "BANDCAMP_ALERT_MAIL_FROM": "data@example.com",
            "BANDCAMP_ALERT_MAIL_TO": receivers,
        }
    )
    here = {
        name: replace(address, url=address.url.replace("mail.example.com", "127.0.0.1"))
        for name, address in settings.addresses.items()
    }
    targets = targets_of(replace(settings, addresses=here), LOG)
    return [send for name, send in targets.items() if name.startswith("smtp")]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_platform_loads_without_loading_apprise() -> None:
    modules = "bandcamp_assets.definitions, bandcamp_assets.defs.sensors.alerts"
    loading = f"import sys, {modules}; print('apprise' in sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", loading], capture_output=True, text=True, check=True).stdout

    assert loaded == "False\n"


def test_a_webhook_gets_the_text_alone(web: WebServer) -> None:
    assert webhook(web.url)(message()) == ""

    (body,) = web.bodies
    assert list(body) == ["text"]
    assert "*[bandcamp] failed: x: Żółć &lt;b&gt;broke" in body["text"]
    assert "what to do: mend it" in body["text"]


@pytest.mark.parametrize(
    "path", ["/T0/B0", "/a%2Fb/c%20d", "/x?api-version=2016&sp=%2Ft%2Frun&Empty=", "/x?sig=a%2Bb%3D&x=%26%25"]
)
def test_a_webhook_is_asked_by_its_very_address(web: WebServer, path: str) -> None:
    webhook(f"http://127.0.0.1:{web.port}{path}")(message())

    assert web.paths == [path]


@pytest.mark.parametrize("status", [404, 302, 429, 503, NO_ANSWER])
def test_a_webhook_that_refuses_fails_without_showing_its_address(
    web: WebServer, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    web.answers[:] = [status]

    reason = webhook(web.url)(message())

    assert (str(status) if status else "Connection") in reason
    assert web.asked == 1  # no redirect is followed
    assert "SECRET" not in reason + caplog.text
    assert "hidden-query-value" not in reason + caplog.text


def test_a_webhook_whose_server_is_away_fails_without_showing_its_address() -> None:
    reason = webhook(f"http://127.0.0.1:{free_port()}{HOOK_PATH}")(message())

    assert "refused" in reason
    assert "SECRET" not in reason
    assert "hidden-query-value" not in reason


def test_a_service_of_apprise_gets_subject_and_text(web: WebServer) -> None:
    assert apprise(f"json://127.0.0.1:{web.port}/path")(message()) == ""

    (body,) = web.bodies
    assert body["title"] == "[bandcamp] failed: x: Żółć <b>broke</b>"
    assert "what to do: mend it" in body["message"]
    assert body["type"] == "failure"


@pytest.mark.parametrize(
    "url",
    [
        "json://chat.example/planted-key",
        "jsons://chat.example/planted-key?verify=no",
        "jsons://chat.example/planted-key?redirect=yes",
        "mailto://robot:planted-key@mail.example?to=a@example.com",
        "mailtos://robot:planted-key@mail.example?mode=insecure&to=a@example.com",
        "mailtos://robot:planted-key@localhost?smtp=mail.example&mode=insecure&from=a@example.com&to=a@example.com",
    ],
)
def test_nothing_is_sent_to_an_address_that_is_not_encrypted_and_verified(url: str) -> None:
    reason = apprise(url)(message())

    assert "would not be encrypted and verified" in reason
    assert "planted" not in reason


def test_an_address_that_apprise_does_not_know_is_said_without_showing_it() -> None:
    reason = apprise("pigeon://planted-key/x")(message())

    assert "does not know such an address" in reason
    assert "planted" not in reason


@pytest.mark.parametrize(
    ("url", "said"),
    [("pigeon://planted-key/x", "does not know"), ("json://chat.example/planted-key", "encrypted")],
)
def test_an_address_that_nothing_can_go_to_is_found_before_a_message_is(url: str, said: str) -> None:
    settings = AlertSettings.from_env({"BANDCAMP_ALERT_URLS": f"ntfys://ntfy.example/topic {url}"})

    with pytest.raises(PlatformError, match=said) as error:
        verify_addresses(settings)

    assert error.value.where == "target url 2 of the alerts"
    assert "planted" not in str(error.value)


def test_addresses_that_messages_can_go_to_are_named_without_their_keys() -> None:
    urls = (
        "ntfys://ntfy.example/topic https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    )

    assert verify_addresses(AlertSettings.from_env({"BANDCAMP_ALERT_URLS": urls})) == "can go to url 1, url 2"


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


def test_the_log_is_as_loud_as_the_message_is_bad(caplog: pytest.LogCaptureFixture) -> None:
    to_log = targets_of(AlertSettings(), LOG)["log"]
    warning = News(Occasion.STILL, replace(FAULT, severity=Severity.WARNING))
    recovered = News(Occasion.RECOVERED, FAULT)

    with caplog.at_level(logging.INFO, LOG.name):
        for news in (NEW, warning, recovered):
            to_log(worded([news], 0, "", 0.0))

    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING", "INFO"]


@contextmanager
def silent_server() -> Iterator[int]:
    """A server that takes connections and never answers. Gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []
        threading.Thread(target=lambda: held.append(server.accept()[0]), daemon=True).start()
        yield int(server.getsockname()[1])
        for connection in held:
            connection.close()


def test_a_target_that_does_not_answer_keeps_the_others_from_nothing(web: WebServer) -> None:
    outbox = Outbox()
    with silent_server() as port:
        targets = {"silent": apprise(f"json://127.0.0.1:{port}?rto=0.3"), "web": webhook(web.url)}
        outbox.put(message(), targets)
        failed = outbox.deliver(targets, 1.6e9)

    assert list(failed) == ["silent"]
    assert len(web.bodies) == 1
    assert outbox.waiting == 1


class Moody:
    """A target that is away until told otherwise."""

    def __init__(self) -> None:
        self.away = True
        self.got: list[Message] = []

    def __call__(self, message: Message) -> str:
        if not self.away:
            self.got.append(message)
        return "away" if self.away else ""


def test_a_target_that_comes_back_gets_all_in_order_and_the_others_got_theirs_once() -> None:
    moody, steady = Moody(), Moody()
    steady.away = False
    outbox, targets = Outbox(), {"moody": moody, "steady": steady}
    for moment in (1.0, 2.0):
        outbox.put(message(moment), targets)
    assert outbox.deliver(targets, 0.0) == {"moody": "away"}

    moody.away = False
    assert outbox.deliver(targets, 3_600.0) == {}

    assert [m.created_at for m in moody.got] == [m.created_at for m in steady.got] == [1.0, 2.0]
    assert outbox.waiting == 0


def test_a_target_that_stays_away_is_tried_less_and_less_often() -> None:
    moody, outbox = Moody(), Outbox()
    outbox.put(message(0.0), {"moody": moody})

    tried = [second for second in range(0, 7_200, 30) if outbox.deliver({"moody": moody}, second)]

    assert tried[:4] == [0, 30, 90, 210]
    assert max(later - earlier for earlier, later in pairwise(tried)) <= 900


def test_what_waits_is_bounded_and_what_was_lost_is_said() -> None:
    moody, outbox = Moody(), Outbox()
    for number in range(MAX_WAITING + 30):
        outbox.put(message(float(number)), {"moody": moody})
    outbox.deliver({"moody": moody}, 100.0)
    moody.away = False

    outbox.deliver({"moody": moody}, 10_000.0)

    assert [m.created_at for m in moody.got] == [float(number) for number in range(30, MAX_WAITING + 30)]
    assert "30 earlier messages could not be delivered" in moody.got[0].text
    assert "could not be delivered" not in moody.got[1].text


def test_a_message_nobody_took_for_two_days_is_given_up() -> None:
    moody, outbox = Moody(), Outbox()
    outbox.put(message(0.0), {"moody": moody})

    outbox.deliver({"moody": moody}, GIVE_UP_SECONDS + 1)

    assert outbox.waiting == 0
