# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the pictures of the HTML report in docs/images, always the same from the same simulated reports.

``.cache/venv/bin/python -m tools.screenshots [FOLDER]``; it needs Debian's chromium and fonts-inter.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from playwright.sync_api import Browser, FloatRect, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    # A container has neither the right to Chromium's own sandbox nor a graphics card.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
    # A tile of the page that is drawn again in part, over what it was, has other pixels at round corners than one drawn
    # as a whole; which of the two happens is a matter of time.
    "--disable-partial-raster",
)
WIDTH, HEIGHT = 1200, 1000
ATTEMPTS = 10


@dataclass(frozen=True)
class Picture:
    """A picture: its name, whose report it shows, in which colours, and what is done before it is taken."""

    name: str
    report: str
    scheme: Literal["light", "dark"] = "light"
    prepare: Callable[[Page], None] = lambda _page: None
    end: str = "body"  # the page from its top to the end of this element; "" for what the window shows


def open_cell(page: Page) -> None:
    """Go to the seventh cell of the fifth row, and open it."""
    page.locator("#map").focus()
    for key in ("ArrowDown",) * 4 + ("ArrowRight",) * 6:
        page.keyboard.press(key)
    page.keyboard.press("Enter")


def show_map(page: Page) -> None:
    """Scroll to the heat map."""
    page.evaluate("document.getElementById('atlas').scrollIntoView()")


PICTURES = (
    Picture("healthy", "healthy"),
    Picture("mac-filter", "mac-filter", prepare=open_cell, end="#atlas"),
    Picture("mac-filter-dark", "mac-filter", scheme="dark", prepare=open_cell, end="#atlas"),
    Picture("lost-host", "lost-host"),
    Picture("many-hosts", "many-hosts", prepare=show_map, end=""),
)


def load() -> tuple[Callable[[Any], str], Mapping[str, Callable[[], Any]]]:
    """Return the renderer, and how to make the reports that are shown; the simulation is that of the unit tests."""
    import_module("tests.conftest")  # from here on the collection can be imported
    tests = "tests.unit.plugins.plugin_utils._render"
    known, large = import_module(f"{tests}.reports").REPORTS, import_module(f"{tests}.large").large_report
    render = import_module("ansible_collections.dockerlan.fleet.plugins.plugin_utils._render.html").render
    return render, {**known, "lost-host": known["host-down"], "many-hosts": lambda: large(40, 4)}


def take(browser: Browser, page_file: Path, picture: Picture, target: Path) -> None:
    """Take one picture of the page in a file."""
    window: ViewportSize = {"width": WIDTH, "height": HEIGHT}
    # What moves on its way from one colour to another would be caught anywhere on it.
    page = browser.new_page(viewport=window, color_scheme=picture.scheme, reduced_motion="reduce")
    page.goto(page_file.as_uri())
    picture.prepare(page)
    page.evaluate("document.fonts.ready")
    if picture.end:
        end = page.evaluate("end => document.querySelector(end).getBoundingClientRect().bottom + scrollY", picture.end)
        area: FloatRect = {"x": 0, "y": 0, "width": WIDTH, "height": round(end) + 24}
        shot = settled(lambda: page.screenshot(full_page=True, clip=area, animations="disabled"))
    else:
        shot = settled(lambda: page.screenshot(animations="disabled"))
    target.write_bytes(shot)
    page.close()


def settled(shoot: Callable[[], bytes]) -> bytes:
    """Return the first picture that is the same as the one before: what a key has changed is drawn a moment later."""
    shot = b""
    for _attempt in range(ATTEMPTS):
        before, shot = shot, shoot()
        if shot == before:
            break
    return shot


def main(folder: Path) -> int:
    """Take all pictures into a folder; 1 when a package is missing."""
    if not Path(CHROMIUM).exists():
        print("screenshots: chromium is missing (apt install chromium fonts-inter)", file=sys.stderr)
        return 1
    render, known = load()
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for picture in PICTURES:
            page_file = Path(scratch) / f"{picture.name}.html"
            page_file.write_text(render(known[picture.report]()), encoding="utf-8")
            take(browser, page_file, picture, folder / f"{picture.name}.png")
            print(f"{folder / picture.name}.png")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if sys.argv[1:] else IMAGES))
