# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The heat map of the HTML report. Any error and any request fails the test, see ``shown``."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.looking import contrast, pixels, point_at, press, tip_at
from tests.unit.plugins.plugin_utils._render.large import large_report
from tests.unit.plugins.plugin_utils._render.reports import REPORTS

SCROLLING = """new Promise(done => {
  const times = [];
  let last = performance.now();
  const frame = () => {
    const now = performance.now();
    times.push(now - last);
    last = now;
    map.scrollLeft += 23;
    map.scrollTop += 17;
    if (times.length < 60) requestAnimationFrame(frame); else done(times);
  };
  requestAnimationFrame(frame);
})"""


def test_changes_since_the_last_run_are_numbers_and_a_view(opened: Opener) -> None:
    page = opened("changes")
    expect(page.locator("#findings")).to_contain_text("18 newly broken")
    before = pixels(page)
    page.get_by_label("Changes", exact=True).check()
    assert pixels(page) != before
    expect(page.locator("#legend")).to_contain_text("newly healed")


def test_without_an_earlier_report_there_is_no_view_of_changes(opened: Opener) -> None:
    expect(opened("healthy").get_by_label("Changes", exact=True)).to_be_disabled()


def test_filters_leave_the_rows_and_columns_that_fit(opened: Opener) -> None:
    page = opened("mac-filter")
    page.get_by_label("From").fill("host2")
    expect(page.locator("#chosen")).to_contain_text("3 of 9 rows, 9 of 9 columns.")
    page.get_by_label("To", exact=True).fill("office-2")
    expect(page.locator("#chosen")).to_contain_text("3 of 9 rows, 3 of 9 columns.")
    page.get_by_label("From").fill("=host2/dockerlan-office-1")
    expect(page.locator("#chosen")).to_contain_text("1 of 9 rows")
    page.get_by_label("To", exact=True).fill("192.168.56.177")
    expect(page.locator("#chosen")).to_contain_text("1 of 9 columns")
    page.get_by_label("From").fill("nobody")
    expect(page.locator("#chosen")).to_contain_text("Nothing fits these filters.")


def test_rows_and_columns_without_findings_can_be_hidden(opened: Opener) -> None:
    page = opened("expectations")
    page.get_by_label("Only rows and columns with findings").check()
    expect(page.locator("#chosen")).to_contain_text("3 of 9 rows, 2 of 9 columns.")


def test_a_cause_stands_out_when_it_is_chosen_and_can_be_left_again(opened: Opener) -> None:
    page = opened("mac-filter")
    before = pixels(page)
    button = page.get_by_role("button", name="Show on the map")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#chosen")).to_contain_text("Only the pairs of this cause stand out")
    assert pixels(page) != before
    page.get_by_role("button", name="Show all", exact=True).click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert pixels(page) == before


def test_the_pointer_over_a_cell_says_what_it_is(opened: Opener) -> None:
    page = opened("mac-filter")
    point_at(page, "host1", "host2/dockerlan-office-1")
    expect(page.locator("#tip")).to_contain_text("blocked, must be open")
    point_at(page, "host1", "host3")
    expect(page.locator("#tip")).to_contain_text("reached · round trip 0.055 ms")
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    last = "host3/dockerlan-office-2"
    assert tip_at(page, box["x"] + box["width"] - 6, box["y"] + box["height"] - 6).startswith(f"{last} → {last}\n")
    page.mouse.move(5, 5)
    expect(page.locator("#tip")).to_be_hidden()


def test_a_click_on_a_pair_opens_its_evidence_and_its_cause(opened: Opener) -> None:
    page = opened("changes")
    point_at(page, "host1", "host2/dockerlan-office-1")
    page.mouse.down()
    page.mouse.up()
    panel = page.locator("#panel")
    for text in (
        "host1 → host2/dockerlan-office-1",
        "blocked, must be open",
        "both are on the same layer 2",
        "unreachable: an ICMP error, or the kernel found no neighbour",
        "Cut off from the LAN",
        "host2: eth0 is up and has a carrier",
        "Cure: Check the link",
    ):
        expect(panel).to_contain_text(text)
    panel.get_by_role("button", name="blocked, must be open").click()
    expect(panel.locator("h3").first).to_have_text("host2/dockerlan-office-1 → host1")


def test_a_pair_that_replied_has_its_times_and_its_loss(opened: Opener) -> None:
    report = REPORTS["healthy"]()
    report["matrix"][0]["rows"][0]["loss"] = [[7, 0.333]]
    page = opened(report)
    point_at(page, "host1", "host3/dockerlan-office-2")
    page.mouse.down()
    page.mouse.up()
    expect(page.locator("#panel")).to_contain_text("0.055 ms")
    expect(page.locator("#panel")).to_contain_text("0.040 ms to 0.090 ms")
    expect(page.locator("#panel")).to_contain_text("33 %")


