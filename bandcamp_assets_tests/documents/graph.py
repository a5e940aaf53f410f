"""The graph as a chart draws it: which asset, or group of assets, leads to which."""

from __future__ import annotations

from itertools import pairwise

import dagster as dg

SEEDS = {"item_types", "countries", "country_texts", "bandcamp_fridays", "published_figures"}


def arrows(chart: str) -> set[tuple[str, str]]:
    """From where to where each arrow of a flow chart leads."""
    return {arrow for line in chart.splitlines() for arrow in pairwise(line.strip().split(" --> "))}


def stations(graph: dg.AssetGraph) -> set[tuple[str, str]]:
    """The arrows of the graph, where all marts are one station and all reference data another."""
    station = {key: _station(graph, key) for key in graph.executable_asset_keys}
    made_from = {
        (station[parent], station[key])
        for key in graph.executable_asset_keys
        for parent in graph.get(key).parent_keys
    }
    return {(start, end) for start, end in made_from if start != end}


def is_mart(graph: dg.AssetGraph, key: dg.AssetKey) -> bool:
    """Whether an asset answers a question: a table behind the facts."""
    return str(graph.get(key).group_name).startswith("marts_")


def is_shared(key: dg.AssetKey) -> bool:
    """Whether an asset is a table of the data package."""
    return key.path[0] == "tables"


def _station(graph: dg.AssetGraph, key: dg.AssetKey) -> str:
    name = key.to_user_string()
    if is_mart(graph, key):
        return "marts"
    if is_shared(key):
        return "tables"
    return "reference" if name in SEEDS | {"dim_country", "dim_date"} else name
