# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How tests look at a page: keys, the pointer, and what is drawn."""

from __future__ import annotations

from playwright.sync_api import Page


def press(page: Page, *keys: str) -> None:
    """Press keys where the focus is."""
    for key in keys:
        page.keyboard.press(key)


def point_at(page: Page, source: str, target: str) -> None:
    """Move the pointer over the cell of a pair: down the last column to the row, then along it."""
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    right, bottom = box["x"] + box["width"] - 6, box["y"] + box["height"]
    y = next(y for y in range(int(box["y"]) + 6, int(bottom), 8) if tip_at(page, right, y).startswith(f"{source} → "))
    next(x for x in range(int(right), int(box["x"]), -8) if tip_at(page, x, y).startswith(f"{source} → {target}\n"))


def tip_at(page: Page, x: float, y: float) -> str:
    """Return what the tooltip says at a point, "" when there is none."""
    page.mouse.move(x, y)
    return page.locator("#tip").inner_text().replace("\n\n", "\n") if page.locator("#tip").is_visible() else ""


def pixels(page: Page) -> str:
    """Return what is drawn on the canvas."""
    return str(page.evaluate("new Promise(done => requestAnimationFrame(() => done(canvas.toDataURL())))"))


def luminance(colour: str) -> float:
    """Return how light a colour ``#rrggbb`` is (WCAG 2, relative luminance)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(page: Page, one: str, other: str) -> float:
    """Return the contrast of two custom properties, from 1 to 21."""
    read = "name => getComputedStyle(document.documentElement).getPropertyValue(name).trim()"
    lights = sorted(luminance(page.evaluate(read, name)) for name in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)
