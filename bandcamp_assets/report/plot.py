"""Small plots for asset metadata, as pictures inside Markdown, which the UI shows without any request.

They contain only numbers and dates, never texts from outside.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from bandcamp_assets.report.drawing import draw_png


def usd_per_day(paid: Mapping[date, Decimal]) -> str:
    """Bars of the US dollars paid on each day (UTC), as a picture inside Markdown."""
    values = [{"day": day.isoformat(), "usd": float(amount)} for day, amount in sorted(paid.items())]
    picture = base64.b64encode(_png(values)).decode()
    return f"![US dollars paid per day (UTC)](data:image/png;base64,{picture})"


def _png(values: list[dict[str, object]]) -> bytes:
    return draw_png(
        {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "background": "white",
            "width": 480,
            "height": 140,
            "data": {"values": values},
            "mark": {"type": "bar", "color": "#1d7a8c"},
            "encoding": {
                # Days as ordered labels. Times would be drawn in the reader's time zone.
                "x": {"field": "day", "type": "ordinal", "title": "day (UTC)", "axis": {"labelOverlap": True}},
                "y": {"field": "usd", "type": "quantitative", "title": "USD paid", "axis": {"format": "~s"}},
            },
        }
    )
