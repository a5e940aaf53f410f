"""Which version of the contract and its rules data was made under.

A file staged under another version is staged anew. The version follows from the contract itself, and from
`RULES`, which is to be raised whenever the same raw row would come out differently.
"""

from __future__ import annotations

import hashlib
from functools import cache

from bandcamp_assets.contract import codes
from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets.contract.sale import Sale

RULES = 3


@cache
def contract_version() -> str:
    """Twelve hexadecimal digits that change when the columns, types, codes or rules do."""
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
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]
