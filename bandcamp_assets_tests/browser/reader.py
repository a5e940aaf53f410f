"""The dashboard's page as its reader uses it: choosing, waiting for the charts, reading figures and tables."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from bandcamp_assets_tests.patience import PATIENCE_MILLISECONDS


class Reader:
    """Someone who reads the page, and all that it asked for or complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))

    def open(self, path: Path, view: str = "") -> None:
        self.page.goto(path.as_uri() + view)
        self.page.wait_for_selector(
            "html[data-ready=yes] body, #failure:not([hidden])", timeout=PATIENCE_MILLISECONDS
        )
        assert self.page.locator("#failure").inner_text() == ""

    def after(self, action: object) -> None:
        """Do something and wait until all charts show it."""
        before = self.page.evaluate("document.documentElement.dataset.updates")
        action()  # type: ignore[operator]
        self.page.wait_for_function(
            f"document.documentElement.dataset.updates !== '{before}'", timeout=PATIENCE_MILLISECONDS
        )

    def choose(self, name: str, value: str) -> None:
        """Choose a value of a filter; of a list, one more."""
        if name in ("from", "to"):
            self.after(lambda: self.page.select_option(f"#filter-{name}", value))
            return
        picker = self.page.locator(f"#filter-{name}")
        if picker.get_attribute("open") is None:
            picker.locator("summary").click()
        self.after(lambda: picker.get_by_role("checkbox", name=re.compile(f"^{re.escape(value)}\\b")).click())

    def expect_address(self, ending: str) -> None:
        """The address ends so, at the latest when the browser has told of its change."""
        expect(self.page).to_have_url(re.compile(f"{re.escape(ending)}$"), timeout=PATIENCE_MILLISECONDS)

    def figure(self, name: str) -> str:
        return self.page.locator(f"#figure-{name}").inner_text()

    def table(self, card: str) -> list[list[str]]:
        """The rows of a card's table, opened if need be."""
        details = self.page.locator(f"#{card} .rows")
        if details.count() and details.get_attribute("open") is None:
            details.locator("summary").click()
            self.page.wait_for_selector(f"#{card} .table table")
        rows = self.page.locator(f"#{card} .table tbody tr")
        return [row.locator("th, td").all_inner_texts() for row in rows.all()]
