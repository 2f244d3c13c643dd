# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user sees first."""

from __future__ import annotations

import re
from dataclasses import replace
from time import process_time
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._text import width_of
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render.terminal import render
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.plugin_utils._render.large import large_report
from tests.unit.plugins.plugin_utils._render.reports import IPVLAN, NO_ROUTE, REPORTS
from tests.unit.plugins.simulation import Faults, Fleet, report_of

FIFTEEN = replace(IPVLAN, hosts=tuple(f"host{number}" for number in range(1, 16)))
A_MILLION_PAIRS_SECONDS = 1.5
NAMES = st.lists(st.text(min_size=1, max_size=90), unique=True, min_size=1, max_size=18)


@pytest.mark.parametrize("name", REPORTS)
def test_the_text_is_the_golden_one(name: str, golden: Any) -> None:
    golden(f"{name}.txt", render(REPORTS[name]()))


@pytest.mark.parametrize("name", REPORTS)
def test_colour_adds_nothing_but_colour(name: str) -> None:
    report = REPORTS[name]()
    coloured = render(report, colour=True)
    assert re.sub(r"\x1b\[\d+m", "", coloured) == render(report)
    assert "\x1b[" in coloured


@settings(max_examples=60)
@given(NAMES, st.integers(0, 3))
def test_no_name_leaves_its_line_or_reaches_the_terminal_raw(hosts: list[str], per_host: int) -> None:
    fleet = Fleet(hosts=tuple(hosts), containers=per_host, driver="ipvlan")
    report = report_of(fleet, Faults(cut=frozenset(hosts[:1]), mtu=dict.fromkeys(hosts[1:2], 1400)))
    text = render(report)
    assert all(character.isprintable() for character in text.replace("\n", ""))
    assert max(width_of(line) for line in text.splitlines()) <= 80


def test_the_verdict_comes_first() -> None:
    assert render(REPORTS["mac-filter"]()).startswith("FAIL: ")


@pytest.mark.parametrize("name", REPORTS)
def test_no_line_is_wider_than_the_terminal(name: str) -> None:
    assert max(width_of(line) for line in render(REPORTS[name]()).splitlines()) <= 80


def test_of_more_hosts_than_numbers_have_room_the_symbols_are_shown(golden: Any) -> None:
    report = report_of(FIFTEEN, Faults(cut=frozenset({"host5"}), lost={"host9": ("host_down", NO_ROUTE)}))
    golden("fifteen-hosts.txt", render(report))


def test_a_million_pairs_are_told_in_a_second_and_a_half(golden: Any) -> None:
    report = large_report()
    start = process_time()
    text = render(report)
    assert process_time() - start < A_MILLION_PAIRS_SECONDS
    golden("large.txt", text)


def test_changes_come_right_after_the_verdict() -> None:
    verdict, _blank, changes, *_rest = render(REPORTS["changes"]()).splitlines()
    assert verdict.startswith("FAIL: ")
    assert changes == "Since the last run (2026-01-30T12:00:00Z)"


def test_one_pair_is_told_in_the_singular() -> None:
    assert render(REPORTS["two-networks"]()).startswith("FAIL: of 14 pairs, 1 is open though it must be blocked\n")


def test_hosts_without_data_are_named_with_the_message_that_they_share() -> None:
    lines = " ".join(render(REPORTS["no-data"]()).split())
    assert f"Hosts without data - host1, host2 and host3: host_down: {NO_ROUTE}" in lines


def test_of_very_many_hosts_without_data_all_names_but_not_all_messages_are_told() -> None:
    report = REPORTS["aborted"]()
    report["hosts"] = [{**report["hosts"][0], "name": f"h{n}", "detail": f"message {n}"} for n in range(40)]
    text = render(report)
    assert text.count("message") == 10
    assert all(f"h{number}" in text for number in range(40))
