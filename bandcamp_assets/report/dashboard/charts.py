"""The charts as Vega-Lite specifications. The map is in `world_map`.

Pure data. Rows come from `static/cards.js` as the data set `table`. A click on a mark selects the row's `key`. The
pointer shows its `text`, `short` is its label, `tone` a colour other than that of money, and `place` its order.
`unit` is written before the values of an axis, and `reach` is the longest bar.
"""

from __future__ import annotations

from bandcamp_assets.report.dashboard.chart_parts import (
    LABEL,
    OPACITY,
    TONE,
    WITH_UNIT,
    Specification,
    chart,
    expression,
    labels,
    ranking,
    values,
)


def _days() -> Specification:
    x = labels(
        "ordinal",
        labelOverlap=True,
        labelSeparation=8,
        labelAngle=0,
        labelPadding=6,
        labelExpr="utcFormat(toDate(datum.value), dates)",
        tickSize=0,
    )
    bars = {
        "x": x,
        "y": values(labelExpr=WITH_UNIT, tickCount=5),
        "color": TONE,
        "order": {"field": "order", "type": "quantitative"},
        "opacity": OPACITY,
        "tooltip": {"field": "text"},
    }
    highest: Specification = {
        "transform": [{"filter": "isValid(datum.short)"}],
        "mark": {**LABEL, "align": "center", "dx": 0, "dy": -7, "limit": 160},
        "encoding": {"x": x, "y": {"field": "top", "type": "quantitative"}, "text": {"field": "short"}},
    }
    return chart(
        "Bars of the sales by period. Sales of Bandcamp Fridays have a colour of their own.",
        height=240,
        layer=[{"mark": {"type": "bar"}, "encoding": bars}, highest],
    )


_BANDS = {
    # Narrow, as paper has little room.
    **labels(labelAngle=-35, labelExpr="replace(replace(datum.label, '.00 to ', ' to '), ' and more', '+')"),
    "title": "asking price, US dollars",
}


def _prices() -> Specification:
    return chart(
        "For each band of asking prices, two bars: what was asked and what was paid, on average.",
        height=220,
        mark={"type": "bar"},
        encoding={
            "x": _BANDS,
            "xOffset": {"field": "series", "sort": ["asked", "paid"]},
            "y": {**values(format="$~s", tickCount=5), "title": "on average"},
            "color": TONE,
            "opacity": OPACITY,
            "tooltip": {"field": "text"},
        },
    )


def _overpaying() -> Specification:
    return chart(
        "For each band of asking prices, a bar: the share of sales that paid more than asked.",
        height=220,
        mark={"type": "bar", "color": expression("accent")},
        encoding={
            "x": _BANDS,
            "y": {**values(format="%", tickCount=5), "title": "share of sales"},
            "opacity": OPACITY,
            "tooltip": {"field": "text"},
        },
    )


def _concentration() -> Specification:
    x = {"field": "percent", "type": "quantitative", "title": "artists, from the poorest", "axis": {"format": "%"}}
    y = {"field": "value", "type": "quantitative", "title": "share of revenue", "axis": {"format": "%"}}
    even = {**y, "field": "percent"}
    return chart(
        "The Lorenz curve: the share of revenue that the poorer part of artists takes, beside equal shares.",
        height=300,
        layer=[
            {
                "mark": {"type": "line", "color": expression("muted"), "strokeDash": [5, 4], "tooltip": None},
                "encoding": {"x": x, "y": even},
            },
            {
                "mark": {
                    "type": "area",
                    "color": expression("bar"),
                    "opacity": 0.25,
                    "line": False,
                    "tooltip": None,
                },
                "encoding": {"x": x, "y": y},
            },
            {
                "mark": {"type": "line", "color": expression("bar"), "strokeWidth": 2.5},
                "encoding": {"x": x, "y": y},
            },
            {
                "mark": {"type": "point", "size": 120, "opacity": 0, "filled": True},
                "encoding": {"x": x, "y": y, "tooltip": {"field": "text"}},
            },
        ],
    )


def _hours() -> Specification:
    return chart(
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
                "scale": {"range": [expression("low"), expression("high")], "zero": False},
                "legend": None,
            },
            "tooltip": {"field": "text"},
        },
    )


def _business() -> Specification:
    return chart(
        "For each kind of item a bar of its revenue, divided into what is left to sellers, payment fees and the "
        "share of Bandcamp.",
        height={"step": 26},
        mark={"type": "bar", "height": 18},
        encoding={
            "y": labels(labelLimit=150),
            "x": values(format="%", tickCount=5)
            | {
                "stack": "zero",
                # Rounded to cents, the parts may add up to slightly more than the whole.
                "scale": {"domain": [0, 1], "clamp": True},
            },
            "color": TONE,
            "order": {"field": "order", "type": "quantitative"},
            "tooltip": {"field": "text"},
        },
    )


VEGA_LITE: dict[str, Specification] = {
    "days": _days(),
    "fridays": ranking(
        "For each Bandcamp Friday a bar of what was paid, above bars of what other days brought on average.",
        labelExpr="split(datum.label, '|')[1]",
    ),
    "countries": ranking("A bar for each of the countries that buy most."),
    "kinds": ranking("A bar for each kind of item."),
    "formats": ranking("A bar for each format."),
    "currencies": ranking("A bar for each of the currencies sold in most."),
    "artists": ranking("A bar for each of the artists that sell most."),
    "labels": ranking(
        "A bar for each of the labels that sell most.",
        labelExpr="replace(datum.label, '.bandcamp.com', '')",
    ),
    "prices": _prices(),
    "overpaying": _overpaying(),
    "concentration": _concentration(),
    "hours": _hours(),
    "business": _business(),
}
"""The charts by card. They are compiled to Vega when the page is made (see `runtime`)."""
