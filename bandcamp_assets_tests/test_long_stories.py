"""CI begins no long story after the moment that it names, and all other tests whenever they come."""

from __future__ import annotations

import pytest

from bandcamp_assets_tests.long_stories import pytest_runtest_setup

PAST, FUTURE = "1", "99999999999"


def test_a_long_story_is_left_out_when_its_time_has_passed(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    request.node.add_marker(pytest.mark.long)
    monkeypatch.setenv("LONG_UNTIL", PAST)

    with pytest.raises(pytest.skip.Exception, match="the weekly run tells all"):
        pytest_runtest_setup(request.node)


@pytest.mark.parametrize("until", ["", FUTURE])
def test_a_long_story_is_told_in_time(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, until: str
) -> None:
    request.node.add_marker(pytest.mark.long)
    monkeypatch.setenv("LONG_UNTIL", until)

    pytest_runtest_setup(request.node)


def test_other_tests_have_no_such_time(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONG_UNTIL", PAST)

    pytest_runtest_setup(request.node)
