"""A poll fetches all new pages, reports gaps and faults, and stops at the end of the feed."""

# A Decimal equals an int, which mypy does not believe inside a tuple.
# mypy: disable-error-code="comparison-overlap"

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bandcamp_assets.sources.feed import PageKind, PageStore, PollResult, Window, coverage
from bandcamp_assets.sources.feed.errors import FeedRefused, FeedUnavailable
from bandcamp_assets.sources.feed.poll_result import WarningKind
from bandcamp_assets_tests.sources.feed.conftest import names, page_bytes, poll_once
from bandcamp_assets_tests.sources.feed.feed_faults import (
    ENDING_FAULTS,
    PASSING_FAULTS,
    Fault,
    answer,
    edited,
    honest,
    skewed,
    status,
)
from bandcamp_assets_tests.sources.feed.feed_server import FeedServer
from bandcamp_assets_tests.sources.feed.generated_feed import FIRST_SECOND, GeneratedFeed

FEED = GeneratedFeed(days=1, seed=5)
BEGIN = FIRST_SECOND + 3600
"""The initial time of the server's clock."""


def kinds(result: PollResult) -> list[WarningKind]:
    return [warning.kind for warning in result.warnings]


def span(start: float, end: float) -> Window:
    return Window(Decimal(start), Decimal(end))


def test_the_first_poll_takes_the_latest_page_and_no_more(store: PageStore) -> None:
    with FeedServer(FEED) as server:
        result = poll_once(server, store)

    assert server.paths == ["/get_initial"]
    assert (result.cursor, result.caught_up, result.error) == (BEGIN, True, None)
    assert len(result.new_pages) == 1
    assert (result.gaps, result.overlaps, result.warnings) == ((), (), [])


def test_the_next_poll_continues_page_by_page_to_the_end_of_the_feed(store: PageStore) -> None:
    with FeedServer(FEED) as server:
        poll_once(server, store)
        server.clock.advance(1500)
        result = poll_once(server, store)

    assert server.paths[1:] == [f"/get?start_date={BEGIN + n}" for n in (0, 600, 1200)]
    assert (result.cursor, result.caught_up) == (BEGIN + 1500, True)
    assert server.most_at_once == 1


def test_a_poll_at_the_end_of_the_feed_makes_one_request_and_stores_nothing(store: PageStore) -> None:
    with FeedServer(FEED) as server:
        poll_once(server, store)
        before = names(store)
        result = poll_once(server, store)

    assert len(server.requests) == 2
    assert (result.caught_up, result.new_pages, result.cursor) == (True, [], BEGIN)
    assert names(store) == before


def test_hours_without_a_sale_move_the_cursor_too(store: PageStore) -> None:
    with FeedServer(GeneratedFeed(days=1, seed=1, sales_per_day=1)) as server:
        poll_once(server, store)
        server.clock.advance(3600)
        result = poll_once(server, store)

    assert sum(page.events for page in result.pages) == 0
    assert coverage(store.windows()).cursor == result.cursor == BEGIN + 3600


def test_a_poll_stops_after_its_limit_of_pages_and_says_so(store: PageStore) -> None:
    with FeedServer(FEED) as server:
        poll_once(server, store)
        server.clock.advance(3600)
        result = poll_once(server, store, max_pages=2)
        rest = poll_once(server, store)

    assert (len(result.pages), result.caught_up, kinds(result)) == (2, False, [WarningKind.MORE_TO_COME])
    assert (rest.cursor, rest.caught_up) == (BEGIN + 3600, True)


def test_the_time_that_the_feed_forgot_during_a_long_stop_is_a_gap(store: PageStore) -> None:
    with FeedServer(FEED, reach_back_seconds=3600) as server:
        poll_once(server, store)
        server.clock.advance(3 * 3600)
        result = poll_once(server, store)
        quiet = poll_once(server, store)

    assert result.gaps == (span(BEGIN, BEGIN + 2 * 3600),)
    assert result.gaps[0].seconds == 7200
    assert (result.cursor, result.caught_up) == (BEGIN + 3 * 3600, True)
    assert quiet.gaps == ()


def test_if_the_feed_refuses_a_forgotten_time_polling_starts_again_with_a_gap(store: PageStore) -> None:
    with FeedServer(FEED, reach_back_seconds=3600, refuses_forgotten=True) as server:
        poll_once(server, store)
        server.clock.advance(3 * 3600)
        result = poll_once(server, store)

    assert kinds(result) == [WarningKind.BEGAN_ANEW]
    assert result.gaps == (span(BEGIN, BEGIN + 3 * 3600 - 600),)
    assert (result.cursor, result.error) == (BEGIN + 3 * 3600, None)


def test_overlapping_pages_are_reported(store: PageStore) -> None:
    with FeedServer(FEED, overlap_seconds=60) as server:
        poll_once(server, store)
        server.clock.advance(1200)
        result = poll_once(server, store)

    assert result.overlaps == (span(BEGIN - 60, BEGIN), span(BEGIN + 540, BEGIN + 600))
    assert result.gaps == ()


@pytest.mark.parametrize("fault", PASSING_FAULTS)
def test_a_temporary_fault_costs_nothing(store: PageStore, fault: Fault) -> None:
    with FeedServer(FEED, [honest, fault, honest, fault]) as server:
        poll_once(server, store)
        server.clock.advance(1200)
        result = poll_once(server, store)

    assert (result.error, result.cursor) == (None, BEGIN + 1200)


