# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of a CI job, read by GitHub's own parser."""

from __future__ import annotations

from time import process_time
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render.markdown import render
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.plugin_utils._render.large import large_report
from tests.unit.plugins.plugin_utils._render.markdown_page import OURS, Page, row_of
from tests.unit.plugins.plugin_utils._render.reports import CAUSES, HOSTILE_HOSTS, REPORTS
from tests.unit.plugins.simulation import Faults, Fleet, report_of

NAMES = st.lists(st.text(min_size=1, max_size=20), unique=True, min_size=2, max_size=3)


@pytest.mark.parametrize("name", REPORTS)
def test_the_text_is_the_golden_one(name: str, golden: Any) -> None:
    golden(f"{name}.md", render(REPORTS[name]()))


@pytest.mark.parametrize("name", REPORTS)
def test_there_is_nothing_on_the_page_but_what_is_ours(name: str) -> None:
    assert Page(render(REPORTS[name]())).tags <= OURS


@settings(max_examples=100, deadline=None)
@given(NAMES)
def test_no_name_leaves_its_place(hosts: list[str]) -> None:
    report = report_of(Fleet(hosts=tuple(hosts), containers=1, families=("ipv4",)), Faults(cut=frozenset(hosts[:1])))
    plain = Fleet(hosts=tuple("abc"[: len(hosts)]), containers=1, families=("ipv4",))
    page, other = Page(render(report)), Page(render(report_of(plain, Faults(cut=frozenset("a")))))
    assert page.tags == other.tags
    assert [len(row) for row in page.rows] == [len(row) for row in other.rows]


def test_hostile_names_are_shown_as_they_are() -> None:
    page = Page(render(REPORTS["hostile-names"]()))
    for host in HOSTILE_HOSTS:
        assert any(host.replace("\n", " ") in row[0] for row in page.rows)
    text = render(REPORTS["hostile-names"]())
    assert not any(sign in text for sign in ("<script", "</script", "@all", "[x](", "${", "#1 ", "<!--", "<b "))


@pytest.mark.parametrize(
    "words",
    ["~~x~~", "&lt;x&gt;", "*x*", "_x_", "[x](y)", "![x](y)", "`x`", "\\\\*x", "<b>x</b>", "a|b", "$x$", "a_b_c"],
)
def test_a_name_is_shown_as_it_is(words: str) -> None:
    page = Page(render(report_of(Fleet(hosts=(words, "b"), containers=1), Faults(cut=frozenset({words})))))
    assert page.tags <= OURS
    assert any(row[0] == words for row in page.rows)


@pytest.mark.parametrize("link", ["https://evil.example", "www.evil.example", "WWW.evil.example", "me@evil.example"])
def test_no_name_becomes_a_link(link: str) -> None:
    page = Page(render(report_of(Fleet(hosts=(link, "b"), containers=1), Faults(cut=frozenset({link})))))
    assert page.tags <= OURS
    assert link in page.text


@pytest.mark.parametrize(
    "line", ["- x", "+ x", "* x", "1. x", "2) x", "# x", "> x", "===", "---", "    x", "```", "| x |"]
)
def test_evidence_is_text_however_it_begins(line: str) -> None:
    report = REPORTS["gateway-unreachable"]()
    report["causes"][0]["evidence"] = [line]
    page = Page(render(report))
    assert page.tags == Page(render(REPORTS["gateway-unreachable"]())).tags
    assert line.strip() in page.text


@pytest.mark.parametrize("name", CAUSES)
def test_every_cause_is_told_with_its_evidence_and_cure(name: str) -> None:
    report = REPORTS[name]()
    page = Page(render(report))
    for cause in report["causes"]:
        for part in (cause["title"], cause["explanation"], f"Cure: {cause['cure']}.", *cause["evidence"][:10]):
            assert part[:400] in page.text


@pytest.mark.parametrize(("name", "sign"), [("healthy", "✅"), ("mac-filter", "❌"), ("no-data", "❔")])
def test_the_verdict_comes_first(name: str, sign: str) -> None:
    report = REPORTS[name]()
    assert render(report).startswith(f"## {sign} Reachability: {report['verdict']}\n")


