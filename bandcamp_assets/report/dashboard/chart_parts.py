"""What the charts are made of: colours, axes, and bars with their values. `charts` makes the specifications.

Pure data. Colours are signals, so that the page can change between light and dark. Each has one meaning, which
`static/page.css` says.
"""

from __future__ import annotations

from typing import Any

Specification = dict[str, Any]

KINDS = ("digital album", "digital track", "discography", "physical album", "physical track", "merch")
"""The kinds of items (seed `item_types`), in the order of their colours `kind1`, `kind2` and so on."""

_TONES = ("accent", "muted", "bandcamp", *(f"kind{place}" for place in range(1, len(KINDS) + 1)))
COLOURS = ("ink", "soft", "grid", "bar", "land", "low", "high", *_TONES)
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
TONE = {
    "condition": [{"test": f"datum.tone === '{tone}'", "value": {"expr": tone}} for tone in _TONES],
    "value": {"expr": "bar"},
}
OPACITY = {"condition": {"test": "datum.selected === false", "value": 0.3}, "value": 1}

# A scale remembers the labels that it has seen. Without an explicit order, they would keep their old places.
_IN_ORDER = {"field": "place", "op": "min"}


def expression(text: str) -> dict[str, str]:
    """A value that Vega works out."""
    return {"expr": text}


_CONFIG: Specification = {
    "background": None,
    "font": _FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": expression("ink"),
        "titleColor": expression("ink"),
        "gridColor": expression("grid"),
        "domainColor": expression("grid"),
        "tickColor": expression("grid"),
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    },
}


def chart(description: str, **parts: object) -> Specification:
    """A chart with our colours and the data set `table`."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": description,
        "width": 400,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "params": [
            *({"name": name, "value": "#777777"} for name in COLOURS),
            {"name": "unit", "value": "$"},
            {"name": "reach", "value": 1},
            {"name": "dates", "value": "%-d %b"},
        ],
        "data": {"name": "table", "values": []},
        "config": _CONFIG,
        **parts,
    }


def labels(scale: str = "nominal", **axis: object) -> Specification:
    """The places of the bars, by their labels in the order of the rows."""
    return {"field": "label", "type": scale, "sort": _IN_ORDER, "title": None, "axis": axis}


WITH_UNIT = "unit + upper(replace(format(datum.value, '~s'), 'G', 'B'))"


def values(**axis: object) -> Specification:
    """The lengths of the bars."""
    return {"field": "value", "type": "quantitative", "title": None, "axis": axis}


LABEL: Specification = {
    "type": "text",
    "align": "left",
    "baseline": "middle",
    "dx": 6,
    "fontSize": 12,
    "color": expression("ink"),
    "aria": False,
}


def ranking(description: str, **axis: str) -> Specification:
    """Bars with their values at their ends, which need no axis."""
    y = labels("nominal", labelLimit=150, ticks=False, domain=False, labelPadding=6, **axis)
    # The labels of the longest bars have room, too.
    longest = expression("reach * width / max(60, width - 108)")
    x = {**values(), "axis": None, "scale": {"domainMin": 0, "domainMax": longest, "nice": False}}
    bars = {"y": y, "x": x, "color": TONE, "opacity": OPACITY, "tooltip": {"field": "text"}}
    return chart(
        description,
        height={"step": 24},
        layer=[
            {"mark": {"type": "bar", "height": 17, "clip": True}, "encoding": bars},
            {"mark": LABEL, "encoding": {"y": y, "x": x, "text": {"field": "short"}}},
        ],
    )
