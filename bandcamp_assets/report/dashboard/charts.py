"""The charts as Vega-Lite specifications. The map is in `world_map`.

Pure data. Rows come from `static/page.js` as the data set `table`. Colours are signals, so that the page can
change between light and dark. A click on a mark selects the row's `key`. The pointer shows its `text`, and `place`
is its order.
"""

from __future__ import annotations

from typing import Any

Specification = dict[str, Any]

COLOURS = ("ink", "grid", "bar", "accent", "muted", "land", "low", "high")
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_OPACITY = {"condition": {"test": "datum.selected === false", "value": 0.3}, "value": 1}

# A scale remembers the labels that it has seen. Without an explicit order, they would keep their old places.
_IN_ORDER = {"field": "place", "op": "min"}


def _expression(text: str) -> dict[str, str]:
    return {"expr": text}


_CONFIG: Specification = {
    "background": None,
    "font": _FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": _expression("ink"),
        "titleColor": _expression("ink"),
        "gridColor": _expression("grid"),
        "domainColor": _expression("grid"),
        "tickColor": _expression("grid"),
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    },
}


def _chart(description: str, **parts: object) -> Specification:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": description,
        "width": 400,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "params": [{"name": name, "value": "#777777"} for name in COLOURS],
        "data": {"name": "table", "values": []},
        "config": _CONFIG,
        **parts,
    }


def _labels(scale: str = "nominal", **axis: object) -> Specification:
    """The places of the bars, by their labels in the order of the rows."""
    return {"field": "label", "type": scale, "sort": _IN_ORDER, "title": None, "axis": axis}


def _values(**axis: object) -> Specification:
    """The lengths of the bars."""
    return {"field": "value", "type": "quantitative", "title": None, "axis": axis}


def _days() -> Specification:
    return _chart(
        "Bars of the sales by period. Sales of Bandcamp Fridays have a colour of their own.",
        height=220,
        mark={"type": "bar"},
        encoding={
            "x": _labels("ordinal", labelOverlap=True, labelAngle=0),
            "y": _values(format="~s", tickCount=5),
            "color": {
                "condition": {"test": "datum.part === 'Bandcamp Friday'", "value": _expression("accent")},
                "value": _expression("bar"),
            },
            "order": {"field": "order", "type": "quantitative"},
            "opacity": _OPACITY,
            "tooltip": {"field": "text"},
        },
    )


def _ranking(description: str) -> Specification:
    bars = {
        "y": _labels(labelLimit=150, ticks=False, domain=False, labelPadding=6),
        "x": _values(format="~s", tickCount=4),
        "opacity": _OPACITY,
        "tooltip": {"field": "text"},
    }
    return _chart(
        description,
        height={"step": 22},
        mark={"type": "bar", "color": _expression("bar"), "height": 16},
        encoding=bars,
    )


def _prices() -> Specification:
    return _chart(
        "For each band of asking prices, two bars: what was asked and what was paid, on average.",
        height=230,
        mark={"type": "bar"},
        encoding={
            "x": _labels(labelAngle=-35),
            "xOffset": {"field": "series", "sort": ["asked", "paid"]},
            "y": _values(format="$~s", tickCount=5),
            "color": {
                "condition": {"test": "datum.series === 'asked'", "value": _expression("muted")},
                "value": _expression("bar"),
            },
            "opacity": _OPACITY,
            "tooltip": {"field": "text"},
        },
    )


def _overpaying() -> Specification:
    return _chart(
        "For each band of asking prices, a bar: the share of sales that paid more than asked.",
        height=230,
        mark={"type": "bar", "color": _expression("accent")},
        encoding={
            "x": _labels(labelAngle=-35),
            "y": _values(format="%", tickCount=5),
            "opacity": _OPACITY,
            "tooltip": {"field": "text"},
        },
    )


def _concentration() -> Specification:
    x = {"field": "percent", "type": "quantitative", "title": "artists, from the poorest", "axis": {"format": "%"}}
    y = {"field": "value", "type": "quantitative", "title": "share of revenue", "axis": {"format": "%"}}
    even = {**y, "field": "percent"}
    return _chart(
        "The Lorenz curve: the share of revenue that the poorer part of artists takes, beside equal shares.",
        height=300,
        layer=[
            {
                "mark": {"type": "line", "color": _expression("muted"), "strokeDash": [5, 4], "tooltip": None},
                "encoding": {"x": x, "y": even},
            },
            {
                "mark": {
                    "type": "area",
                    "color": _expression("bar"),
                    "opacity": 0.25,
                    "line": False,
                    "tooltip": None,
                },
                "encoding": {"x": x, "y": y},
            },
            {
                "mark": {"type": "line", "color": _expression("bar"), "strokeWidth": 2.5},
                "encoding": {"x": x, "y": y},
            },
            {
                "mark": {"type": "point", "size": 120, "opacity": 0, "filled": True},
                "encoding": {"x": x, "y": y, "tooltip": {"field": "text"}},
            },
        ],
    )


def _hours() -> Specification:
    return _chart(
        "A square for each hour of the week; the stronger its colour, the more is paid in it.",
        height={"step": 26},
        mark={"type": "rect"},
        encoding={
            "x": {
                "field": "hour",
                "type": "ordinal",
                "title": "hour (UTC)",
                "axis": {"labelAngle": 0, "labelOverlap": True},
            },
            "y": {"field": "weekday", "type": "nominal", "sort": {"field": "day"}, "title": None},
            "color": {
                "field": "value",
                "type": "quantitative",
                "scale": {"range": [_expression("low"), _expression("high")], "zero": False},
                "legend": None,
            },
            "tooltip": {"field": "text"},
        },
    )


def _business() -> Specification:
    return _chart(
        "For each kind of item a bar of its revenue, divided into what is left to sellers, payment fees and the "
        "share of Bandcamp.",
        height={"step": 26},
        mark={"type": "bar", "height": 18},
        encoding={
            "y": _labels(labelLimit=150),
            "x": _values(format="%")
            | {
                "stack": "zero",
                # Rounded to cents, the parts may add up to slightly more than the whole.
                "scale": {"domain": [0, 1], "clamp": True},
            },
            "color": {
                "condition": [
                    {"test": "datum.part === 'sellers'", "value": _expression("bar")},
                    {"test": "datum.part === 'fees'", "value": _expression("muted")},
                ],
                "value": _expression("accent"),
            },
            "order": {"field": "order", "type": "quantitative"},
            "tooltip": {"field": "text"},
        },
    )


VEGA_LITE: dict[str, Specification] = {
    "days": _days(),
    "countries": _ranking("A bar for each of the countries that buy most."),
    "kinds": _ranking("A bar for each kind of item."),
    "formats": _ranking("A bar for each format."),
    "currencies": _ranking("A bar for each of the currencies sold in most."),
    "artists": _ranking("A bar for each of the artists that sell most."),
    "prices": _prices(),
    "overpaying": _overpaying(),
    "concentration": _concentration(),
    "hours": _hours(),
    "business": _business(),
}
"""The charts by card. They are compiled to Vega when the page is made (see `runtime`)."""
