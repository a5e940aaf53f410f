"""A catalog that is gone, empty, damaged or older than the home: the next run makes it anew, and the same tables.

Every stage up to the table `sales` is the real one, see `stages`.
"""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from bandcamp_assets.landing.arrival import land
from bandcamp_assets.sources.feed import PageStore
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.sources.source import SampleSource
from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row
from bandcamp_assets_tests.soak import reference
from bandcamp_assets_tests.soak.reference import assert_as_undisturbed, stages
from bandcamp_assets_tests.soak.shim import COMPILER
from bandcamp_assets_tests.soak.stages import Ended
from bandcamp_assets_tests.sources.feed.conftest import page_bytes
from bandcamp_assets_tests.sources.feed.items import event, item

pytestmark = [
    pytest.mark.skipif(COMPILER is None, reason="no C compiler to build the counting library with"),
    pytest.mark.xdist_group("lost catalog"),
]

DAY_SECONDS = 86_400


def sales(*numbers: int, **changes: str) -> bytes:
    """A file of sales, each on a day of its own."""
    return csv_bytes([raw_row(number * DAY_SECONDS, **changes) for number in numbers])


def run(root: Path, source: Path | None = None) -> Ended:
    ended = stages().run(root, source)
    assert ended.status == 0, ended.said
    return ended


def drop(root: Path, name: str, content: bytes, second: int) -> None:
    path = root / "inbox" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (1_700_000_000 + second, 1_700_000_000 + second))


def named_by_path(root: Path) -> None:
    source = root.parent / "sales.csv"
    source.write_bytes(sales(0, 1, 2))
    run(root, source)


def of_a_sample(root: Path) -> None:
    home = TestHome(root).deployment.settings.home
    home.prepare()
    land(SampleSource(1000), home, TestHome(root).deployment.catalog)
    run(root)


def of_the_feed(root: Path) -> None:
    named_by_path(root)
    store = PageStore(root / "landing" / "feed")
    for start in (1000, 1600):
        page = page_bytes(start, start + 600, [event(item(url=f"//artist.bandcamp.com/track/{start}"))])
        store.folder.mkdir(parents=True, exist_ok=True)
        store.settle(store.keep(page), cursor=None)
    run(root)


def corrected(root: Path) -> None:
    drop(root, "a.csv", sales(0, 1), 1)
    drop(root, "b.csv", sales(1, 2), 2)
    run(root)
    drop(root, "a.csv", sales(0, amount_paid_usd="1.00"), 3)
    run(root)


def emptied_by_a_header(root: Path) -> None:
    drop(root, "a.csv", sales(0, 1), 1)
    drop(root, "b.csv", sales(2), 2)
    run(root)
    drop(root, "a.csv", sales(), 3)
    run(root)


def with_a_refused_correction(root: Path) -> None:
    drop(root, "a.csv", sales(0, 1), 1)
    run(root)
    drop(root, "a.csv", sales(0, 1, utc_date="1.6E+09x"), 2)
    run(root)


HOMES = (
    *(named_by_path, of_a_sample, of_the_feed, corrected, emptied_by_a_header),
    with_a_refused_correction,
)


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def garble(path: Path) -> None:
    path.write_bytes(b"this is no database" * 500)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def put_an_older_copy_back(path: Path) -> None:
    shutil.copyfile(path.with_name("catalog.sqlite.before-the-last-run"), path)


HARMS = (remove, empty, garble, cut, put_an_older_copy_back)


@functools.cache
def made(make: Callable[[Path], None]) -> reference.Reference:
    """A home that nothing disturbed; beside its catalog lies a copy from before its last run."""
    root = reference.workplace() / "lost_catalog" / make.__name__ / "home"
    root.parent.mkdir(parents=True)
    copies: list[bytes] = []
    original = globals()["run"]

    def copying(root: Path, source: Path | None = None) -> Ended:
        copies.append(catalog.read_bytes() if (catalog := root / "catalog.sqlite").exists() else b"")
        return original(root, source)

    globals()["run"] = copying
    try:
        make(root)
    finally:
        globals()["run"] = original
    (root / "catalog.sqlite.before-the-last-run").write_bytes(copies[-1])
    return reference.Reference(root, reference.everything(TestHome(root)), reference.paths(root))


def every_pair() -> list[ParameterSet]:
    """Each harm to each home; in the short suite one of each."""
    return [
        pytest.param(
            make,
            harm,
            id=f"{harm.__name__} {make.__name__}",
            marks=[] if number == place == 0 else [pytest.mark.long],
        )
        for number, make in enumerate(HOMES)
        for place, harm in enumerate(HARMS)
    ]


@pytest.mark.parametrize(("make", "harm"), every_pair())
def test_the_next_run_makes_it_anew_and_all_else_as_it_was(
    make: Callable[[Path], None], harm: Callable[[Path], None], tmp_path: Path
) -> None:
    undisturbed = made(make)
    root = shutil.copytree(undisturbed.root, tmp_path / "home")
    harm(root / "catalog.sqlite")

    run(root)

    assert_as_undisturbed(root, undisturbed)