def test_pairs_that_were_not_probed_say_so() -> None:
    page = Page(render(REPORTS["topology-ring"]()))
    assert "Not every pair was probed" in page.text
    assert any("·" in row for row in page.rows)
    assert "· not probed" in page.text


def test_changes_are_told_with_examples() -> None:
    page = Page(render(REPORTS["changes"]()))
    assert "Since the last run (2026-01-30T12:00:00Z)" in page.text
    assert row_of(page, "newly broken")[1] == "18"
    assert row_of(page, "newly broken")[0].startswith("host2 → host1 (office, IPv4)")
    assert row_of(page, "healed")[1] == "4"
    assert row_of(page, "endpoints gone") == ["host3/dockerlan-office-3 and host4", "2"]


def test_a_baseline_and_no_changes_say_so() -> None:
    report = REPORTS["changes"]()
    nothing = {"newly_broken": 0, "healed": 0, "still_broken": 0, "endpoints_come": [], "endpoints_gone": []}
    report["changes"].update(baseline=True, **nothing)
    text = render(report)
    assert "### Since the baseline (" in text
    assert "No pair broke or healed." in text


def test_relations_have_their_times() -> None:
    page = Page(render(REPORTS["changes"]()))
    (row,) = [row for row in page.rows if row[1:2] == ["cross host"]]
    assert row == ["office IPv4", "cross host", "open", "❌ 8/24", "16", "0", "0.055", "3.35", "20.0"]


@pytest.mark.parametrize(("time", "shown"), [(0.055, "0.055"), (1.0, "1.00"), (20.25, "20.2"), (1234.5, "1234")])
def test_times_are_as_short_as_they_are_long(time: float, shown: str) -> None:
    report = REPORTS["changes"]()
    report["relations"][-1]["rtt_ms"] = {"p50": time, "p95": time, "max": time}
    assert f"| {shown} | {shown} | {shown} |" in render(report)


def test_lost_hosts_with_the_same_message_are_told_together() -> None:
    page = Page(render(REPORTS["no-data"]()))
    assert row_of(page, "host1, host2 and host3")[0] == "host_down"


def test_failed_checks_and_one_way_pairs_are_told() -> None:
    assert "answers neither pings nor ARP" in row_of(Page(render(REPORTS["gateway-unreachable"]())), "gateway")[0]
    assert "host3 -> host1: 4 pairs in office, IPv4" in Page(render(REPORTS["one-way"]())).text


def test_it_is_never_too_large() -> None:
    report = REPORTS["hostile-names"]()
    evidence = ["@" * 600 + str(number) for number in range(99)]
    report["causes"] = [{**report["causes"][0], "explanation": "@" * 9000, "evidence": evidence}] * 500
    lost = {**report["hosts"][0], "lost": True, "reason": "failed"}
    report["hosts"] = [{**lost, "name": str(number), "detail": "#" * number} for number in range(2000)]
    report["relations"] = report["relations"] * 500
    text = render(report)
    assert len(text.encode()) < 1 << 20
    assert "see reachability.json" in text
    assert text.endswith("by dockerlan.fleet.\n")


def test_a_million_pairs_are_written_in_time() -> None:
    report = large_report()
    start = process_time()
    text = render(report)
    assert process_time() - start < 1.5
    assert len(text) < 50_000


def test_network_modes_say_what_they_show_network_by_network() -> None:
    report = REPORTS["modes-broken"]()
    page = Page(render(report))
    rows = [row for row in page.rows if len(row) == 4 and row[1] in ("✅", "❌")]
    assert rows[3] == ["none", "❌", "host2", "dockerlan-none-1 has eth0, expected only lo"]
    assert rows[0][2] == "host1 and host2"
    networks = [row[0] for row in page.rows if len(row) == 9]
    assert networks == sorted(networks, key=networks.index)
    directions = [row[1] for row in page.rows if row[0] == "bridge IPv4"]
    assert directions[3:5] == ["other host inwards", "other host outwards"]


def test_very_many_findings_are_cut_short() -> None:
    report = REPORTS["modes"]()
    check = next(check for check in report["checks"] if check["kind"] == "mode")
    report["checks"] = [{**check, "detail": f"finding {number}"} for number in range(230)]
    assert "And 30 more rows." in render(report)
