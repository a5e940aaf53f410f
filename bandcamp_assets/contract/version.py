"""The version of the contract and its rules, which is recorded with the data.

A file that was staged under another version is staged anew. The version is computed from the contract and from
`RULES`. Raise `RULES` whenever the same raw row would be converted differently.
"""

from __future__ import annotations

import hashlib
from functools import cache

from bandcamp_assets.contract import codes
from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets.contract.sale import Sale

RULES = 4


@cache
def contract_version() -> str:
    """Twelve hexadecimal digits, which change when the columns, types, codes or rules change."""
    facts = [
        RULES,
        [(name, repr(column.dtype), column.nullable) for name, column in Sale.columns().items()],
        [reason.value for reason in RejectionReason],
        codes.ITEM_TYPES,
        codes.currencies(),
        codes.LAUNCH,
        codes.FIRST_DAY,
        codes.CLOCK_TOLERANCE,
        codes.ID_TOLERANCE_SECONDS,
        codes.MAX_AMOUNT,
        codes.MAX_COUNT,
        codes.MAX_WHOLE_NUMBER,
        codes.WHOLE_CURRENCIES,
        codes.MISSING_NUMBERS,
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]
