"""Makes the picture of the dashboard in the README: `make picture`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from bandcamp_assets_tests.browser.conftest import CHROMIUM, FLAGS
from bandcamp_assets_tests.homes import TestHome

PICTURE = Path(__file__).parents[2] / ".github" / "dashboard.png"


def main() -> None:
    """Run the default sample in a home of its own, open the page, and take its top."""
    if not CHROMIUM.exists():
        sys.exit("Chromium is missing: install the package chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = TestHome(Path(folder) / "home")
        home.run()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1200, "height": 1340})
        page.goto(home.deployment.settings.home.dashboard_page.as_uri())
        page.wait_for_selector("html[data-ready=yes]")
        page.screenshot(path=PICTURE)
        browser.close()
    print(PICTURE)


if __name__ == "__main__":
    main()
