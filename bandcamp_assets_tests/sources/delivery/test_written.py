"""Sales that other programs have written are the same, row for row; anything else is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.sources.delivery.matrix import PAGE, expected, page, staged
from bandcamp_assets_tests.sources.delivery.written import REFUSED, WAYS, Way, sales


def named(way: Way) -> str:
    return f"{way.part}: {way.name}"


@pytest.mark.parametrize("way", WAYS, ids=named)
def test_the_facts_are_those_of_the_archives_form(way: Way, tmp_path: Path):
    for name in ("found", "expected"):
        (tmp_path / name).mkdir()

    _, found, rejected = staged(way, tmp_path / "found")

    assert rejected.is_empty(), rejected["detail"].to_list()
    wanted = expected(way, tmp_path / "expected")
    assert wanted.height > len(sales()) // 3
    assert found.equals(wanted)


@pytest.mark.parametrize("way", REFUSED, ids=named)
def test_it_is_refused_in_one_sentence_that_names_the_file_and_says_what_to_do(way: Way, tmp_path: Path):
    with pytest.raises(PlatformError) as refused:
        staged(way, tmp_path)

    assert len(str(refused.value).splitlines()) == 3
    assert refused.value.remedy
    assert not (tmp_path / "lake").exists()


def test_the_page_about_files_is_current():
    assert PAGE.read_text() == page()
