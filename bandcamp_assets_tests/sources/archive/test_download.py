"""A download arrives complete, checked and in one step."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bandcamp_assets.sources.archive.download import (
    DownloadedFile,
    DownloadProgress,
    ExpectedFile,
)
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.sources.archive.faulty_server import (
    Answer,
    Exchange,
    FaultyServer,
    chunked,
    honest,
    status,
)
from bandcamp_assets_tests.sources.archive.fetching import (
    BODY,
    BODY_SHA256,
    OTHER_BODY,
    fetch,
    leave_a_part,
    names,
)

# Normal downloads


def test_a_file_arrives_complete_with_its_facts(target: Path) -> None:
    with FaultyServer(BODY) as server:
        arrived = fetch(server, target, expected=ExpectedFile(len(BODY), BODY_SHA256.upper()))

    assert target.read_bytes() == BODY
    assert arrived == DownloadedFile(target, len(BODY), BODY_SHA256, server.url, server.etag, None, 0, 1)
    assert names(target.parent) == ["sales.zip"]


def test_it_requests_uncompressed_bytes(target: Path) -> None:
    with FaultyServer(BODY) as server:
        fetch(server, target)

    assert server.requests[0].headers["accept-encoding"] == "identity"
    assert "range" not in server.requests[0].headers


def test_an_existing_file_is_replaced(target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"old")

    with FaultyServer(BODY) as server:
        fetch(server, target)

    assert target.read_bytes() == BODY


def test_progress_ends_with_all_bytes_and_the_speed(target: Path) -> None:
    seen: list[DownloadProgress] = []

    with FaultyServer(BODY) as server:
        fetch(server, target, on_progress=seen.append)

    assert seen[-1].bytes_so_far == seen[-1].total_bytes == len(BODY)
    assert seen[-1].bytes_per_second > 0
    assert [state.bytes_so_far for state in seen] == sorted(state.bytes_so_far for state in seen)


def test_redirects_are_followed(target: Path) -> None:
    with FaultyServer(BODY, status(302, Location="/elsewhere.zip")) as server:
        fetch(server, target)

    assert [request.path for request in server.requests] == ["/sales.zip", "/elsewhere.zip"]
    assert target.read_bytes() == BODY


# Another file


PAGE = b"\n <!DOCTYPE html><html><body>Sign in to go on</body></html>"


@pytest.mark.parametrize("media_type", ["text/html; charset=utf-8", "application/zip", None])
def test_a_web_page_is_not_taken_for_the_file(target: Path, media_type: str | None) -> None:
    with (
        FaultyServer(BODY, status(200, PAGE, Content_Type=media_type)) as server,
        pytest.raises(PlatformError, match="answered with a web page"),
    ):
        fetch(server, target, expected=ExpectedFile(len(BODY), BODY_SHA256))

    assert names(target.parent) == []


def test_a_web_page_that_arrives_in_small_pieces_is_recognized_too(target: Path) -> None:
    crumbs = [PAGE[start : start + 1] for start in range(len(PAGE))]

    with FaultyServer(BODY, chunked(*crumbs)) as server, pytest.raises(PlatformError, match="web page"):
        fetch(server, target)

    assert names(target.parent) == []


def test_a_web_page_does_not_cost_the_bytes_so_far(target: Path) -> None:
    with FaultyServer(BODY) as server:
        leave_a_part(server, target, 250_000)
        server.answers.append(status(200, PAGE))
        with pytest.raises(PlatformError, match="web page"):
            fetch(server, target)
        arrived = fetch(server, target)

    assert arrived.resumed_from_bytes == 250_000
    assert target.read_bytes() == BODY


def test_another_file_is_refused_and_removed(target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"the good one")

    with (
        FaultyServer(OTHER_BODY) as server,
        pytest.raises(PlatformError, match=f"{BODY_SHA256} was expected"),
    ):
        fetch(server, target, expected=ExpectedFile(len(BODY), BODY_SHA256))

    assert names(target.parent) == ["sales.zip"]
    assert target.read_bytes() == b"the good one"


def test_another_size_is_refused_before_the_bytes_come(target: Path) -> None:
    with (
        FaultyServer(BODY) as server,
        pytest.raises(PlatformError, match="offers a file of 600004 bytes, but 7 were expected"),
    ):
        fetch(server, target, expected=ExpectedFile(size_bytes=7))

    assert names(target.parent) == []


def test_another_size_is_refused_even_if_none_was_announced(target: Path) -> None:
    with FaultyServer(BODY, chunked(b"ab")) as server, pytest.raises(PlatformError, match="2 bytes, but 7"):
        fetch(server, target, expected=ExpectedFile(size_bytes=7))

    assert names(target.parent) == []


@pytest.mark.parametrize("answer", [honest, chunked(BODY)])
def test_a_file_over_the_limit_is_refused(target: Path, answer: Answer) -> None:
    with FaultyServer(BODY, answer) as server, pytest.raises(PlatformError, match="larger than the 1000 bytes"):
        fetch(server, target, max_bytes=1000)

    assert names(target.parent) == []


def test_a_server_that_compresses_anyway_is_understood(target: Path) -> None:
    packed = gzip.compress(BODY)

    with FaultyServer(BODY, status(200, packed, Content_Encoding="gzip", ETag='"z"')) as server:
        arrived = fetch(server, target)

    assert target.read_bytes() == BODY
    assert arrived.sha256 == BODY_SHA256


def test_decompressed_bytes_are_not_resumed_by_the_compressed_size(target: Path) -> None:
    def cut_packed(exchange: Exchange) -> None:
        packed = gzip.compress(BODY, compresslevel=0)
        exchange.begin(200, Content_Length=len(packed), Content_Encoding="gzip", ETag=exchange.etag)
        exchange.write(packed[:300_000])

    with FaultyServer(BODY, cut_packed) as server:
        fetch(server, target)

    assert server.asked_ranges == [None, None]
    assert target.read_bytes() == BODY


@pytest.mark.parametrize("coding", ["gzip", "br", "invented"])
def test_a_coding_that_cannot_be_undone_is_one_error(target: Path, coding: str) -> None:
    with (
        FaultyServer(BODY, status(200, b"not packed at all", Content_Encoding=coding)) as server,
        pytest.raises(PlatformError, match="compresses the file"),
    ):
        fetch(server, target)

    assert len(server.requests) == 1
    assert names(target.parent) == []
