"""Settings of alerts: clear refusals, and no secret in any of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bandcamp_assets.alerts.settings import DESCRIPTIONS, SECRETS, AlertSettings
from bandcamp_assets.system.errors import PlatformError

MAIL = {
    "BANDCAMP_ALERTS": "smtp",
    "BANDCAMP_ALERT_SMTP_URL": "smtp://mail.example.com",
    "BANDCAMP_ALERT_SMTP_USER": "robot",
    "BANDCAMP_ALERT_SMTP_PASSWORD": "planted-password",
    "BANDCAMP_ALERT_MAIL_FROM": "data@example.com",
    "BANDCAMP_ALERT_MAIL_TO": "one@example.com, two@example.com",
}
HOOK = {"BANDCAMP_ALERTS": "webhook", "BANDCAMP_ALERT_WEBHOOK_URL": "https://hooks.example/planted-path"}


def test_nothing_set_means_the_log() -> None:
    assert AlertSettings.from_env({}) == AlertSettings()


def test_none_means_nobody() -> None:
    settings = AlertSettings.from_env(
        {"BANDCAMP_ALERTS": "none", "BANDCAMP_ALERT_URLS": "ntfys://ntfy.example/topic"}
    )

    assert (settings.log, settings.addresses) == (False, {})


def test_all_targets_at_once() -> None:
    urls = "ntfys://ntfy.example/topic\nslack://planted-one/planted-two/planted-three"

    settings = AlertSettings.from_env(
        {**MAIL, **HOOK, "BANDCAMP_ALERTS": "webhook,smtp", "BANDCAMP_ALERT_URLS": urls}
    )

    assert not settings.log
    assert list(settings.addresses) == ["webhook", "smtp", "smtp 2", "url 1", "url 2"]


@pytest.mark.parametrize(
    ("server", "port", "mode"),
    [
        ("smtp://mail.example.com", 587, "starttls"),
        ("smtps://mail.example.com", 465, "ssl"),
        ("smtp://mail.example.com:25", 25, "starttls"),
        ("smtp://localhost:25", 25, "insecure"),
    ],
)
def test_mail_is_encrypted_unless_it_stays_on_this_machine(server: str, port: int, mode: str) -> None:
    settings = AlertSettings.from_env({**MAIL, "BANDCAMP_ALERT_SMTP_URL": server})

    url = settings.addresses["smtp"].url
    assert f":{port}/" in url
    assert f"mode={mode}&" in url


def test_secrets_may_lie_in_files(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from-a-file\n")
    (tmp_path / "urls").write_text("jsons://chat.example/key-from-a-file\n")
    env = {key: value for key, value in MAIL.items() if key != "BANDCAMP_ALERT_SMTP_PASSWORD"}
    files = {
        "BANDCAMP_ALERT_SMTP_PASSWORD_FILE": str(tmp_path / "password"),
        "BANDCAMP_ALERT_URLS_FILE": str(tmp_path / "urls"),
    }

    settings = AlertSettings.from_env({**env, **files})

    assert "robot:from-a-file@" in settings.addresses["smtp"].url
    assert settings.addresses["url 1"].url == "jsons://chat.example/key-from-a-file"
    assert {"from-a-file", "key-from-a-file"} <= set(settings.secrets)


def test_the_keys_in_an_address_are_secret_and_its_host_is_not() -> None:
    url = "mailtos://robot:planted%3A@mail.example.com/services/T01234567/a.b.c.d.e?to=people@example.com"

    secrets = AlertSettings.from_env({"BANDCAMP_ALERT_URLS": url}).secrets

    assert {url, "planted:", "T01234567", "a.b.c.d.e"} <= set(secrets)
    assert not {"mail.example.com", "services"} & set(secrets)


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"BANDCAMP_ALERTS": "log,pigeon"}, "BANDCAMP_ALERTS"),
        ({"BANDCAMP_ALERTS": "webhook"}, "BANDCAMP_ALERT_WEBHOOK_URL"),
        ({**HOOK, "BANDCAMP_ALERT_WEBHOOK_URL": "hooks.example/planted"}, "BANDCAMP_ALERT_WEBHOOK_URL"),
        ({**HOOK, "BANDCAMP_ALERT_WEBHOOK_URL": "http://hooks.example/planted"}, "unencrypted"),
        ({**HOOK, "BANDCAMP_ALERT_WEBHOOK_URL": "https://u:planted@hooks.example/"}, "BANDCAMP_ALERT_WEBHOOK_URL"),
        ({**HOOK, "BANDCAMP_ALERT_WEBHOOK_URL_FILE": "/planted"}, "BANDCAMP_ALERT_WEBHOOK_URL_FILE"),
        ({"BANDCAMP_ALERT_URLS": "chat.example/planted"}, "BANDCAMP_ALERT_URLS"),
        ({"BANDCAMP_ALERT_URLS": "jsons://chat.example/\x1bplanted"}, "BANDCAMP_ALERT_URLS"),
        ({**MAIL, "BANDCAMP_ALERT_SMTP_URL": ""}, "BANDCAMP_ALERT_SMTP_URL"),
        ({**MAIL, "BANDCAMP_ALERT_SMTP_URL": "mail.example.com:25"}, "BANDCAMP_ALERT_SMTP_URL"),
        ({**MAIL, "BANDCAMP_ALERT_SMTP_URL": "smtp://u:planted@mail.example"}, "BANDCAMP_ALERT_SMTP_USER"),
        ({**MAIL, "BANDCAMP_ALERT_SMTP_USER": ""}, "BANDCAMP_ALERT_SMTP_USER"),
        ({**MAIL, "BANDCAMP_ALERT_SMTP_PASSWORD": ""}, "BANDCAMP_ALERT_SMTP_PASSWORD"),
        ({**MAIL, "BANDCAMP_ALERT_MAIL_FROM": ""}, "BANDCAMP_ALERT_MAIL_FROM"),
        ({**MAIL, "BANDCAMP_ALERT_MAIL_TO": "nobody"}, "BANDCAMP_ALERT_MAIL_TO"),
        ({**MAIL, "BANDCAMP_ALERT_MAIL_TO": "a@example.com\nBcc: b@example.com"}, "BANDCAMP_ALERT_MAIL_TO"),
        ({"BANDCAMP_ALERT_UI_URL": "dagster.example"}, "BANDCAMP_ALERT_UI_URL"),
        ({"BANDCAMP_ALERT_REPEAT_HOURS": "0"}, "BANDCAMP_ALERT_REPEAT_HOURS"),
    ],
)
def test_a_wrong_setting_is_named_and_no_secret_shown(env: dict[str, str], named: str) -> None:
    with pytest.raises(PlatformError, match=named) as error:
        AlertSettings.from_env(env)

    assert "planted" not in str(error.value)


def test_a_secret_is_in_no_printed_settings() -> None:
    urls = {"BANDCAMP_ALERT_URLS": "slack://planted-one/planted-two"}

    assert "planted" not in repr(
        AlertSettings.from_env({**MAIL, **HOOK, **urls, "BANDCAMP_ALERTS": "smtp,webhook"})
    )


def test_every_secret_may_be_a_file() -> None:
    assert {f"{name}_FILE" for name in SECRETS} <= set(DESCRIPTIONS)
