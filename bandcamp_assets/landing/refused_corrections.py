"""Names refused corrections in the log of the step that refuses them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.system.progress import LOGGER


@contextmanager
def reporting_refusals(catalog: Catalog, step: str) -> Iterator[None]:
    """Log the corrections that the enclosed code refuses, even if it fails."""
    before = set(catalog.refused_corrections())
    try:
        yield
    finally:
        for one in catalog.refused_corrections():
            if one not in before:
                reason = " ".join(one.refused.split())
                LOGGER.warning("%s: refused the correction %s: %s", step, one.name, reason)
