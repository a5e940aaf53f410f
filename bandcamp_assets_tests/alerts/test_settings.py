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
    assert AlertSettings.from_env({"BANDCAMP_ALERTS": "none"}).targets == ()


def test_all_targets_at_once() -> None:
    settings = AlertSettings.from_env({**MAIL, **HOOK, "BANDCAMP_ALERTS": "log, webhook,smtp"})

    assert settings.targets == ("log", "webhook", "smtp")
    assert settings.smtp is not None
    assert (settings.smtp.host, settings.smtp.port, settings.smtp.tls_required) == ("mail.example.com", 587, True)
    assert settings.smtp.receivers == ("one@example.com", "two@example.com")


def test_secrets_may_lie_in_files(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from-a-file\n")
    env = {key: value for key, value in MAIL.items() if key != "BANDCAMP_ALERT_SMTP_PASSWORD"}

    settings = AlertSettings.from_env({**env, "BANDCAMP_ALERT_SMTP_PASSWORD_FILE": str(tmp_path / "password")})

    assert settings.smtp is not None
    assert [settings.smtp.password] == ["from-a-file"]
    assert "from-a-file" in settings.secrets


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"BANDCAMP_ALERTS": "log,pigeon"}, "BANDCAMP_ALERTS"),
        ({"BANDCAMP_ALERTS": "webhook"}, "BANDCAMP_ALERT_WEBHOOK_URL"),
        ({**HOOK, "BANDCAMP_ALERT_WEBHOOK_URL": "hooks.example/planted"}, "BANDCAMP_ALERT_WEBHOOK_URL"),
        ({**HOOK, "BANDCAMP_ALERT_WEBHOOK_URL": "http://hooks.example/planted"}, "unencrypted"),
        ({**HOOK, "BANDCAMP_ALERT_WEBHOOK_URL": "https://u:planted@hooks.example/"}, "BANDCAMP_ALERT_WEBHOOK_URL"),
        ({**HOOK, "BANDCAMP_ALERT_WEBHOOK_URL_FILE": "/planted"}, "BANDCAMP_ALERT_WEBHOOK_URL_FILE"),
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
    assert "planted" not in repr(AlertSettings.from_env({**MAIL, **HOOK, "BANDCAMP_ALERTS": "smtp,webhook"}))


def test_every_secret_may_be_a_file() -> None:
    assert {f"{name}_FILE" for name in SECRETS} <= set(DESCRIPTIONS)
