"""Samples that several tests read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets.sources.sample import ExpectedCounts, write_sample
from bandcamp_assets_tests.sources.sample.reading import Read, Record, read_file, reason_of


@dataclass(frozen=True)
class Sample:
    """The file of a sample, its expected counts, and the records that the second reader finds."""

    path: Path
    expected: ExpectedCounts
    records: list[Read]

    @cached_property
    def reasons(self) -> list[RejectionReason | None]:
        """Why each record is not a sale; None if it is one."""
        return [reason_of(record) for record in self.records]

    @cached_property
    def split(self) -> tuple[list[Read], list[Read]]:
        """Valid sales and duplicates, in the order of the file."""
        sales: dict[str, Read] = {}
        duplicates: list[Read] = []
        for record, reason in zip(self.records, self.reasons, strict=True):
            if reason is None and fields_of(record)["_id"] in sales:
                duplicates.append(record)
            elif reason is None:
                sales[fields_of(record)["_id"]] = record
        return list(sales.values()), duplicates


def fields_of(record: Read) -> Record:
    """The fields of a record that is not malformed."""
    assert record.fields is not None
    return record.fields


def _make(folder: Path, rows: int) -> Sample:
    path = folder / f"{rows}.csv"
    expected = write_sample(path, rows=rows)
    return Sample(path, expected, read_file(path))


@pytest.fixture(scope="session")
def large_sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A sample of 200,000 rows and several chunks, large enough to measure shares."""
    return _make(tmp_path_factory.mktemp("large-sample"), 200_000)


@pytest.fixture(scope="session", params=["smallest", "large"])
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The smallest sample, and the large one."""
    if request.param == "smallest":
        return _make(tmp_path_factory.mktemp("smallest-sample"), 1_000)
    return request.getfixturevalue("large_sample")  # type: ignore[no-any-return]