@pytest.mark.parametrize(
    "harm", [garble, pytest.param(cut, marks=pytest.mark.long)], ids=lambda harm: harm.__name__
)
def test_a_damaged_one_is_set_aside(harm: Callable[[Path], None], tmp_path: Path) -> None:
    root = shutil.copytree(made(named_by_path).root, tmp_path / "home")
    harm(root / "catalog.sqlite")
    damaged = (root / "catalog.sqlite").read_bytes()

    run(root)

    assert [path.read_bytes() for path in root.glob("catalog.damaged-*.sqlite")] == [damaged]


def without_manifests(root: Path) -> Path:
    """As a home of an earlier version is."""
    for path in (root / "landing").rglob("*manifest*.json"):
        path.unlink()
    return root


def known(file: RawFile) -> tuple[str, bool, bool]:
    return file.file_id, file.synthetic, file.withdrawn_at is None


@pytest.mark.parametrize(
    "make",
    [
        corrected,
        *(pytest.param(make, marks=pytest.mark.long) for make in (named_by_path, of_a_sample, of_the_feed)),
    ],
    ids=lambda make: make.__name__,
)
def test_without_manifests_landing_itself_says_what_there_is(make: Callable[[Path], None], tmp_path: Path) -> None:
    undisturbed = made(make)
    root = without_manifests(shutil.copytree(undisturbed.root, tmp_path / "home"))
    (root / "catalog.sqlite").unlink()

    run(root)

    home, expected = TestHome(root), TestHome(undisturbed.root)
    assert list(map(known, home.deployment.catalog.raw_files())) == list(
        map(known, expected.deployment.catalog.raw_files())
    )
    assert home.tables() == expected.tables()


@pytest.mark.parametrize(
    "make",
    [corrected, *(pytest.param(make, marks=pytest.mark.long) for make in HOMES if make is not corrected)],
    ids=lambda make: make.__name__,
)
def test_homes_of_an_earlier_version_get_their_manifests_from_the_catalog(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    undisturbed = made(make)
    root = without_manifests(shutil.copytree(undisturbed.root, tmp_path / "home"))

    run(root)

    assert_as_undisturbed(root, undisturbed)


@pytest.mark.parametrize(
    "harm", [remove, pytest.param(empty, marks=pytest.mark.long)], ids=lambda harm: harm.__name__
)
def test_a_damaged_manifest_is_written_anew_from_the_catalog(harm: Callable[[Path], None], tmp_path: Path) -> None:
    undisturbed = made(corrected)
    root = shutil.copytree(undisturbed.root, tmp_path / "home")
    for path in (root / "landing").rglob("*manifest*.json"):
        harm(path)

    run(root)

    assert_as_undisturbed(root, undisturbed)


@pytest.mark.parametrize("has_manifests", [True, pytest.param(False, marks=pytest.mark.long)])
def test_rows_of_a_lost_raw_file_are_taken_from_the_lake(tmp_path: Path, has_manifests: bool) -> None:
    undisturbed = made(named_by_path)
    root = shutil.copytree(undisturbed.root, tmp_path / "home")
    if not has_manifests:
        without_manifests(root)
    (root / "catalog.sqlite").unlink()
    next((root / "landing").rglob("sales.csv")).unlink()

    run(root)
    put_back = run(root, undisturbed.root.parent / "sales.csv")

    assert put_back.status == 0
    assert TestHome(root).tables() == TestHome(undisturbed.root).tables()
    (file,) = TestHome(root).deployment.catalog.raw_files()
    assert replace(file, arrived_at=undisturbed.state["raw"][0][0].arrived_at) == undisturbed.state["raw"][0][0]
    assert (root / "landing" / file.stored_as).read_bytes() == (undisturbed.root.parent / "sales.csv").read_bytes()


@pytest.mark.parametrize(
    "lost",
    [("lake", "objects"), *(pytest.param(lost, marks=pytest.mark.long) for lost in (("lake",), ()))],
    ids=str,
)
def test_a_home_of_which_landing_is_gone_too_is_not_built_over(tmp_path: Path, lost: tuple[str, ...]) -> None:
    undisturbed = made(named_by_path)
    root = shutil.copytree(undisturbed.root, tmp_path / "home")
    (root / "catalog.sqlite").unlink()
    for folder in ("landing", *lost):
        shutil.rmtree(root / folder)
    if not lost:
        shutil.rmtree(root / "lake" / "staged_sales")
        shutil.rmtree(root / "lake" / "rejected_sales")

    ended = stages().run(root, None)

    assert (ended.status, ended.unclear) == (1, False), ended.said
    assert "The catalog and `landing/` hold no raw files" in ended.said
    assert TestHome(root).tables() == TestHome(undisturbed.root).tables()


def test_a_home_of_which_nothing_but_a_persons_raw_files_is_left_is_built_of_them(tmp_path: Path) -> None:
    undisturbed = made(named_by_path)
    root = tmp_path / "home"
    shutil.copytree(undisturbed.root / "landing", root / "landing")
    without_manifests(root)

    run(root)

    assert TestHome(root).tables() == TestHome(undisturbed.root).tables()
