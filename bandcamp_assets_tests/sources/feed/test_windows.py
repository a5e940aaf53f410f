"""Gaps, overlaps and the cursor follow from the windows alone, in any order."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandcamp_assets.sources.feed.windows import Window, coverage, is_in_future, plain


def window(start: float, end: float) -> Window:
    return Window(Decimal(str(start)), Decimal(str(end)))


@pytest.mark.parametrize(
    ("windows", "cursor", "gaps", "overlaps"),
    [
        ([], None, [], []),
        ([(0, 10)], 10, [], []),
        ([(0, 10), (10, 20)], 20, [], []),
        ([(10, 20), (0, 10)], 20, [], []),
        ([(0, 10), (15, 20)], 20, [(10, 15)], []),
        ([(0, 10), (8, 20)], 20, [], [(8, 10)]),
        ([(0, 10), (0, 10)], 10, [], [(0, 10)]),
        ([(0, 30), (5, 10), (8, 12), (20, 25)], 30, [], [(5, 12), (20, 25)]),
        ([(0, 10), (20, 30), (10, 20)], 30, [], []),
        ([(0, 10), (10, 10), (12, 12)], 12, [(10, 12)], []),
        ([(0, 10.5), (10.75, 20)], 20, [(10.5, 10.75)], []),
    ],
)
def test_windows_side_by_side(
    windows: list[tuple[float, float]],
    cursor: float | None,
    gaps: list[tuple[float, float]],
    overlaps: list[tuple[float, float]],
) -> None:
    found = coverage([window(*each) for each in windows])

    assert found.cursor == cursor
    assert list(found.gaps) == [window(*each) for each in gaps]
    assert list(found.overlaps) == [window(*each) for each in overlaps]


def test_a_gap_has_its_seconds() -> None:
    (gap,) = coverage([window(0, 10), window(15.5, 20)]).gaps

    assert gap.seconds == Decimal("5.5")


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 8)), max_size=12))
def test_every_second_is_covered_by_no_window_by_one_or_by_several(pairs: list[tuple[int, int]]) -> None:
    windows = [window(start, start + length) for start, length in pairs]
    times = [sum(each.start_date <= second < each.end_date for each in windows) for second in range(50)]

    found = coverage(windows)

    def inside(parts: tuple[Window, ...]) -> list[bool]:
        return [any(part.start_date <= second < part.end_date for part in parts) for second in range(50)]

    first = min((start for start, _ in pairs), default=0)
    assert found.cursor == max((each.end_date for each in windows), default=None)
    assert inside(found.overlaps) == [count > 1 for count in times]
    assert inside(found.gaps) == [
        count == 0 and found.cursor is not None and first <= second < found.cursor
        for second, count in enumerate(times)
    ]


@pytest.mark.parametrize(
    ("end_ahead", "server_ahead", "expected"),
    [
        (0, 9, False),
        (200, 0, False),  # within the tolerance
        (400, 0, True),
        (0, -4000, False),  # the server's clock is behind
        (4000, 4000, False),  # our clock is behind
        (90_000, 90_000, True),  # by more than a sale may be ahead
        (80_000, None, False),
        (90_000, None, True),
    ],
)
def test_a_window_that_ends_ahead_of_both_clocks_is_in_the_future(
    end_ahead: int, server_ahead: int | None, *, expected: bool
) -> None:
    ours = 1_000_000

    found = is_in_future(
        window(0, ours + end_ahead),
        server_time=None if server_ahead is None else Decimal(ours + server_ahead),
        arrived_at=datetime.fromtimestamp(ours, UTC),
    )

    assert found is expected


@pytest.mark.parametrize(
    ("seconds", "text"),
    [("1688672400.0", "1688672400"), ("1.6E+9", "1600000000"), ("0.50", "0.5"), ("100", "100")],
)
def test_a_time_is_written_without_exponent_and_trailing_zeros(seconds: str, text: str) -> None:
    assert plain(Decimal(seconds)) == text