@pytest.mark.parametrize("fault", ENDING_FAULTS)
def test_a_fault_that_ends_a_poll_keeps_its_pages_and_the_next_poll_continues(
    store: PageStore, fault: Fault
) -> None:
    with FeedServer(FEED, [honest, honest, fault]) as server:
        poll_once(server, store)
        server.clock.advance(1800)
        broken = poll_once(server, store)
        whole = poll_once(server, store)

    assert broken.error
    assert (broken.cursor, broken.caught_up) == (BEGIN + 600, False)
    assert (whole.cursor, whole.error, whole.gaps) == (BEGIN + 1800, None, ())


def test_an_answer_that_is_not_a_page_is_kept_and_named_in_the_error(store: PageStore) -> None:
    with FeedServer(FEED, [answer(b'{"error": true}')]) as server:
        result = poll_once(server, store)

    (page,) = result.new_pages
    assert page.kind is PageKind.UNREADABLE
    assert result.error
    assert str(page.path) in result.error.where
    assert result.cursor is None


def test_the_time_of_the_next_request_is_returned(store: PageStore) -> None:
    with FeedServer(FEED, [status(429, Retry_After="7200")]) as server:
        before = datetime.now(UTC)
        result = poll_once(server, store)

    assert isinstance(result.error, FeedUnavailable)
    assert result.come_back_at == result.error.come_back_at
    assert result.come_back_at is not None
    assert before + timedelta(hours=2) <= result.come_back_at <= datetime.now(UTC) + timedelta(hours=2)


def test_a_feed_that_is_gone_is_an_error_and_polling_does_not_start_again_for_ever(store: PageStore) -> None:
    with FeedServer(FEED, [honest, *[status(404)] * 2]) as server:
        poll_once(server, store)
        result = poll_once(server, store)

    assert isinstance(result.error, FeedRefused)
    assert len(server.requests) == 3


@pytest.mark.parametrize("seconds", [-4000, 4000])
def test_a_wrong_clock_of_the_server_is_reported_and_stops_nothing(store: PageStore, seconds: int) -> None:
    with FeedServer(FEED, fault_source=lambda: skewed(seconds)) as server:
        poll_once(server, store)
        for _ in range(3):
            server.clock.advance(600)
            result = poll_once(server, store)

    assert kinds(result) == [WarningKind.CLOCK_SKEW]
    assert (result.cursor, result.caught_up) == (BEGIN + 1800, True)
    assert len(server.requests) == 4


@pytest.mark.parametrize(("seconds", "reported"), [(-330, True), (-270, False), (270, False), (330, True)])
def test_a_clock_that_is_wrong_by_more_than_five_minutes_is_reported(
    store: PageStore, seconds: int, *, reported: bool
) -> None:
    with FeedServer(FEED, fault_source=lambda: skewed(seconds)) as server:
        result = poll_once(server, store)

    assert kinds(result) == [WarningKind.CLOCK_SKEW] * reported


def test_a_server_that_answers_the_same_window_again_is_asked_once(store: PageStore) -> None:
    with FeedServer(FEED) as server:
        poll_once(server, store)
        body = page_bytes(BEGIN - 600, BEGIN, [{"items": []}])
        server.faults.extend([answer(body)] * 9)
        result = poll_once(server, store)
        again = poll_once(server, store)

    assert len(server.requests) == 3
    assert (result.caught_up, result.cursor) == (True, BEGIN)
    assert len(result.new_pages) == 1  # it has other events than before, so it is kept
    assert again.new_pages == []


def test_a_server_that_goes_back_in_time_is_reported_and_its_pages_are_kept(store: PageStore) -> None:
    with FeedServer(FEED) as server:
        poll_once(server, store)
        server.faults.append(answer(page_bytes(BEGIN - 5000, BEGIN - 4400, [{"items": []}])))
        result = poll_once(server, store)

    assert set(kinds(result)) == {WarningKind.BACK_IN_TIME, WarningKind.CLOCK_SKEW}
    assert (len(result.new_pages), result.cursor) == (1, BEGIN)


def test_a_window_in_the_future_does_not_move_the_cursor(store: PageStore) -> None:
    with FeedServer(FEED) as server:
        poll_once(server, store)
        server.clock.advance(600)
        server.faults.append(edited(end_date=BEGIN + 5000))
        result = poll_once(server, store)
        after = poll_once(server, store)

    assert kinds(result) == [WarningKind.DOUBTFUL_WINDOW]
    assert result.new_pages[0].kind is PageKind.DOUBTFUL
    assert (result.cursor, after.cursor, after.gaps) == (BEGIN, BEGIN + 600, ())


def test_a_feed_without_a_clock_or_a_delay_is_followed_to_its_end(store: PageStore) -> None:
    bare = edited(server_time=None, data_delay_sec=None)
    with FeedServer(FEED, fault_source=lambda: bare) as server:
        for _ in range(5):
            server.clock.advance(600)
            result = poll_once(server, store)

    assert (result.caught_up, result.cursor) == (True, BEGIN + 3000)


def test_an_answer_of_a_killed_process_is_processed_first(store: PageStore) -> None:
    store.folder.mkdir(parents=True)
    with FeedServer(FEED) as server:
        store.keep(page_bytes(BEGIN - 600, BEGIN))
        server.clock.advance(600)
        result = poll_once(server, store)

    assert server.paths == [f"/get?start_date={BEGIN}"]
    assert [page.is_new for page in result.pages] == [True, True]
    assert (result.cursor, result.gaps) == (BEGIN + 600, ())