def test_a_cell_of_hosts_has_counts_and_leads_to_its_endpoints(opened: Opener) -> None:
    page = opened("mac-filter")
    page.get_by_label("Hosts", exact=True).check()
    point_at(page, "host1", "host2")
    expect(page.locator("#tip")).to_contain_text("3 of 9 pairs as expected · 6 blocked, must be open")
    page.mouse.down()
    page.mouse.up()
    expect(page.locator("#panel")).to_contain_text("Cause of 6 pairs here")
    page.get_by_role("button", name="Show its endpoints").click()
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator("#chosen")).to_contain_text("3 of 9 rows, 3 of 9 columns.")
    expect(page.get_by_label("Endpoints", exact=True)).to_be_checked()


def test_everything_can_be_done_with_the_keyboard(opened: Opener) -> None:
    page = opened("mac-filter")
    page.locator("#only").focus()
    press(page, "Tab")
    expect(page.locator("#map")).to_be_focused()
    expect(page.locator("#live")).to_have_text("host1 → host1: itself")
    press(page, "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
    expect(page.locator("#live")).to_have_text("host1 → host2/dockerlan-office-1: blocked, must be open")
    press(page, "Enter")
    expect(page.locator("#panel")).to_be_focused()
    press(page, "Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator("#map")).to_be_focused()
    press(page, "End", "PageDown", "ArrowDown")
    expect(page.locator("#live")).to_have_text("host3/dockerlan-office-2 → host3/dockerlan-office-2: itself")
    press(page, "Control+Home", "ArrowLeft", "ArrowUp")
    expect(page.locator("#live")).to_have_text("host1 → host1: itself")


def test_the_focus_is_seen(opened: Opener) -> None:
    page = opened("mac-filter")
    page.locator("#only").focus()
    before = pixels(page)
    press(page, "Tab")
    assert page.locator("#map").evaluate("map => getComputedStyle(map).outlineStyle") == "solid"
    assert pixels(page) != before


def test_cells_grow_and_shrink(opened: Opener) -> None:
    page = opened("eight-hosts")
    wide = "sheet.clientWidth"
    before = page.evaluate(wide)
    page.get_by_role("button", name="Larger cells").click()
    assert page.evaluate(wide) > before
    page.locator("#map").focus()
    press(page, "-", "-", "-")
    assert page.evaluate(wide) < before
    press(page, "0")
    assert page.evaluate(wide) == before


def test_networks_and_families_are_chosen_apart(opened: Opener) -> None:
    page = opened("families-differ")
    expect(page.get_by_label("IPv6")).to_be_checked()
    before = pixels(page)
    page.get_by_label("IPv4").check()
    assert pixels(page) != before
    page = opened("two-networks")
    page.get_by_label("Network").select_option("office → voice")
    expect(page.locator("#legend")).to_contain_text("blocked, as expected")


def test_the_map_is_a_table_as_well(opened: Opener) -> None:
    page = opened("expectations")
    page.get_by_text("The same as a table").click()
    row = page.locator("#table-body tbody tr").nth(1)
    expect(row.locator("th")).to_have_text("host1/web-1")
    expect(row.locator("td").nth(3)).to_have_text("reached, round trip 0.055 ms")
    expect(row.locator("td").nth(6)).to_have_text("open, must be blocked, round trip 0.055 ms")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_cells_are_told_apart_by_lightness(opened: Opener, scheme: str) -> None:
    page = opened("mac-filter", color_scheme=scheme)
    for good in ("--cell-open", "--cell-blocked"):
        for wrong in ("--cell-bad", "--cell-leak"):
            assert contrast(page, good, wrong) > 3
        assert contrast(page, good, "--cell-stripe") > 1.8
    assert contrast(page, "--cell-void", "--cell-stripe") > 2
    for wrong in ("--cell-bad", "--cell-leak"):
        assert contrast(page, "--glyph-strong", wrong) > 4.5


def test_a_million_pairs_are_painted_in_two_seconds_and_stay_fluent(opened: Opener) -> None:
    page = opened(large_report())
    assert page.evaluate("performance.getEntriesByName('map painted')[0].startTime") < 2000  # ms since the navigation
    started = page.evaluate("performance.now()")
    page.get_by_label("Endpoints", exact=True).check()
    assert page.evaluate("new Promise(done => requestAnimationFrame(() => done(performance.now())))") - started < 1000
    press_many = "for (let n = 0; n < 3; n++) document.getElementById('in').click()"
    page.evaluate(press_many)
    assert sorted(page.evaluate(SCROLLING))[30] < 50  # ms, the median of the frames
