"""How long the dashboard takes in a real browser: to its first chart, and for a filter."""

from __future__ import annotations

import re
import statistics
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bandcamp_assets_tests.browser.conftest import CHROMIUM, FLAGS

ROUNDS = 5

FILTERS = (
    ("country", "Germany"),
    ("item_type_label", "digital album"),
    ("currency", "EUR"),
    ("from", "2020-09-20"),
)


def page_seconds(path: Path) -> dict[str, float]:
    """Medians over fresh browsers, in seconds; nothing where there is no Chromium.

    Returns:
        `first chart` from the start of loading, `all charts`, `a filter` until every chart shows it, `megabytes`.
    """
    if not CHROMIUM.exists():
        return {}
    first, every, filters = [], [], []
    with sync_playwright() as playwright:
        for _ in range(ROUNDS):
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": 1320, "height": 900})
            page.goto(path.as_uri())
            page.wait_for_selector("html[data-ready=yes]")
            first.append(page.evaluate("performance.getEntriesByName('first-chart')[0].startTime") / 1000)
            every.append(first[-1] + _milliseconds(page) / 1000)
            for name, value in FILTERS:
                before = page.evaluate("document.documentElement.dataset.updates")
                _choose(page, name, value)
                page.wait_for_function(f"document.documentElement.dataset.updates !== '{before}'")
                filters.append(_milliseconds(page) / 1000)
            browser.close()
    return {
        "first chart": round(statistics.median(first), 2),
        "all charts": round(statistics.median(every), 2),
        "a filter": round(statistics.median(filters), 2),
        "megabytes": round(path.stat().st_size / 1e6, 2),
    }


def _choose(page: Page, name: str, value: str) -> None:
    if name == "from":
        page.select_option("#filter-from", value)
        return
    picker = page.locator(f"#filter-{name}")
    picker.locator("summary").click()
    picker.get_by_role("checkbox", name=re.compile(f"^{value}\\b")).click()


def _milliseconds(page: Page) -> float:
    return float(page.evaluate("document.documentElement.dataset.milliseconds"))
