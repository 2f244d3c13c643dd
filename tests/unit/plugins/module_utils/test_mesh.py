# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of pairs: one definition for hosts and controller."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import Pair, pairs_of
from hypothesis import given
from hypothesis import strategies as st


def endpoint(index: int, host: str, **values: Any) -> dict[str, Any]:
    """Build one row of the mesh, IPv4 only unless told otherwise."""
    row = {"index": index, "id": f"e{index}", "network": "office", "host": host, "lost": False}
    return {**row, "ipv4": f"192.0.2.{index}", "ipv6": None, **values}


@st.composite
def meshes(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Meshes with several networks, hosts, missing addresses and lost ends."""
    rows = draw(
        st.lists(
            st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.booleans(), st.booleans(), st.booleans()),
            max_size=12,
        )
    )
    return [
        endpoint(
            index,
            host,
            network=network,
            lost=lost,
            ipv4=f"192.0.2.{index}" if v4 and not lost else None,
            ipv6=f"2001:db8::{index:x}" if v6 and not lost else None,
        )
        for index, (network, host, lost, v4, v6) in enumerate(rows)
    ]


def test_every_ordered_pair_of_a_small_fleet() -> None:
    ends = [endpoint(index, f"h{index // 3}", ipv6=f"2001:db8::{index}") for index in range(9)]
    pairs = [pair for host in ("h0", "h1", "h2") for pair in pairs_of(ends, host)]
    assert len(pairs) == len(set(pairs)) == 2 * 72


def test_order_is_family_then_source_then_target() -> None:
    ends = [endpoint(0, "h0", ipv6="2001:db8::1"), endpoint(1, "h0", ipv6="2001:db8::2"), endpoint(2, "h1")]
    assert pairs_of(ends, "h0") == [
        Pair("ipv4", 0, 1),
        Pair("ipv4", 0, 2),
        Pair("ipv4", 1, 0),
        Pair("ipv4", 1, 2),
        Pair("ipv6", 0, 1),
        Pair("ipv6", 1, 0),
    ]


def test_a_lost_end_keeps_its_place_in_the_families_of_its_network_only() -> None:
    lost = {"lost": True, "ipv4": None}
    ends = [endpoint(0, "h0"), endpoint(1, "h1", **lost), endpoint(2, "h2", **lost)]
    assert pairs_of(ends, "h0") == [Pair("ipv4", 0, 1), Pair("ipv4", 0, 2)]
    assert pairs_of(ends, "h1") == [Pair("ipv4", 1, 0), Pair("ipv4", 1, 2)]


def test_a_network_on_which_everyone_is_lost_still_has_pairs() -> None:
    ends = [endpoint(index, f"h{index}", lost=True, ipv4=None) for index in range(2)]
    assert pairs_of(ends, "h0") == [Pair("ipv4", 0, 1), Pair("ipv6", 0, 1)]


def test_networks_are_not_mixed() -> None:
    ends = [endpoint(0, "h0"), endpoint(1, "h0", network="lab")]
    assert pairs_of(ends, "h0") == []


@given(meshes())
def test_each_pair_is_symmetric_unique_and_within_one_network(ends: list[dict[str, Any]]) -> None:
    pairs = [pair for host in "xyz" for pair in pairs_of(ends, host)]
    assert len(pairs) == len(set(pairs))
    assert {(pair.family, pair.target, pair.source) for pair in pairs} == set(pairs)
    for pair in pairs:
        assert ends[pair.source]["network"] == ends[pair.target]["network"]
        for index in (pair.source, pair.target):
            assert ends[index]["lost"] or ends[index][pair.family]


@given(meshes())
def test_every_two_addresses_of_a_network_are_a_pair(ends: list[dict[str, Any]]) -> None:
    pairs = {pair for host in "xyz" for pair in pairs_of(ends, host)}
    for source in ends:
        for target in ends:
            if source is not target and source["network"] == target["network"] and source["ipv4"] and target["ipv4"]:
                assert Pair("ipv4", source["index"], target["index"]) in pairs
