"""Why a raw row can fail to become a sale.

The reasons are tried in the order they stand in; a row gets the first that fits. How each is
found stands in `bandcamp_assets.lake`: `conversion` has the rules, and `records`, `pages` and `parquet_rows` find
what is malformed.
"""

from __future__ import annotations

from enum import StrEnum

import dataframely as dy

from bandcamp_assets.contract.codes import FIRST_DAY


class RejectionReason(StrEnum):
    """One reason for each rejected row."""

    MALFORMED_ROW = "malformed_row"
    MISSING_ID = "missing_id"
    BAD_TIMESTAMP = "bad_timestamp"
    ID_MISMATCH = "id_mismatch"
    UNKNOWN_ITEM_TYPE = "unknown_item_type"
    BAD_AMOUNT = "bad_amount"
    UNKNOWN_CURRENCY = "unknown_currency"
    BAD_NUMBER = "bad_number"

    @property
    def meaning(self) -> str:
        """One sentence for people."""
        return _MEANINGS[self]


_MEANINGS = {
    RejectionReason.MALFORMED_ROW: "Not a record of the file's columns: wrong field count, broken quotes, "
    "bytes that are not text; in JSON, not a sale.",
    RejectionReason.MISSING_ID: "`_id` is empty.",
    RejectionReason.BAD_TIMESTAMP: f"`utc_date` is not a number or ISO 8601, or the sale is before {FIRST_DAY} "
    "or over a day after the file arrived.",
    RejectionReason.ID_MISMATCH: "`_id` does not fit the row: its URL is not `url`, or its time is not "
    "`utc_date`, even rounded.",
    RejectionReason.UNKNOWN_ITEM_TYPE: "`item_type` is not a, t, p or b.",
    RejectionReason.BAD_AMOUNT: "An amount is not a number, is negative or ten billion or more; "
    "or `item_price` or `amount_paid` is missing.",
    RejectionReason.UNKNOWN_CURRENCY: "`currency` is not a code of ISO 4217.",
    RejectionReason.BAD_NUMBER: "A count or picture number is not a whole number, or is too large.",
}


class RejectedRow(dy.Schema):
    """One raw row that did not become a sale."""

    source_file = dy.String(description="Id of the raw file the row came from (see `raw_sales`).")
    source_row = dy.Int64(min=1, description="Number of the record in its file, from 1, the header not counted.")
    reason = dy.Enum([reason.value for reason in RejectionReason], description="Why the row is not a sale.")
    detail = dy.String(nullable=True, description="What exactly was wrong, with the offending value.")
    raw_text = dy.String(description="The record as delivered; bytes that are not UTF-8 as \\\\xNN.")
