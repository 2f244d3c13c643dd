# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message of a failed verdict."""

from __future__ import annotations

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render.message import render

from tests.unit.plugins.plugin_utils._render.reports import REPORTS


def test_it_has_numbers_causes_and_cures() -> None:
    first, cause = render(REPORTS["mac-filter"]()).splitlines()
    assert first == "Reachability: fail: of 144 pairs, 48 are blocked though they must be open; 2 checks failed."
    assert cause.startswith(
        "- Unknown MAC addresses are dropped (host2; 48 pairs and 2 checks in office). Containers on host2"
    )
    assert cause.endswith("share the MAC address of their host.")


def test_it_names_the_lost_hosts() -> None:
    assert render(REPORTS["host-down"]()).splitlines()[-1] == "- Lost: host3 (host_down): no route"


def test_it_names_the_pairs_that_are_broken_one_way() -> None:
    message = render(REPORTS["one-way"]())
    line = "- One way only: host3 -> host1: 4 pairs in office, IPv4, such as host3/dockerlan-office-1 -> host1/"
    assert [one.startswith(line) for one in message.splitlines()].count(True) == 1
    assert "One way" not in render(REPORTS["mac-filter"]())


def test_many_ways_are_cut_short() -> None:
    report = REPORTS["one-way"]()
    ends = [{"source": f"a{number}", "target": f"b{number}"} for number in range(15)]
    report["one_way"] = [{**report["one_way"][0], **one} for one in ends]
    assert render(report).splitlines()[-1] == "- One way only: and 5 more"


def test_it_says_what_shows_a_cause() -> None:
    (cause,) = render(REPORTS["gateway-unreachable"]()).splitlines()[1:]
    assert "(host2; 1 check in office)" in cause
    assert "host2/web-1: 192.168.56.1 answers neither pings nor ARP." in cause


def test_a_failed_check_without_a_cause_has_a_line() -> None:
    (line,) = render(REPORTS["assertions"]()).splitlines()[1:]
    assert line.startswith("- Failed check: assertion: the LAN is slow (max(relations[].rtt_ms.p95) < `0.01` is false)")


def test_many_failed_checks_are_cut_short() -> None:
    report = REPORTS["assertions"]()
    report["checks"] += report["checks"][-1:] * 20
    lines = render(report).splitlines()
    assert (len(lines), lines[-1]) == (12, "- and 11 more")


def test_it_obeys_no_name() -> None:
    assert "\x1b" not in render(REPORTS["odd-names"]())


def test_checks_without_data_are_told_after_the_failed_ones() -> None:
    first, failed, *open_questions = render(REPORTS["unproven"]()).splitlines()
    assert first.endswith("; 2 checks failed; 2 checks without data.")
    assert failed.startswith("- Failed check: endpoint: host2 (office): dockerlan-office-2 does not run")
    assert open_questions.pop(0).startswith("- Failed check: endpoint: host3")
    assert [line[: len("- Check without data: expectation: office: ")] for line in open_questions] == [
        "- Check without data: expectation: office: "
    ] * 2
