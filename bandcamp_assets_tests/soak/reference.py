"""What a run leaves when nothing disturbs it, and whether another home holds the same."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.raw_files import write_csv
from bandcamp_assets_tests.resilience.conftest import sales_of_days
from bandcamp_assets_tests.resilience.state import everything, what_is_left_over, what_is_still_held
from bandcamp_assets_tests.soak.shim import COMPILER, Counter, Stop, preloaded
from bandcamp_assets_tests.soak.stages import Stages

DAYS = 3
A_DAY = 200
ROWS = DAYS * A_DAY


class Unequal(AssertionError):  # noqa: N818 - it is what is wrong
    """A home differs from the undisturbed one.

    Args:
        what: How.
        lost: Sales that are missing.
        doubled: Sales that are too many.
    """

    def __init__(self, what: str, lost: int = 0, doubled: int = 0) -> None:
        self.lost, self.doubled = lost, doubled
        super().__init__(what)


@dataclass(frozen=True)
class Reference:
    """A home that nothing disturbed.

    Attributes:
        root: The home.
        state: All that it holds, see `everything`.
        paths: All files in it, but for logs, locks and Dagster's own.
        calls: Calls that changed a file on the way, where they were counted.
        seconds: Time it took, where that was measured.
    """

    root: Path
    state: dict[str, Any]
    paths: set[str]
    calls: int = 0
    seconds: float = 0.0


@functools.cache
def workplace() -> Path:
    """A folder of this process, removed at its end."""
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def source() -> Path:
    """A file of 600 rows over three days, with duplicates and broken rows."""
    return write_csv(workplace() / "sales.csv", sales_of_days(A_DAY, days=DAYS))


@functools.cache
def stages() -> Stages:
    """The process that runs the stages."""
    started = Stages().__enter__()
    atexit.register(started.__exit__)
    return started


@functools.cache
def staged_reference() -> Reference:
    """The stages up to the table `sales`, undisturbed."""
    root = workplace() / "staged"
    ended = stages().run(root, source())
    assert ended.status == 0, ended.said
    return _reference(root, ended.calls)


@functools.cache
def built_reference() -> Reference:
    """All of `bandcamp run`, undisturbed, in `built_home()`; what it left is set aside."""
    root = workplace() / "home"
    counter = Counter(workplace() / "counter")
    started = time.monotonic()
    counted = preloaded(root, counter, Stop()) if COMPILER else {}
    ended = TestHome(root).installed_bandcamp("run", "--source", str(source()), **counted)
    assert ended.returncode == 0, ended.stderr
    made = _reference(root, counter.read(), time.monotonic() - started)
    assert made.calls or not COMPILER, "no call was counted"
    root.rename(workplace() / "built")
    return replace(made, root=workplace() / "built")


@contextmanager
def built_home(folder: Path, *, finished: bool) -> Iterator[TestHome]:
    """A home where the undisturbed one was made, for dbt knows its project by its place.

    Args:
        folder: The trial's.
        finished: As the undisturbed run left it, or with nothing but dbt's parsed project.
    """
    built = built_reference().root
    root = workplace() / "home"
    shutil.rmtree(root, ignore_errors=True)
    if finished:
        shutil.copytree(built, root)
    else:
        shutil.copytree(built / "dbt", root / "dbt")
    try:
        yield TestHome(root)
    except BaseException:
        shutil.copytree(root, folder / "home", dirs_exist_ok=True)
        raise
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _reference(root: Path, calls: int = 0, seconds: float = 0.0) -> Reference:
    home = TestHome(root)
    assert home.deployment.catalog.staged_files()[0].raw_rows == ROWS
    return Reference(root, everything(home), paths(root), calls, seconds)


def paths(root: Path) -> set[str]:
    """All files of a home, but for what depends on the time or the machine."""
    found = {path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir()}
    passing = ("dagster/", "dbt/", "catalog.damaged-")
    return {path for path in found if not path.startswith(passing) and not path.endswith(".lock")}


def assert_as_undisturbed(root: Path, reference: Reference) -> None:
    """See that a home holds what the undisturbed one does: files byte for byte, tables row for row, no leftovers.

    Raises:
        Unequal: If not.
    """
    home = TestHome(root)
    state = everything(home)
    for part, expected in reference.state.items():
        if state[part] != expected:
            lost, doubled = _sales_lost_and_doubled(home, TestHome(reference.root))
            raise Unequal(f"{part} differ: {_differences(state[part], expected)}", lost, doubled)
    more = sorted(paths(root) ^ reference.paths)
    if more:
        raise Unequal(f"files left behind, or missing: {more[:10]}")
    for held in (what_is_left_over(home), what_is_still_held(home)):
        if held:
            raise Unequal(f"left behind: {held}")


def _differences(found: Any, expected: Any) -> str:  # noqa: ANN401 - any part of the state
    if not isinstance(found, dict) or not isinstance(expected, dict):
        return f"{found!s:.300} instead of {expected!s:.300}"
    keys = [key for key in {**found, **expected} if found.get(key) != expected.get(key)]
    return "; ".join(f"{key}: {found.get(key)} instead of {expected.get(key)}" for key in keys[:5])


def _sales_lost_and_doubled(home: TestHome, expected: TestHome) -> tuple[int, int]:
    def sales(of: TestHome) -> int:
        return sum(day.rows for day in of.deployment.warehouse.figures("sales").values())

    try:
        difference = sales(home) - sales(expected)
    except Exception:
        return 0, 0
    return max(0, -difference), max(0, difference)
