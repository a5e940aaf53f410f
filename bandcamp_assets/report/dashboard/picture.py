"""A small picture of the dashboard for the asset's metadata, drawn without a browser and without outside texts."""

from __future__ import annotations

import base64

import polars as pl

from bandcamp_assets.report.drawing import draw_png

_TEAL, _ORANGE = "#2b6f83", "#b8480f"


def picture(sales: pl.DataFrame) -> str:
    """Bars over time, by kind of item and by format, as a picture inside Markdown.

    Args:
        sales: The mart `dashboard_sales`.
    """
    png = base64.b64encode(draw_png(_specification(sales))).decode()
    return f"![The dashboard's charts](data:image/png;base64,{png})"


def _specification(sales: pl.DataFrame) -> dict[str, object]:
    times = sales.group_by(pl.col("period_start").dt.to_string().alias("label")).agg(_sums()).sort("label")
    split = [
        {"label": row["label"], "part": part, "usd": amount}
        for row in times.iter_rows(named=True)
        for part, amount in (("friday", row["friday"]), ("other", row["usd"] - row["friday"]))
    ]
    colour = {"field": "part", "scale": {"range": [_ORANGE, _TEAL]}, "legend": None}
    time = {"field": "label", "type": "ordinal", "title": None, "axis": {"labelOverlap": True}}
    amount = {"field": "usd", "type": "quantitative", "title": "USD paid", "axis": {"format": "~s"}}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": "white",
        "vconcat": [
            {"width": 620, "height": 130, "data": {"values": split}, "mark": "bar",
             "encoding": {"x": time, "y": amount, "color": colour}},
            {"hconcat": [_ranking(sales, "item_type_label"), _ranking(sales, "item_format")]},
        ],
    }  # fmt: skip


def _sums() -> list[pl.Expr]:
    return [
        pl.col("revenue_usd").sum().cast(pl.Float64).alias("usd"),
        pl.col("bandcamp_friday_revenue_usd").sum().cast(pl.Float64).alias("friday"),
    ]


def _ranking(sales: pl.DataFrame, column: str) -> dict[str, object]:
    rows = (
        sales.group_by(pl.col(column).alias("label")).agg(_sums()).sort("usd", "label", descending=[True, False])
    )
    return {
        "width": 190,
        "height": {"step": 16},
        "data": {"values": rows.to_dicts()},
        "mark": {"type": "bar", "color": _TEAL},
        "encoding": {
            "y": {"field": "label", "type": "nominal", "sort": None, "title": None},
            "x": {"field": "usd", "type": "quantitative", "title": "USD paid", "axis": {"format": "~s"}},
        },
    }
