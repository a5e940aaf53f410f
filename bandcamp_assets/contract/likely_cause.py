"""Finds why most rows of a delivery were rejected: a few common mistakes that the rejected values show.

Pure. It looks at the `detail` of rejected rows, and says nothing when it is not sure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets.contract.sale import AMOUNT_COLUMNS, WHOLE_NUMBER_COLUMNS

SURE = 0.8
"""The share of the rejected rows that must show the same mistake."""

_VALUE = re.compile(r"(\w+) = '(.*?)'(?=, \w+ = '|$)", re.DOTALL)
_FIELDS = re.compile(r"the record has (\d+) fields instead of (\d+)")

_TIMES = ("utc_date",)
_NEEDED = "seconds since 1970 are needed, such as 1599688803.5175"


@dataclass(frozen=True)
class _Mistake:
    """A mistake, which a value shows if it matches in one of these columns, for one of these reasons."""

    reasons: tuple[RejectionReason, ...]
    columns: tuple[str, ...]
    value: str
    said: str


_TIME_REASONS = (RejectionReason.BAD_TIMESTAMP, RejectionReason.ID_MISMATCH)
_NUMBER_REASONS = (*_TIME_REASONS, RejectionReason.BAD_AMOUNT)

_MISTAKES = (
    _Mistake(
        _TIME_REASONS,
        _TIMES,
        r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?|[A-Za-z]{3,9},? \d.*",
        f"`utc_date` holds dates as text; {_NEEDED}",
    ),
    _Mistake(_TIME_REASONS, _TIMES, r"1\d{12}(\.\d*)?", f"`utc_date` holds milliseconds; {_NEEDED}"),
    _Mistake(_TIME_REASONS, _TIMES, r"[345]\d{4}([.,]\d+)?", f"`utc_date` holds a spreadsheet's days; {_NEEDED}"),
    _Mistake(
        _NUMBER_REASONS,
        (*_TIMES, *AMOUNT_COLUMNS),
        r"\d*,(\d{1,2}|\d{4,})([Ee][+-]?\d+)?",
        "numbers have decimal commas, but not in the whole file; write 9.99",
    ),
    _Mistake(
        (RejectionReason.BAD_AMOUNT, RejectionReason.BAD_NUMBER),
        (*AMOUNT_COLUMNS, *WHOLE_NUMBER_COLUMNS),
        r"\d{1,3}([ .,'\u2019\u00a0\u202f]\d{3})+([.,]\d+)?",
        "numbers have thousands separators, which are not guessed; write 1234.56",
    ),
    _Mistake(
        (RejectionReason.BAD_AMOUNT,),
        AMOUNT_COLUMNS,
        r"[^\d\s.,-]{1,3}\s?[\d.,]+|[\d.,]+\s?[^\d\s.,-]{1,3}",
        "amounts hold currency signs; write the number alone",
    ),
    _Mistake(
        (RejectionReason.BAD_AMOUNT, RejectionReason.BAD_NUMBER),
        (*AMOUNT_COLUMNS, *WHOLE_NUMBER_COLUMNS),
        r"(?i)nil|missing|unknown|n\.a\.|--+|\?+|\.",
        "missing values are written as text; leave them empty",
    ),
    _Mistake(
        (RejectionReason.UNKNOWN_ITEM_TYPE,),
        ("item_type",),
        r"(?i)(digital |physical )?(album|track|package|merch|merchandise|bundle|discography|cd|vinyl)s?",
        "`item_type` holds words; write its codes a, t, p, b",
    ),
    _Mistake(
        (RejectionReason.UNKNOWN_CURRENCY,),
        ("currency",),
        r"[A-Z]{0,2}[$€£¥]|[A-Za-z][a-z]+|[A-Za-z]{2,} [A-Za-z ]+",
        "`currency` holds signs or names; write codes of ISO 4217, such as USD",
    ),
)


def likely_cause(reason: RejectionReason, details: Sequence[str]) -> str:
    """Say which mistake explains the rejected rows.

    Args:
        reason: Why most rows were rejected.
        details: What was wrong with some of these, as in `rejected_sales`.

    Returns:
        A clause without a full stop; empty if no mistake is certain.
    """
    if not details:
        return ""
    if reason == RejectionReason.MALFORMED_ROW:
        return _of_field_counts(details)
    found = Counter(said for detail in details for said in _mistakes(reason, _VALUE.findall(detail)))
    said, rows = found.most_common(1)[0] if found else ("", 0)
    return said if rows >= SURE * len(details) else ""


def _mistakes(reason: RejectionReason, values: Iterable[tuple[str, str]]) -> set[str]:
    """Each mistake that a row may show, once."""
    given = list(values)
    return {
        mistake.said
        for mistake in _MISTAKES
        if reason in mistake.reasons
        and any(column in mistake.columns and re.fullmatch(mistake.value, value) for column, value in given)
    }


def _of_field_counts(details: Sequence[str]) -> str:
    if sum(detail.endswith("is not UTF-8") for detail in details) >= SURE * len(details):
        return "the file is in neither UTF-8 nor Windows-1252; save it as CSV in UTF-8"
    counts = [(int(found[1]), int(found[2])) for detail in details if (found := _FIELDS.search(detail))]
    if len(counts) < SURE * len(details):
        return ""
    if sum(fields == 1 for fields, _ in counts) >= SURE * len(details):
        return "rows are not separated by commas, but the header is"
    if sum(fields > width for fields, width in counts) >= SURE * len(details):
        return "rows have more fields than the header: texts or decimals contain commas but are not quoted"
    if len({fields for fields, _ in counts}) == 1:
        return "all rows have fewer fields than the header: a column is missing in them"
    return ""
