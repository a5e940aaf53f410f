"""The map of the world as a Vega specification. Vega-Lite cannot draw grey land below the joined countries.

Pure data. The borders come from `static/vendor/`, rows and colours as in `charts`. `code` is a country's number in
ISO 3166.
"""

from __future__ import annotations

from bandcamp_assets.report.dashboard.chart_parts import COLOURS, Specification

WORLD_MAP: Specification = {
    "$schema": "https://vega.github.io/schema/vega/v6.json",
    "description": "A map of the world; the stronger the colour of a country, the more was bought from there.",
    "width": 700,
    "padding": 0,
    "signals": [
        *({"name": name, "value": "#777777"} for name in COLOURS),
        {"name": "height", "update": "width * 0.5"},
    ],
    "data": [
        {"name": "table", "values": []},
        {
            "name": "world",
            "format": {"type": "topojson", "feature": "countries"},
            "transform": [
                {"type": "filter", "expr": "datum.id !== '010'"},
                # Kosovo has no number, neither in ISO 3166 nor in the map.
                {"type": "formula", "as": "code", "expr": "datum.id || datum.properties.name"},
            ],
        },
        {
            "name": "bought",
            "source": "world",
            "transform": [
                {
                    "type": "lookup",
                    "from": "table",
                    "key": "code",
                    "fields": ["code"],
                    "values": ["key", "value", "text", "selected"],
                },
                {"type": "filter", "expr": "isValid(datum.value)"},
            ],
        },
    ],
    "projections": [
        {
            "name": "projection",
            "type": "naturalEarth1",
            "fit": {"signal": "data('world')"},
            "size": {"signal": "[width, height]"},
        }
    ],
    "scales": [
        {
            "name": "shade",
            "type": "log",
            "domain": {"data": "table", "field": "value"},
            "range": [{"signal": "low"}, {"signal": "high"}],
            "interpolate": "lab",
        }
    ],
    "marks": [
        {
            "type": "shape",
            "aria": False,
            "interactive": False,
            "from": {"data": "world"},
            "encode": {
                "update": {"fill": {"signal": "land"}, "stroke": {"signal": "grid"}, "strokeWidth": {"value": 0.5}}
            },
            "transform": [{"type": "geoshape", "projection": "projection"}],
        },
        {
            "type": "shape",
            "from": {"data": "bought"},
            "encode": {
                "update": {
                    "fill": {"scale": "shade", "field": "value"},
                    "stroke": {"signal": "grid"},
                    "strokeWidth": {"value": 0.5},
                    "opacity": {"signal": "datum.selected ? 1 : 0.3"},
                    "tooltip": {"signal": "datum.text"},
                    "description": {"signal": "datum.key + ': ' + datum.text"},
                }
            },
            "transform": [{"type": "geoshape", "projection": "projection"}],
        },
    ],
}
