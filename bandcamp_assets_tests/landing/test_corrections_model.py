"""Any order of deliveries, corrections, runs and lost catalogs ends as a few plain rules say."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bandcamp_assets.landing.arrival import land
from bandcamp_assets.landing.restoring import restore_catalog
from bandcamp_assets.sources.source import FileSource
from bandcamp_assets.state.manifests import write_manifests
from bandcamp_assets_tests.landing.desk import Desk
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row

NAMES = ("a.csv", "b.csv", "c.csv")
CONTENTS = {
    **{str(number): csv_bytes([raw_row(number)]) for number in (1, 2, 3)},
    **{word: csv_bytes([{**raw_row(0), "": word}]) for word in ("bad", "worse")},
    "": csv_bytes([]),
}
"""Files with a sale, without one, and with only the header. The key is what `Desk.numbers` gives for the file."""


@dataclass
class Rules:
    """What counts, by rules as a person would put them. Each delivery is judged when it comes."""

    stands_for: dict[str, str] = field(default_factory=dict)
    present: dict[str, str] = field(default_factory=dict)
    by_path: set[str] = field(default_factory=set)
    counting: set[str] = field(default_factory=set)

    def deliver(self, name: str, content: str) -> None:
        before = self.stands_for.get(name)
        self.counting.add(content)
        if before in (None, content):
            self.stands_for[name] = content
            return
        assert before is not None
        if not content.isdigit() and content and before.isdigit():
            # It has rows, but none is a sale: refused. It counts only if it was also delivered in another way.
            others = {held for other, held in self.stands_for.items() if other != name}
            if content not in others | self.by_path:
                self.counting.discard(content)
            return
        self.stands_for[name] = content
        others = {held for other, held in self.stands_for.items() if other != name and other in self.present}
        if before not in others:
            self.counting.discard(before)

    def name_by_path(self, content: str) -> None:
        if content not in self.by_path:
            self.by_path.add(content)
            self.counting.add(content)


class Office:
    """A desk and the rules. Every step is done to both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.desk = Desk(folder / "home")
        self.rules = Rules()
        self.waiting: dict[str, str] = {}
        self.clock = 1_600_000_000
        self.copies: list[Path] = []

    def deliver(self, name: str, content: str) -> None:
        self.desk.deliver(name, content=CONTENTS[content])
        self.clock += 1
        os.utime(self.desk.home.inbox / name, (self.clock, self.clock))
        self.rules.present[name] = content
        self.waiting.pop(name, None)
        self.waiting[name] = content

    def remove(self, name: str) -> None:
        (self.desk.home.inbox / name).unlink(missing_ok=True)
        self.rules.present.pop(name, None)
        self.waiting.pop(name, None)

    def take(self) -> None:
        self.desk.take()
        for name, content in self.waiting.items():
            self.rules.deliver(name, content)
        self.waiting.clear()

    def name_by_path(self, content: str) -> None:
        self.stage()
        path = self.folder / f"source {content}.csv"
        if not path.exists():
            path.write_bytes(CONTENTS[content])
        land(FileSource(path), self.desk.home, self.desk.catalog)
        self.rules.name_by_path(content)

    def stage(self) -> None:
        self.desk.stage()

    def lose_catalog(self, how: str) -> None:
        write_manifests(self.desk.home, self.desk.catalog)
        path = self.desk.home.catalog
        if how == "older copy" and self.copies:
            shutil.copyfile(self.copies[0], path)
        elif how == "garbage":
            path.write_bytes(b"not a catalog" * 500)
        else:
            path.unlink()
        restore_catalog(self.desk.home, self.desk.catalog)

    def copy_catalog(self) -> None:
        write_manifests(self.desk.home, self.desk.catalog)
        copy = self.folder / f"copy {len(self.copies)}"
        shutil.copyfile(self.desk.home.catalog, copy)
        self.copies.append(copy)

    def counting(self) -> list[str]:
        self.take()
        self.stage()
        return sorted(self.desk.current())


CONTENT = st.sampled_from(sorted(CONTENTS))
NAME = st.sampled_from(NAMES)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), NAME, CONTENT),
        st.tuples(st.just("deliver"), NAME, CONTENT),
        st.tuples(st.just("remove"), NAME),
        st.tuples(st.just("take")),
        st.tuples(st.just("take")),
        st.tuples(st.just("stage")),
        st.tuples(st.just("name_by_path"), CONTENT),
        st.tuples(st.just("copy_catalog")),
        st.tuples(st.just("lose_catalog"), st.sampled_from(["gone", "garbage", "older copy"])),
    ),
    max_size=14,
)


@settings(max_examples=int(os.environ.get("CORRECTIONS_TEST_EXAMPLES", "60")))
@given(STEPS)
def test_the_files_that_count_are_those_that_the_rules_name(steps: list[tuple[str, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder))
        for step, *arguments in steps:
            getattr(office, step)(*arguments)

        counting = office.counting()

        assert counting == sorted(office.rules.counting)
