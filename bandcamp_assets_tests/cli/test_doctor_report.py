"""`bandcamp doctor --report` says what a helper needs, and nothing that should not be public."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from bandcamp_assets.cli.doctor import examine
from bandcamp_assets.cli.doctor_report import print_report
from bandcamp_assets.system import package
from bandcamp_assets_tests.homes import TestHome

PLANTED = "planted-secret-4Vn8"


def report(home: TestHome, **settings: str) -> dict[str, str]:
    """The report by section."""
    done = home.bandcamp("doctor", "--report", **settings)
    assert done.returncode == 0, done.stderr
    introduction, *parts = done.stdout.split("\n\n")
    assert introduction.startswith("Read this before you post it")
    return {title: text for title, _, text in (part.partition("\n") for part in parts)}


def test_it_has_versions_settings_ledger_and_the_last_error(two_days: TestHome, tmp_path: Path) -> None:
    (tmp_path / "broken.csv").write_bytes(b"no,sales\n1,2\n")
    failed = two_days.bandcamp("run", "--source", str(tmp_path / "broken.csv"))
    assert failed.returncode == 1, failed.stdout

    said = report(two_days, BANDCAMP_KEEP_RUNS_DAYS="7")

    assert list(said) == ["versions", "settings", "ledger", "last error"]
    assert f"bandcamp-assets {version('bandcamp-assets')}\n" in said["versions"]
    assert f"dagster {version('dagster')}\n" in said["versions"]
    assert f"dbt-bigquery {version('dbt-bigquery')}" in said["versions"]
    assert "pytest" not in said["versions"]
    assert "BANDCAMP_KEEP_RUNS_DAYS = 7" in said["settings"]
    assert "BANDCAMP_HOME is set" in said["settings"]
    assert "Every raw row is a sale, a duplicate or a rejected row" in said["ledger"]
    assert "what to do: " in said["last error"]
    assert "broken.csv" in said["last error"]


def test_it_has_no_secret_no_name_and_no_money(two_days: TestHome) -> None:
    said = report(
        two_days,
        BANDCAMP_ALERT_WEBHOOK_URL=f"https://hooks.example.com/services/{PLANTED}",
        BANDCAMP_ALERT_SMTP_PASSWORD=PLANTED,
        BANDCAMP_ALERT_SMTP_USER="ada.lovelace",
        BANDCAMP_ALERT_MAIL_TO="ada@example.com",
        BANDCAMP_GCP_PROJECT="project-of-ada",
        BANDCAMP_MISTYPED=PLANTED,
    )

    text = "\n".join(said.values())
    assert [
        word for word in (PLANTED, "ada", "USD", str(two_days.root)) if word in text.replace("Traceback", "")
    ] == []
    assert "BANDCAMP_ALERT_SMTP_PASSWORD is set" in said["settings"]
    assert "BANDCAMP_MISTYPED is set (there is no such setting)" in said["settings"]


def test_it_changes_nothing_and_works_without_a_home(tmp_path: Path) -> None:
    said = report(TestHome(tmp_path / "home"))

    assert "there is nothing in the home yet" in said["ledger"]
    assert "there were no runs yet" in said["last error"]
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_setting_is_said_where_it_matters(tmp_path: Path) -> None:
    said = report(TestHome(tmp_path / "home"), BANDCAMP_MARTS="sometimes")

    assert "BANDCAMP_MARTS = sometimes" in said["settings"]
    assert "what to do: " in said["settings"]
    assert f"bandcamp-assets {version('bandcamp-assets')}" in said["versions"]


def test_a_home_without_a_failed_run_says_so(two_days: TestHome) -> None:
    assert "no run that is still recorded has failed" in report(two_days)["last error"]


def test_where_the_package_is_not_installed_its_version_is_unknown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # As in the image of production, which holds the code beside its environment.
    monkeypatch.setattr(package, "PACKAGE", "a-package-that-is-not-installed")
    env = {"BANDCAMP_HOME": str(tmp_path / "home")}

    print_report(env)
    sound = examine(env)

    printed = capsys.readouterr().out
    assert "bandcamp-assets unknown" in printed
    assert (sound, "✓ versions" in printed) == (0, True)
