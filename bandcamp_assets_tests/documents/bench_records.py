"""Reads the records of `make bench`, and compares their numbers with rounded ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from bandcamp_assets_tests.documents.document import Document

FOLDER = "bandcamp_assets_tests/bench"


def cells(record: str, section: str, line: str) -> list[Decimal]:
    """The numbers of one line of a table of a record."""
    text = Document(f"{FOLDER}/{record}").section(section)
    found = [row for row in text.splitlines() if row.startswith(f"| {line} |")]
    assert len(found) == 1, (record, section, line)
    return [
        Decimal(cell.strip().replace(",", "")) for cell in found[0].strip("|").split("|")[1:] if cell.strip(" |")
    ]


def whole_run(record: str) -> list[Decimal]:
    """Cores; wall seconds and GiB of a first run of 1,000,000 rows; wall seconds of one more day."""
    cores = Decimal(Document(f"{FOLDER}/{record}").found(r"(\d+) cores").group(1))
    wall, _cpu, peak_mib = cells(record, "The whole run, 1,000,000 rows", "`bandcamp run`")
    return [cores, wall, peak_mib / 1024, cells(record, "One day more, behind a history", "1,000,000")[2]]


def numbers(text: str) -> list[Decimal]:
    return [Decimal(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\.?\d*", text)]


def half(number: Decimal) -> Decimal:
    """By how much a number may differ from what it was before it was rounded."""
    return Decimal(5).scaleb(int(number.as_tuple().exponent) - 1)


def same(measured: Sequence[Decimal], said: Sequence[Decimal]) -> bool:
    """Whether numbers are the rounded ones; those of a record were rounded themselves."""
    return len(measured) == len(said) and all(
        abs(one - number) <= half(one) + half(number) for one, number in zip(measured, said, strict=True)
    )
