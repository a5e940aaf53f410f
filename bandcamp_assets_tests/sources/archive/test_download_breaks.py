"""A broken download resumes where it stopped, with the same version of the file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bandcamp_assets.sources.archive.download import (
    ExpectedFile,
    RetryPolicy,
    download,
)
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.sources.archive.faulty_server import (
    Answer,
    Exchange,
    FaultyServer,
    cut_after,
    ignore_if_range,
    ignore_range,
    reset_after,
    stall_after,
    status,
)
from bandcamp_assets_tests.sources.archive.fetching import (
    BODY,
    BODY_SHA256,
    OTHER_BODY,
    QUICK,
    fetch,
    leave_a_part,
    names,
)

# Breaks


@pytest.mark.parametrize("breaks", [cut_after, reset_after])
def test_a_broken_download_resumes_where_it_stopped(target: Path, breaks: Callable[[int], Answer]) -> None:
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


def test_each_attempt_with_new_bytes_resets_the_count_of_failures(target: Path) -> None:
    many_more_than_allowed_in_a_row = [cut_after(60_000)] * (10 * QUICK.attempts)

    with FaultyServer(BODY, *many_more_than_allowed_in_a_row) as server:
        fetch(server, target)

    assert target.read_bytes() == BODY
    assert server.asked_ranges == [None, *(f"bytes={start}-" for start in range(60_000, 600_001, 60_000))]


def test_even_attempts_with_new_bytes_are_limited(target: Path) -> None:
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

    # The first attempt brought bytes; later ones brought the same bytes.
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


def test_a_download_is_not_resumed_by_a_weak_etag_but_by_a_date(target: Path) -> None:
    date = "Wed, 21 Oct 2020 07:28:00 GMT"

    def cut_weak(exchange: Exchange) -> None:
        exchange.begin(200, Content_Length=len(BODY), ETag='W/"1"', Last_Modified=date)
        exchange.write(BODY[:1000])

    with FaultyServer(BODY, cut_weak) as server:
        fetch(server, target)

    assert server.requests[1].headers["if-range"] == date
    assert target.read_bytes() == BODY


# Another version


def test_two_versions_of_a_file_are_not_joined(target: Path) -> None:
    def cut_and_change(exchange: Exchange) -> None:
        cut_after(250_000)(exchange)
        exchange.server.body = OTHER_BODY

    with FaultyServer(BODY, cut_and_change) as server:
        arrived = fetch(server, target)

    assert target.read_bytes() == OTHER_BODY
    assert arrived.sha256 == hashlib.sha256(OTHER_BODY).hexdigest()


def test_two_versions_are_not_joined_if_the_server_ignores_if_range(target: Path) -> None:
    def cut_and_change(exchange: Exchange) -> None:
        cut_after(250_000)(exchange)
        exchange.server.body = OTHER_BODY

    with FaultyServer(BODY, cut_and_change, ignore_if_range) as server:
        fetch(server, target)

    assert target.read_bytes() == OTHER_BODY
    assert server.asked_ranges == [None, "bytes=250000-", None]


def test_a_part_from_another_address_is_not_used(target: Path) -> None:
    with FaultyServer(BODY) as server:
        leave_a_part(server, target, 1000)
        download(f"{server.url}?version=2", target, policy=QUICK)

        assert server.asked_ranges == [None]
    assert target.read_bytes() == BODY


@pytest.mark.parametrize("note", [b"", b"[]", b"{", b'{"etag": 1}', b"\xff\x00"])
def test_a_part_with_a_damaged_note_is_not_used(target: Path, note: bytes) -> None:
    with FaultyServer(BODY) as server:
        leave_a_part(server, target, 1000)
        target.with_name("sales.zip.part.json").write_bytes(note)
        fetch(server, target)

        assert server.asked_ranges == [None]
    assert target.read_bytes() == BODY


def test_the_note_contains_no_secrets(target: Path) -> None:
    broken = [cut_after(1000), *[status(503)] * 3]
    with FaultyServer(BODY, *broken) as server, pytest.raises(PlatformError, match="the server answered 503"):
        download(f"http://ann:s3cret@{server.authority}/sales.zip?token=s3cret", target, policy=QUICK)

    note = target.with_name("sales.zip.part.json").read_text()
    assert "s3cret" not in note
    assert json.loads(note)["total_bytes"] == len(BODY)
