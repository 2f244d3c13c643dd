# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of relations."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._render._relations import across, in_order, relations

from tests.unit.plugins.plugin_utils._render.reports import REPORTS

NETWORK = REPORTS["healthy"]()["networks"][0]
TIMES = {"p50": 0.055, "p95": 1.5, "max": 20.0}


def group(relation: str = "cross_host", **changes: Any) -> dict[str, Any]:
    place = {"network": "office", "to_network": None, "family": "ipv4", "relation": relation}
    numbers = {"pairs": 24, "as_expected": 24, "unexpected": 0, "no_data": 0, "rtt_ms": TIMES}
    return {**place, "expected": "open", "why": None, "shim": False, **numbers, **changes}


def table(*families: list[dict[str, Any]], colour: bool = False) -> list[str]:
    return list(relations(NETWORK, families, colour=colour))


def test_a_row_has_what_is_expected_how_many_are_so_and_the_times() -> None:
    head, row, note = table([group()])
    assert head.split() == ["relation", "must", "be", "as", "expected", "p50", "p95", "max"]
    assert row.split() == ["cross_host", "containers", "of", "two", "hosts", "open", "24/24", "0.055", "1.500", "20.00"]
    assert [head.index(name) + 3 for name in ("p50", "p95")] == [row.index(t) + 5 for t in ("0.055", "1.500")]
    assert note == "   (times in ms)"


def test_pairs_without_replies_have_no_times() -> None:
    blocked = group("own_host", expected="blocked", rtt_ms=None)
    assert table([blocked, group()])[2].split()[-3:] == ["-", "-", "-"]
    assert table([blocked])[0].split()[-1] == "expected"


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (0.001, "0.001"),
        (9.999, "9.999"),
        (12.346, "12.35"),
        (123.45, "123.5"),
        (99.999, "100.0"),
        (999.99, "1000"),
        (9999.9, "10000"),
        (3600000.0, "3600s"),
    ],
)
def test_a_time_of_any_length_has_five_columns(milliseconds: float, shown: str) -> None:
    row = table([group(rtt_ms=dict.fromkeys(TIMES, milliseconds))])[1]
    assert row.split()[-3:] == [shown] * 3
    assert len(row) == 80


@pytest.mark.parametrize(
    ("expected", "line"), [("open", "X 3 BLOCKED, must be open"), ("blocked", "! 3 OPEN, must be blocked")]
)
def test_what_is_not_as_expected_is_said_below(expected: str, line: str) -> None:
    lines = table([group(expected=expected, as_expected=20, unexpected=3, no_data=1)])
    assert [text.strip() for text in lines[2:4]] == [line, "? 1 no data"]


def test_the_worst_of_a_row_has_its_colour() -> None:
    bad = group(as_expected=1, unexpected=3, no_data=20)
    missing = group("same_host", as_expected=1, no_data=23)
    _head, first, _missing, second, *_rest = table([bad, missing], colour=True)
    assert ("\x1b[33m1/24" in first, "\x1b[31m1/24" in second) == (True, True)


def test_families_that_agree_are_one_row_with_the_longer_times() -> None:
    lines = table([group()], [group(family="ipv6", rtt_ms={"p50": 0.06, "p95": 1.2, "max": 30.0})])
    assert lines[1].split()[-3:] == ["0.060", "1.500", "30.00"]
    assert lines[2:] == ["   (numbers for each address family; times in ms, those of the slower one)"]


def test_the_contract_comes_before_shims_and_expectations() -> None:
    groups = [
        group("own_host", expected="open", why="said so"),
        group("own_host", shim=True),
        group("own_host", expected="blocked"),
        group("same_host"),
    ]
    assert in_order(groups) == groups[::-1]
    shim = [group("own_host", shim=True, expected="blocked"), group("own_host")]
    assert in_order(shim) == shim[::-1]
    names = [line[17:41].rstrip() for line in table([*groups])[1:5]]
    assert names == ["containers of one host", "host + own containers", "  through a shim", "  by expectation"]


def test_why_something_is_blocked_is_said() -> None:
    lines = table([group("own_host", expected="blocked"), group("other_host", why="tiers", expected="blocked")])
    text = " ".join(" ".join(lines).split())
    assert "own_host is blocked because the kernel passes no frame between a parent link and the links on it." in text
    assert "24 pairs of other_host expected to be blocked: tiers." in text


BRIDGE = {**NETWORK, "driver": "bridge", "mode": "default", "flag": "", "parents": {}}


def test_the_way_out_of_a_bridge_and_the_way_in_have_a_row_each() -> None:
    rows = [group("other_host", rtt_ms=None), group("other_host", expected="blocked", rtt_ms=None)]
    _head, first, second, why = list(relations(BRIDGE, [rows], colour=False))[:4]
    assert first.split()[:6] == ["other_host", "host", "to", "other", "container", "blocked"]
    assert second.split()[:5] == ["container", "to", "other", "host", "open"]
    assert why.startswith("   other_host inwards is blocked because the addresses of a bridge are known")
    rows[1]["why"] = "said so"
    assert "  by expectation" in list(relations(BRIDGE, [rows], colour=False))[2]


def test_one_reason_for_several_relations_is_said_once() -> None:
    rows = [group(name, expected="blocked") for name in ("cross_host", "own_host", "other_host")]
    alone = {**NETWORK, "parents": {}}
    text = " ".join(" ".join(relations(alone, [rows], colour=False)).split())
    assert "cross_host, own_host and other_host are blocked because without a parent" in text
    assert text.count("because") == 1


def test_counts_of_any_size_keep_to_the_width() -> None:
    many = 10**11
    assert all(len(line) <= 80 for line in table([group(pairs=many, as_expected=many - 3, unexpected=3)]))


def test_between_networks_the_families_are_rows_and_some_pairs_are_named() -> None:
    where = {"to_network": "voice", "why": "apart", "expected": "blocked"}
    rows = [group("other_network", family=family, unexpected=24, as_expected=0, **where) for family in ("ipv4", "ipv6")]
    bad = [{"source": f"a{n}", "target": "b", "family": "ipv6", "observed": "open"} for n in range(48)]
    lines = list(across(rows, bad, colour=False))
    assert [lines[1].split()[:2], lines[3].split()[0]] == [["other_network", "IPv4"], "IPv6"]
    assert "   24 pairs expected to be blocked: apart." in lines
    assert lines[-11:-9] == ["   - a0 -> b (IPv6): open", "   - a1 -> b (IPv6): open"]
    assert lines[-1] == "   - and 38 more"
