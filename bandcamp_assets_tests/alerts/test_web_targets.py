"""Webhooks and services of apprise, against a real web server: what arrives, or what is said instead."""

from __future__ import annotations

import pytest

from bandcamp_assets.alerts.delivery import (
    verify_addresses,
)
from bandcamp_assets.alerts.settings import AlertSettings
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.alerts.targets import apprise, free_port, message, webhook
from bandcamp_assets_tests.alerts.web_server import HOOK_PATH, NO_ANSWER, WebServer


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
