"""The trials of a home: what is done to its files and to the whole of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bandcamp_assets_tests.homes import BANDCAMP, TestHome
from bandcamp_assets_tests.soak.home_files import HURTS, differs, one_of_each_kind, order_of
from bandcamp_assets_tests.soak.home_judge import Homes, Line, judge, try_hurt
from bandcamp_assets_tests.soak.home_sales import deliveries, drop


def file_trials(homes: Homes, only: str = "") -> Iterator[Callable[[], Line]]:
    """A trial for each kind of file and each thing that can be done to it."""
    kinds = one_of_each_kind(homes.built, homes.older)
    for kind, place in sorted(kinds.items(), key=lambda item: order_of(item[0])):
        for hurt in HURTS:
            is_old = differs(homes.built / place, homes.older / place)
            is_empty = (homes.built / place).stat().st_size == 0
            skipped = (hurt.needs_older and not is_old) or (is_empty and hurt.name != "removed")
            if not skipped and re.search(only, f"{kind}: {hurt.name}"):
                yield lambda kind=kind, place=place, hurt=hurt: try_hurt(homes, kind, place, hurt)  # type: ignore[misc]


def home_trials(homes: Homes, only: str = "") -> Iterator[Callable[[], Line]]:
    """What can happen to the whole home, and what may be added to it."""
    for name, trial in _HOME_TRIALS.items():
        if re.search(only, name):
            yield lambda trial=trial: trial(homes)  # type: ignore[misc]


def _moved(homes: Homes) -> Line:
    homes.fresh()
    elsewhere = homes.place.with_name("moved home")
    shutil.rmtree(elsewhere, ignore_errors=True)
    homes.place.rename(elsewhere)
    return judge(TestHome(elsewhere), homes.sales, "whole home", "moved", must_be_named=False)


def _copied_without_times(homes: Homes) -> Line:
    homes.fresh()
    elsewhere = homes.place.with_name("copy")
    shutil.rmtree(elsewhere, ignore_errors=True)
    shutil.copytree(homes.place, elsewhere, copy_function=shutil.copyfile)
    return judge(TestHome(elsewhere), homes.sales, "whole home", "copied, times lost", must_be_named=False)


def _copied_during_a_run(homes: Homes) -> Line:
    shutil.rmtree(homes.place, ignore_errors=True)
    shutil.copytree(homes.older, homes.place)
    home, elsewhere = TestHome(homes.place), homes.place.with_name("copied")
    drop(home.root, deliveries()[1])
    process = subprocess.Popen(
        [BANDCAMP, "run"], env=home.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while facts_changed(home.root, homes.older) is False and process.poll() is None:
        time.sleep(0.05)
    shutil.rmtree(elsewhere, ignore_errors=True)
    shutil.copytree(home.root, elsewhere, ignore_dangling_symlinks=True, copy_function=_copy_if_there)
    process.wait()
    return judge(TestHome(elsewhere), homes.sales, "whole home", "copied during a run", must_be_named=False)


def facts_changed(root: Path, older: Path) -> bool:
    """Whether a run has got as far as the objects."""
    return any(
        differs(path, older / path.relative_to(root)) for path in (root / "objects" / "sales").rglob("*.parquet")
    )


def _copy_if_there(source: str, target: str) -> None:
    try:
        shutil.copy2(source, target)
    except FileNotFoundError:
        Path(target).unlink(missing_ok=True)


def _older_home(homes: Homes) -> Line:
    shutil.rmtree(homes.place, ignore_errors=True)
    shutil.copytree(homes.older, homes.place)
    drop(homes.place, deliveries()[1])
    home = TestHome(homes.place)
    home.installed_bandcamp("run")
    return judge(home, homes.sales, "whole home", "put back from before the second delivery", must_be_named=False)


def _folder(name: str, hurt: str, *places: str) -> Callable[[Homes], Line]:
    def trial(homes: Homes) -> Line:
        home = homes.fresh()
        for place in places:
            shutil.rmtree(home.root / place)
            if hurt == "older copy":
                shutil.copytree(homes.older / place, home.root / place)
        return judge(home, homes.sales, name, hurt, must_be_named=name.split("/")[0] not in ("dagster", "dbt"))

    return trial


def _added(place: str, body: bytes) -> Callable[[Homes], Line]:
    def trial(homes: Homes) -> Line:
        home = homes.fresh()
        path = home.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return judge(home, homes.sales, place, "added", must_be_named=False)

    return trial


_HOME_TRIALS: dict[str, Callable[[Homes], Line]] = {
    "home: moved": _moved,
    "home: copied, times lost": _copied_without_times,
    "home: copied during a run": _copied_during_a_run,
    "home: older": _older_home,
    **{
        f"{folder}/: {hurt}": _folder(f"{folder}/", hurt, folder)
        for folder in ("landing", "lake", "objects", "dagster", "dbt", "dashboard")
        for hurt in ("removed", "older copy")
    },
    "added: scratch": _added("scratch/999999-stage-1/left over", b"half"),
    "added: wal": _added("warehouse.duckdb.wal", b"no log of changes"),
    "added: half-made warehouse": _added("warehouse.new", b"half"),
    "added: staged": _added("lake/staged_sales/sale_date=2020-09-09/0123456789abcdef.parquet", b"foreign"),
    "added: cleaned": _added("lake/cleaned_sales/sale_date=2020-09-20/sales.parquet", b"foreign"),
    "added: object": _added("objects/sales/sale_date=2020-09-20/sales.parquet", b"foreign"),
    "added: landing": _added("landing/0123456789abcdef/foreign.csv", b"foreign"),
}
