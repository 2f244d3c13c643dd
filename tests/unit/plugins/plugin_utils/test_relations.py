# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs summed up by relation."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import pairs_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._reading import pairs_in
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._relations import quantile
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.simulation import Faults, Fleet, mesh_of, report_of

ONE_FAMILY = Fleet(driver="ipvlan", families=("ipv4",))
KINDS = ("as_expected", "unexpected", "no_data")


def names(report: Any) -> list[tuple[Any, ...]]:
    return [(row["family"], row["relation"], row["expected"], row["why"], row["shim"]) for row in report["relations"]]


def test_they_are_in_the_order_of_families_and_of_the_contract() -> None:
    relations = ["same_host", "cross_host", "own_host", "other_host", "host_to_host"]
    assert [name[:2] for name in names(report_of(Fleet()))] == [
        (family, relation) for family in ("ipv4", "ipv6") for relation in relations
    ]


def test_a_shim_and_an_expectation_are_rows_of_their_own() -> None:
    rule = {"network": "office", "to_network": "office", "from": "host1/*", "to": "host2/*", "relation": None}
    rule.update(expected="blocked", why="apart")
    fleet = Fleet(driver="ipvlan", families=("ipv4",), shims={"host2": ("ipv4",)}, expectations=(rule,))
    found = names(report_of(fleet))
    assert ("ipv4", "own_host", "open", None, True) in found
    assert ("ipv4", "own_host", "blocked", None, False) in found
    contract = found.index(("ipv4", "cross_host", "open", None, False))
    assert found[contract + 1] == ("ipv4", "cross_host", "blocked", "apart", False)


def test_their_numbers_are_those_of_the_pairs() -> None:
    report = report_of(Fleet(), Faults(lost={"host3": ("host_down", "")}, cut=frozenset({"host2"})))
    wanted: Counter[tuple[str, str, str]] = Counter()
    for pair in pairs_in(report):
        kind = pair["status"] if pair["status"] in KINDS else "unexpected"
        wanted[pair["family"], pair["relation"], kind] += 1
    found = {(row["family"], row["relation"], kind): row[kind] for row in report["relations"] for kind in KINDS}
    assert {key: number for key, number in found.items() if number} == wanted
    assert all(row["pairs"] == sum(row[kind] for kind in KINDS) for row in report["relations"])


def test_times_are_those_of_replies_only() -> None:
    mesh = mesh_of(ONE_FAMILY)
    ends = mesh["endpoints"]
    crossing = [
        pair
        for host in ONE_FAMILY.hosts
        for pair in pairs_of(mesh, host)
        if ends[pair.source]["host"] != ends[pair.target]["host"]
        and ends[pair.source]["kind"] == ends[pair.target]["kind"] == "container"
    ]
    records = {pair: Record(State.REPLY, 0.0, 10.0, 100.0 + n, 2000.0 + n) for n, pair in enumerate(crossing)}
    records[crossing[-1]] = Record(State.LOST, 1.0)
    [row] = [row for row in report_of(ONE_FAMILY, records=records)["relations"] if row["relation"] == "cross_host"]
    assert (row["pairs"], row["unexpected"]) == (24, 1)
    assert row["rtt_ms"] == {"p50": 0.111, "p95": 0.121, "max": 2.022}


def test_a_relation_without_a_reply_has_no_times() -> None:
    found = {row["relation"]: row["rtt_ms"] for row in report_of(ONE_FAMILY)["relations"]}
    assert found["own_host"] is None
    assert found["same_host"] == {"p50": 0.055, "p95": 0.055, "max": 0.09}


@given(st.lists(st.integers(min_value=0, max_value=30), min_size=1), st.integers(min_value=1, max_value=100))
def test_a_quantile_is_the_least_value_that_so_many_percent_do_not_exceed(values: list[int], percent: int) -> None:
    found = quantile(Counter(values), percent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
    assert sum(value < found for value in values) * 100 < percent * len(values)


def test_the_median_of_many_is_that_of_the_standard_library() -> None:
    values = range(1, 1002)
    assert quantile(Counter(values), 50) == median(values)
