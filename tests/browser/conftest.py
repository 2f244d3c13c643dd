# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports in a real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render.html import render
from playwright.sync_api import Browser, Page, sync_playwright

from tests.unit.plugins.plugin_utils._render.reports import REPORTS
from tools.screenshots import CHROMIUM, FLAGS

Shower = Callable[..., Page]
Opener = Callable[..., Page]
PATIENCE_MS = 10_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run one browser for the tests of a module; no longer, because an event loop runs with it."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def shown(browser: Browser, tmp_path: Path) -> Iterator[Shower]:
    """Return a function that opens the text of a page; nothing may go wrong or out while it is open."""
    complaints: list[str] = []
    pages: list[Page] = []

    def show(text: str, **options: Any) -> Page:
        path = tmp_path / f"report-{len(pages)}.html"
        path.write_text(text, encoding="utf-8")
        page = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **options}).new_page()
        page.set_default_timeout(PATIENCE_MS)
        listen(page, path, complaints)
        page.goto(path.as_uri())
        pages.append(page)
        return page

    yield show
    for page in pages:
        page.context.close()
    assert complaints == []


@pytest.fixture
def opened(shown: Shower) -> Opener:
    """Return a function that opens a report, by its name or itself."""

    def show(report: Any, **options: Any) -> Page:
        return shown(render(REPORTS[report]() if isinstance(report, str) else report), **options)

    return show


def listen(page: Page, path: Path, complaints: list[str]) -> None:
    """Collect what must not happen: errors, warnings, dialogs, and requests for anything but the file itself."""
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    allowed = (path.as_uri(), "data:,")
    page.on("request", lambda request: complaints.append(request.url) if request.url not in allowed else None)
