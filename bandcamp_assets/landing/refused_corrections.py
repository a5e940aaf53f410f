"""Tells of corrections that are refused, by name, in the moment that they are: in the log of the step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.system.progress import LOGGER


@contextmanager
def refusals_told(catalog: Catalog, step: str) -> Iterator[None]:
    """Say in the log which corrections are refused meanwhile, also where what follows fails."""
    before = set(catalog.refused_corrections())
    try:
        yield
    finally:
        for one in catalog.refused_corrections():
            if one not in before:
                reason = " ".join(one.refused.split())
                LOGGER.warning("%s: refused the correction %s: %s", step, one.name, reason)
