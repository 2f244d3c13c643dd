# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single pairs and counts out of a packed matrix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from time import process_time
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import (
    SIGNS,
    Block,
    BlockKey,
    blocks_in,
    by_position,
    expanded,
    pairs_in,
    ranges_of,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.plugin_utils._render.large import large_report
from tests.unit.plugins.plugin_utils._render.reports import REPORTS

STATES = {"open": "0", "blocked": "1267", "no_data": "345."}
PLACES = [(network, host, kind) for network in "ab" for host in "xy" for kind in ("host", "container")]


@st.composite
def matrices(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a report of a few endpoints in any order, any of whose pairs were probed and came out anyhow."""
    places = draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=8))
    ends = [
        {"index": n, "id": f"{host}/{n}", "network": network, "host": host, "kind": kind}
        for n, (network, host, kind) in enumerate(places)
    ]
    blocks = [
        {"network": network, "to_network": to, "family": family, "rows": _rows(draw, ends, network, to or network)}
        for family in ("ipv4", "ipv6")
        for network, to in (("a", None), ("b", None), ("a", "b"))
    ]
    return {"endpoints": ends, "matrix": blocks}


def _rows(draw: st.DrawFn, ends: list[dict[str, Any]], network: str, to: str) -> list[dict[str, Any]]:
    return [
        _row(draw, end, [e["index"] for e in ends if e["network"] == to]) for end in ends if end["network"] == network
    ]


def _row(draw: st.DrawFn, source: Mapping[str, Any], candidates: list[int]) -> dict[str, Any]:
    targets = [n for n in candidates if n != source["index"] and draw(st.booleans())]
    signs = "".join(draw(st.sampled_from("o-X!?~")) for _target in targets)
    states = "".join(draw(st.sampled_from(STATES[SIGNS[sign].observed])) for sign in signs)
    times = [draw(st.integers(1, 999)) if state == "0" else None for state in states]
    names = [draw(st.sampled_from(["", "one", "two"])) for _target in targets]
    causes = {name: ranges_of(n for n, it in enumerate(names) if it == name) for name in ("one", "two")}
    latest = [time and time * 2 for time in times]
    return {
        "source": source["index"],
        "targets": ranges_of(targets),
        "signs": signs,
        "states": states,
        "rtt_us": {"min": times, "avg": times, "max": latest} if any(times) else None,
        "loss": [],
        "causes": {name: ranges for name, ranges in causes.items() if ranges},
        "why": {},
        "changes": {"newly_broken": [], "healed": []},
    }


def counted_one_by_one(report: Mapping[str, Any]) -> dict[BlockKey, Block]:
    """Return what ``blocks_in`` has to return, from the single pairs."""
    hosts = {(end["network"], end["id"]): end["host"] for end in report["endpoints"]}
    found: dict[BlockKey, Block] = {}
    for pair in pairs_in(report):
        ends = hosts[pair["network"], pair["source"]], hosts[pair["to_network"] or pair["network"], pair["target"]]
        key = BlockKey(pair["network"], pair["to_network"], pair["family"], pair["relation"], *ends)
        block = found.setdefault(key, Block())
        block.pairs += 1
        block.as_expected += pair["status"] == "as_expected"
        block.unexpected += pair["status"].startswith("unexpected")
        block.no_data += pair["status"] == "no_data"
        if pair["rtt_ms"]:
            block.replied += 1
            block.rtt_sum += round(pair["rtt_ms"]["avg"] * 1000)
            block.rtt_max = max(block.rtt_max, round(pair["rtt_ms"]["max"] * 1000))
        if pair["cause"]:
            block.causes[pair["cause"]] = block.causes.get(pair["cause"], 0) + 1
    return found


@given(matrices())
def test_blocks_count_what_the_pairs_are(report: dict[str, Any]) -> None:
    counted = counted_one_by_one(report)
    assert blocks_in(report) == counted
    assert list(blocks_in(report)) == list(counted)


@pytest.mark.parametrize("name", REPORTS)
def test_blocks_and_pairs_agree_with_the_totals(name: str) -> None:
    report = REPORTS[name]()
    totals = {key: number for key, number in report["totals"].items() if key not in ("pairs", "failed_checks")}
    statuses = Counter(pair["status"] for pair in pairs_in(report))
    assert {status: statuses[status] for status in totals} == totals
    assert sum(block.pairs for block in blocks_in(report).values()) == report["totals"]["pairs"]
    assert blocks_in(report) == counted_one_by_one(report)


def test_a_large_report_agrees_with_itself() -> None:
    report = large_report(6, 3)
    pairs = list(pairs_in(report))
    found = Counter(pair["status"] for pair in pairs)
    assert {**found, "pairs": len(pairs), "failed_checks": 0} == report["totals"]
    assert Counter(pair["cause"] for pair in pairs if pair["cause"]) == {
        cause["id"]: cause["pairs"] for cause in report["causes"]
    }
    assert sum(pair["one_way"] for pair in pairs) == sum(row["pairs"] for row in report["one_way"])


def test_a_million_pairs_are_counted_in_time() -> None:
    report = large_report()
    start = process_time()
    blocks = blocks_in(report)
    assert process_time() - start < 1
    assert sum(block.pairs for block in blocks.values()) == 999_000


@given(st.sets(st.integers(0, 30)))
def test_ranges_are_those_numbers_again(numbers: set[int]) -> None:
    ranges = ranges_of(sorted(numbers))
    assert expanded(ranges) == sorted(numbers)
    assert all(one[1] + 1 < other[0] for one, other in pairwise(ranges))


def test_a_position_has_the_name_of_its_range() -> None:
    assert by_position({"x": [[0, 1], [4, 4]], "y": [[2, 2]]}) == {0: "x", 1: "x", 2: "y", 4: "x"}


def test_a_pair_is_told_in_full() -> None:
    report = REPORTS["changes"]()
    first = list(pairs_in(report))[6]
    assert first == {
        "network": "office",
        "to_network": None,
        "family": "ipv4",
        "source": "host1",
        "target": "host3/dockerlan-office-1",
        "relation": "other_host",
        "expected": "open",
        "observed": "open",
        "status": "as_expected",
        "state": "reply",
        "loss": 0.102,
        "rtt_ms": {"min": 0.09, "avg": 0.55, "max": 19.997},
        "why": None,
        "cause": None,
        "one_way": False,
    }


def test_a_pair_is_one_way_when_the_way_back_is_open() -> None:
    one_way = [pair for pair in pairs_in(REPORTS["one-way"]()) if pair["one_way"]]
    assert {(pair["source"][:5], pair["target"][:5]) for pair in one_way} == {("host3", "host1")}
    assert len(one_way) == 4


def test_what_is_blocked_both_ways_is_not_one_way() -> None:
    assert not any(pair["one_way"] for pair in pairs_in(REPORTS["ipv6-only"]()))
