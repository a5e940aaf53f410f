"""The parts of the graph that runs are made of, found in the graph itself."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg

from bandcamp_assets.assets.jobs import LANDING


@dataclass(frozen=True)
class Parts:
    """The assets behind landing: those without days that days need, those by day, and what comes after."""

    reference: frozenset[dg.AssetKey]
    days: frozenset[dg.AssetKey]
    after_days: frozenset[dg.AssetKey]

    @classmethod
    def of(cls, definitions: dg.Definitions) -> Parts:
        """Find them in a whole graph."""
        graph = definitions.resolve_asset_graph()
        every = set(graph.executable_asset_keys)
        days = {key for key in every if graph.get(key).partitions_def is not None}
        below = dg.AssetSelection.assets(*days).downstream().resolve(graph)
        after = {key for key in below if key in every} - days
        before = LANDING.resolve(graph)
        return cls(frozenset(every - before - days - after), frozenset(days), frozenset(after))
