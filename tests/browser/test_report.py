# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTML report as a user has it before them. Any error and any request fails the test, see ``shown``."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.looking import pixels, press
from tests.unit.plugins.plugin_utils._render.large import large_report
from tests.unit.plugins.plugin_utils._render.reports import REPORTS

DARK = {"color_scheme": "dark"}
LIGHT_PAPER, DARK_PAPER, WHITE = "rgb(250, 249, 246)", "rgb(20, 23, 26)", "rgb(255, 255, 255)"
LIGHT_INK = "rgb(29, 33, 38)"
PHONE = {"viewport": {"width": 360, "height": 740}}


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_opens_without_an_error_or_a_request(opened: Opener, name: str) -> None:
    report = REPORTS[name]()
    page = opened(report)
    expect(page.locator(".badge")).to_contain_text(re.compile(report["verdict"], re.IGNORECASE))
    assert page.locator("#atlas").is_visible() == bool(report["totals"]["pairs"])
    expect(page.locator("[data-cause]")).to_have_count(len(report["causes"]))


def test_the_first_screen_says_verdict_numbers_cause_and_cure(opened: Opener) -> None:
    page = opened("mac-filter")
    expect(page.locator("h1")).to_have_text("48 of 144 pairs not as expected")
    card = page.locator("[data-cause]").first
    expect(card).to_contain_text("Unknown MAC addresses are dropped")
    expect(card).to_contain_text("host2 · 48 pairs, 2 checks")
    expect(card).to_contain_text("Cure: On VMware accept promiscuous mode")
    expect(page.locator("#findings")).to_contain_text("2 checks failed")


def test_lost_hosts_are_named_with_their_reason(opened: Opener) -> None:
    page = opened("host-down")
    expect(page.locator("#findings")).to_contain_text("1 host without data")
    expect(page.locator("#findings")).to_contain_text("host3 host down")


def test_the_system_decides_between_light_and_dark_until_the_user_does(opened: Opener) -> None:
    page = opened("healthy", **DARK)
    expect(page.locator("body")).to_have_css("background-color", DARK_PAPER)
    before = pixels(page)
    page.get_by_role("button", name="Theme: system").click()
    expect(page.locator("body")).to_have_css("background-color", LIGHT_PAPER)
    assert pixels(page) != before
    page.get_by_role("button", name="Theme: light").click()
    expect(page.locator("body")).to_have_css("background-color", DARK_PAPER)
    assert pixels(page) == before


def test_paper_is_light_and_has_everything_but_the_controls(opened: Opener) -> None:
    page = opened("mac-filter", **DARK)
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator("body")).to_have_css("background-color", WHITE)
    expect(page.locator("body")).to_have_css("color", LIGHT_INK)
    expect(page.locator("#controls")).to_be_hidden()
    expect(page.get_by_role("button", name="Show on the map")).to_be_hidden()
    for part in ("#canvas", "#legend", "[data-cause]", "#relations"):
        expect(page.locator(part)).to_be_visible()
    pair = page.locator(".card details li").first
    expect(pair).to_be_visible()
    expect(pair).to_contain_text("host1 → host2/dockerlan-office-1")
    assert page.pdf(format="A4").count(b"/Type /Page\n") >= 2
    page.emulate_media(media="screen", color_scheme="dark")
    expect(page.locator("body")).to_have_css("background-color", DARK_PAPER)
    expect(page.locator(".card details").first).not_to_have_attribute("open", "")


def test_a_large_map_is_printed_whole(opened: Opener) -> None:
    page = opened(large_report(), viewport={"width": 700, "height": 900})
    page.get_by_label("Endpoints", exact=True).check()
    page.emulate_media(media="print")
    # The page hears of it a moment later. Its own policy would keep a function from being evaluated again and again.
    expect(page.locator("#canvas")).to_have_attribute("width", re.compile(r"^[0-9]{4,}$"))
    assert page.evaluate("canvas.clientWidth <= sheet.clientWidth")


@pytest.mark.parametrize("name", ["mac-filter", "fifty-hosts", "changes", "hostile-names"])
def test_a_phone_has_room_for_it(opened: Opener, name: str) -> None:
    page = opened(name, **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.locator("#map").focus()
    press(page, "Enter")
    box = page.locator("#panel").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["healthy", "mac-filter", "host-down", "changes", "expectations", "aborted"])
def test_axe_finds_no_serious_fault(opened: Opener, name: str, scheme: str) -> None:
    page = opened(name, color_scheme=scheme)
    if page.locator("#map").is_visible():
        page.locator("#map").focus()
        press(page, "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "Enter")
        page.locator("#table summary").click()
    found = Axe().run(page).response["violations"]
    assert [(fault["id"], node["html"]) for fault in found for node in fault["nodes"] if is_serious(fault)] == []


def is_serious(fault: dict[str, Any]) -> bool:
    """Tell whether axe takes a fault to be serious or critical."""
    return fault["impact"] in ("serious", "critical")


def test_names_are_shown_as_they_are(opened: Opener) -> None:
    page = opened("hostile-names")
    names = [host["name"] for host in REPORTS["hostile-names"]()["hosts"]]
    page.get_by_text("The same as a table").click()
    heads = page.locator("#table-body tbody th").all_text_contents()
    assert [name for name in heads if "/" not in name.replace("</", "").replace("//", "")] == names
    assert page.locator("main b[onclick], main script").count() == 0


def test_without_javascript_the_core_is_there(opened: Opener) -> None:
    page = opened("mac-filter", java_script_enabled=False)
    expect(page.locator("#plain")).to_be_visible()
    expect(page.locator("#plain")).to_contain_text("Of 144 pairs: 96 as expected, 48 blocked, must be open")
    expect(page.locator("#plain")).to_contain_text("Unknown MAC addresses are dropped (host2).")
