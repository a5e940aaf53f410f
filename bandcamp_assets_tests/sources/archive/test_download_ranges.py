"""A server that sends other bytes than requested or announced is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bandcamp_assets.sources.archive.download import (
    DownloadProgress,
    ExpectedFile,
)
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.sources.archive.faulty_server import (
    Exchange,
    FaultyServer,
    chunked,
    cut_after,
    honest,
    status,
)
from bandcamp_assets_tests.sources.archive.fetching import (
    BODY,
    BODY_SHA256,
    OTHER_BODY,
    fetch,
    names,
)

# Wrong ranges


@pytest.mark.parametrize(
    "content_range",
    [
        "bytes 0-99/604",
        "bytes 250001-600003/600004",
        "bytes 250000-600003/999999",
        "bytes 250000-9/600004",
        "garbage",
        None,
    ],
)
def test_a_wrong_content_range_makes_it_start_over(target: Path, content_range: str | None) -> None:
    wrong = status(206, OTHER_BODY[:100], Content_Range=content_range)

    with FaultyServer(BODY, cut_after(250_000), wrong) as server:
        fetch(server, target)

    assert target.read_bytes() == BODY
    assert server.asked_ranges == [None, "bytes=250000-", None]


def test_a_part_that_was_not_requested_is_not_taken_for_the_file(target: Path) -> None:
    part = status(206, BODY[:100], Content_Range=f"bytes 0-99/{len(BODY)}")

    with FaultyServer(BODY, part) as server:
        fetch(server, target)

    assert target.read_bytes() == BODY


def test_a_short_range_is_followed_by_the_next_one(target: Path) -> None:
    piece = BODY[250_000:300_000]
    short = status(206, piece, Content_Range=f"bytes 250000-299999/{len(BODY)}")

    with FaultyServer(BODY, cut_after(250_000), short) as server:
        fetch(server, target)

    assert target.read_bytes() == BODY
    assert server.asked_ranges == [None, "bytes=250000-", "bytes=300000-"]


def test_416_for_a_file_that_became_shorter_makes_it_start_over(target: Path) -> None:
    with FaultyServer(BODY, cut_after(250_000), status(416, Content_Range="bytes */100")) as server:
        fetch(server, target)

    assert target.read_bytes() == BODY
    assert server.asked_ranges == [None, "bytes=250000-", None]


def test_416_after_the_last_byte_means_that_the_file_is_complete(target: Path) -> None:
    with FaultyServer(BODY, chunked(BODY, ends=False)) as server:
        arrived = fetch(server, target)

    assert server.asked_ranges == [None, f"bytes={len(BODY)}-"]
    assert arrived.sha256 == BODY_SHA256
    assert target.read_bytes() == BODY


def test_416_without_a_requested_range_is_a_refusal(target: Path) -> None:
    with FaultyServer(BODY, status(416)) as server, pytest.raises(PlatformError, match="416"):
        fetch(server, target)

    assert len(server.requests) == 1


# Wrong lengths


def test_a_length_announced_too_long_is_an_error(target: Path) -> None:
    def boast(exchange: Exchange) -> None:
        if exchange.range_start is not None:
            honest(exchange)
            return
        exchange.begin(200, Content_Length=len(BODY) + 500, ETag=exchange.etag)
        exchange.write(BODY)

    with FaultyServer(BODY, *[boast] * 9) as server, pytest.raises(PlatformError, match="The download failed"):
        fetch(server, target)

    assert not target.exists()


def test_a_length_announced_too_short_is_found_by_the_checksum(target: Path) -> None:
    def belittle(exchange: Exchange) -> None:
        exchange.begin(200, Content_Length=len(BODY) - 500, ETag=exchange.etag)
        exchange.write(BODY)

    with FaultyServer(BODY, belittle) as server, pytest.raises(PlatformError, match="SHA-256"):
        fetch(server, target, expected=ExpectedFile(sha256=BODY_SHA256))

    assert names(target.parent) == []


def test_more_bytes_than_the_range_announced_make_it_start_over(target: Path) -> None:
    rest = BODY[250_000:] + b"more"
    too_much = status(206, rest, Content_Range=f"bytes 250000-{len(BODY) - 1}/{len(BODY)}")

    with FaultyServer(BODY, cut_after(250_000), too_much) as server:
        fetch(server, target)

    assert target.read_bytes() == BODY


def test_chunks_without_a_length_arrive_complete(target: Path) -> None:
    seen: list[DownloadProgress] = []

    with FaultyServer(BODY, chunked(BODY[:100], BODY[100:])) as server:
        fetch(server, target, on_progress=seen.append)

    assert target.read_bytes() == BODY
    assert seen[-1].total_bytes is None


def test_chunks_that_break_off_are_resumed(target: Path) -> None:
    with FaultyServer(BODY, chunked(BODY[:1000], ends=False)) as server:
        fetch(server, target)

    assert target.read_bytes() == BODY
    assert server.asked_ranges == [None, "bytes=1000-"]


def test_an_empty_file_is_an_error(target: Path) -> None:
    with FaultyServer(b"") as server, pytest.raises(PlatformError, match="empty file"):
        fetch(server, target)

    assert names(target.parent) == []
