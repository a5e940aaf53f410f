"""Notices about deliveries, one line each, for the summary of a run and `bandcamp status`."""

from __future__ import annotations

from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.lake.layout import rejected_file
from bandcamp_assets.landing.refusals import (
    SHOWN,
    closed_inbox,
    files_waiting_in_vain,
    is_closed,
    named,
    standing_refusals,
)
from bandcamp_assets.state.ledger.ledger import Ledger
from bandcamp_assets.state.ledger.rejections import rejecting_deliveries
from bandcamp_assets.storage.warehouse.marks import FACT
from bandcamp_assets.system.terminal import visible


def notices(deployment: Deployment, ledger: Ledger, *, most: int = SHOWN) -> list[str]:
    """All notices: no sales at all, deliveries with rejected rows, and what was refused.

    Args:
        deployment: The deployment.
        ledger: The counts of its layers.
        most: The most files to name of each kind.
    """
    lines = [*_no_sale(deployment, ledger), *_rejected(deployment, most), *_of_the_inboxes(deployment, most)]
    return [_notice(line) for line in lines]


def refusals(deployment: Deployment) -> list[str]:
    """Only the notices of the inboxes, for a run that failed before anything was counted."""
    return [_notice(line) for line in _of_the_inboxes(deployment, SHOWN)]


def _notice(line: str) -> str:
    # A name may hold line breaks, but a notice is one line.
    return visible(f"! {line}")


def _no_sale(deployment: Deployment, ledger: Ledger) -> list[str]:
    """Says that the tables are empty, and why."""
    files = deployment.catalog.current_files()
    if not files or ledger.total(FACT).rows:
        return []
    why = "all rows were rejected" if ledger.raw_rows else "no delivered file has a row below its header"
    return [f"There are no sales: {why}. All tables exist but are empty; deliver a file with sales"]


def _rejected(deployment: Deployment, most: int) -> list[str]:
    """Deliveries with rejected rows, and where these rows are."""
    lake = deployment.settings.home.lake
    found = rejecting_deliveries(deployment.catalog, lake, most=most)
    where = f"Each rejected row, with its reason and its text, is in {rejected_file(lake, 'x').parent}"
    return [*found, where] if found else []


def _of_the_inboxes(deployment: Deployment, most: int) -> list[str]:
    """Refused files by name, or that the inboxes are closed."""
    inboxes, catalog = deployment.inboxes.all, deployment.catalog
    if is_closed(catalog):
        return [closed_inbox(files_waiting_in_vain(inboxes, catalog))]
    return [f"refused: {line}" for line in named(standing_refusals(inboxes, catalog), most)]
