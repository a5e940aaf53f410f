"""Messages: no secret, no markup of others, one line where one line belongs."""

from __future__ import annotations

import pytest

from bandcamp_assets.alerts.fault import Fault, Severity
from bandcamp_assets.alerts.masking import MASK, mask, secret_values
from bandcamp_assets.alerts.message import MAX_SUBJECT, MAX_TEXT, News, Occasion, worded


def news(what: str, where: str = "there") -> News:
    return News(Occasion.NEW, Fault("step:x", Severity.ERROR, what, where, run_id="1234-abcd", at=1.6e9))


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://dagster:hidden@db:5432/dagster",
        "https://hidden@example.com/x",
        "GET https://storage.example/o?X-Goog-Signature=hidden&x=1 failed",
        "token=hidden",
        "api_key: hidden",
        '{"client_secret": "hidden", "id": 7}',
        "{'password': 'hidden words'}",
        "Authorization: Bearer hiddenhidden",
        "Authorization: Basic aGlkZGVuOmhpZGRlbg==hidden",
        "-----BEGIN PRIVATE KEY-----\nhidden\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nhidden and cut o",
        "https://hooks.slack.com/services/hidden/hidden/hidden",
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str) -> None:
    masked = mask(text)

    assert "hidden" not in masked
    assert MASK in masked


@pytest.mark.parametrize("spelling", ["p@ss wörd/1", "p%40ss%20w%C3%B6rd%2F1", "p%40ss+w%C3%B6rd%2F1"])
def test_a_known_secret_is_masked_in_every_spelling(spelling: str) -> None:
    assert mask(f"login {spelling} refused", ["p@ss wörd/1"]) == f"login {MASK} refused"


def test_a_secret_that_begins_with_another_one_is_masked_whole() -> None:
    assert (
        mask("login secret-of-production refused", ["secret", "secret-of-production"]) == f"login {MASK} refused"
    )


@pytest.mark.parametrize("shown", ["first\nsecond", r"first\nsecond"], ids=["as it is", "as code"])
def test_a_secret_of_two_lines_is_masked_also_where_it_is_shown_as_code(shown: str) -> None:
    assert mask(f"login {shown} refused", ["first\nsecond"]) == f"login {MASK} refused"


def test_a_secret_address_is_masked_also_where_only_its_path_is_quoted() -> None:
    told = "Max retries exceeded with url: /services/T0/hidden?part=2 (Caused by: refused)"

    masked = mask(told, ["https://chat.example/services/T0/hidden?part=2"])

    assert masked == f"Max retries exceeded with url: {MASK} (Caused by: refused)"


def test_ordinary_text_stays_as_it_is() -> None:
    text = "3 days differ\n  where: https://storage.example/o/x.parquet, row 12\n  what to do: see `bandcamp`"

    assert mask(text, ["short", ""]) == text


def test_masking_a_long_hostile_text_ends_soon() -> None:
    assert mask("a.a-" * 5_000 + "://" * 5_000)


def test_variables_that_are_named_like_secrets_are_secret() -> None:
    env = {"POSTGRES_PASSWORD": "one-secret", "MY_TOKEN": "another", "PATH": "/usr/bin", "DB_PASSWORD": "abc"}

    assert secret_values(env) == ("one-secret", "another")


def test_a_subject_is_one_short_line() -> None:
    message = worded([news("first\r\nBcc: everyone@example.com\n" + "x" * 500)], 0, "", 0.0)

    assert len(message.subject.splitlines()) == 1
    assert len(message.subject) <= MAX_SUBJECT


def test_a_text_is_bounded() -> None:
    many = [news("w" * 400, f"{number}" * 100) for number in range(50)]

    assert len(worded(many, 0, "", 0.0).text) <= MAX_TEXT


def test_a_secret_that_would_be_cut_in_two_is_masked_before() -> None:
    fault = news("x" * 390 + " a-long-secret-value").fault.masked(["a-long-secret-value"])

    assert "a-lo" not in fault.what
