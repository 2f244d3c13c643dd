# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pairs are probed, and in which order: one definition for hosts and controller."""

from __future__ import annotations

import fnmatch
import time
from collections import Counter
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import (
    FULL,
    HOSTS,
    RING,
    TOPOLOGIES,
    Pair,
    choose_topology,
    pairs_of,
    ring_of,
)
from hypothesis import given
from hypothesis import strategies as st

HUGE = 10**9


def endpoint(index: int, host: str, **values: Any) -> dict[str, Any]:
    """Build one row of the mesh, IPv4 only unless told otherwise."""
    row = {"index": index, "id": f"e{index}", "network": "office", "host": host, "kind": "container"}
    row |= {"lost": False, "stranded": False}
    return {**row, "ipv4": f"192.0.2.{index}", "ipv6": None, **values}


def mesh_of(ends: list[dict[str, Any]], kind: str = FULL, neighbours: int = 1, **values: Any) -> dict[str, Any]:
    """Build a mesh with what the order of pairs depends on."""
    topology = {"kind": kind, "neighbours": neighbours}
    return {"topology": topology, "endpoints": ends, "across": [], "expectations": [], **values}


def all_pairs(mesh: dict[str, Any]) -> list[Pair]:
    """List the pairs of all hosts."""
    hosts = dict.fromkeys(end["host"] for end in mesh["endpoints"])
    return [pair for host in hosts for pair in pairs_of(mesh, host)]


def fleet(hosts: int, containers: int, own: bool = True) -> list[dict[str, Any]]:
    """List the endpoints of equal hosts."""
    rows = [(f"h{host}", number) for host in range(hosts) for number in range(0 if own else 1, containers + 1)]
    return [
        endpoint(index, host, kind="container" if number else "host", id=f"{host}/{number}" if number else host)
        for index, (host, number) in enumerate(rows)
    ]


@st.composite
def meshes(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Meshes with several networks, hosts, missing addresses, lost and stranded ends."""
    flags = st.tuples(*[st.booleans()] * 5)
    rows = draw(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), flags), max_size=12))
    return [
        endpoint(
            index,
            host,
            network=network,
            kind="host" if own else "container",
            lost=lost,
            stranded=stranded and not lost,
            ipv4=f"192.0.2.{index}" if v4 and not (lost or stranded) else None,
            ipv6=f"2001:db8::{index:x}" if v6 and not (lost or stranded) else None,
        )
        for index, (network, host, (lost, stranded, v4, v6, own)) in enumerate(rows)
    ]


kinds = st.sampled_from(TOPOLOGIES)


def test_every_ordered_pair_of_a_small_fleet() -> None:
    ends = [endpoint(index, f"h{index // 3}", ipv6=f"2001:db8::{index}") for index in range(9)]
    pairs = all_pairs(mesh_of(ends))
    assert len(pairs) == len(set(pairs)) == 2 * 72


def test_order_is_family_then_source_then_target() -> None:
    ends = [endpoint(0, "h0", ipv6="2001:db8::1"), endpoint(1, "h0", ipv6="2001:db8::2"), endpoint(2, "h1")]
    assert pairs_of(mesh_of(ends), "h0") == [
        Pair("ipv4", 0, 1),
        Pair("ipv4", 0, 2),
        Pair("ipv4", 1, 0),
        Pair("ipv4", 1, 2),
        Pair("ipv6", 0, 1),
        Pair("ipv6", 1, 0),
    ]


@pytest.mark.parametrize("why", ["lost", "stranded"])
def test_a_silent_end_keeps_its_place_in_the_families_of_its_network_only(why: str) -> None:
    silent = {why: True, "ipv4": None}
    mesh = mesh_of([endpoint(0, "h0"), endpoint(1, "h1", **silent), endpoint(2, "h2", **silent)])
    assert pairs_of(mesh, "h0") == [Pair("ipv4", 0, 1), Pair("ipv4", 0, 2)]
    assert pairs_of(mesh, "h1") == [Pair("ipv4", 1, 0), Pair("ipv4", 1, 2)]


def test_a_network_on_which_everyone_is_lost_still_has_pairs() -> None:
    ends = [endpoint(index, f"h{index}", lost=True, ipv4=None) for index in range(2)]
    assert pairs_of(mesh_of(ends), "h0") == [Pair("ipv4", 0, 1), Pair("ipv6", 0, 1)]


def test_networks_are_not_mixed() -> None:
    assert pairs_of(mesh_of([endpoint(0, "h0"), endpoint(1, "h0", network="lab")]), "h0") == []


@given(meshes())
def test_in_full_each_pair_is_symmetric_and_there_is_every_one(ends: list[dict[str, Any]]) -> None:
    pairs = set(all_pairs(mesh_of(ends)))
    assert {(pair.family, pair.target, pair.source) for pair in pairs} == pairs
    for source in ends:
        for target in ends:
            if source is not target and source["network"] == target["network"] and source["ipv4"] and target["ipv4"]:
                assert Pair("ipv4", source["index"], target["index"]) in pairs


@given(meshes(), kinds, st.integers(1, 3))
def test_each_pair_is_unique_ordered_and_within_one_network(
    ends: list[dict[str, Any]], kind: str, neighbours: int
) -> None:
    mesh = mesh_of(ends, kind, neighbours)
    pairs = all_pairs(mesh)
    assert len(pairs) == len(set(pairs))
    for host in "xyz":
        mine = pairs_of(mesh, host)
        assert mine == sorted(mine)
        assert {ends[pair.source]["host"] for pair in mine} <= {host}
    for pair in pairs:
        assert pair.source != pair.target
        assert ends[pair.source]["network"] == ends[pair.target]["network"]
        for index in (pair.source, pair.target):
            assert ends[index]["lost"] or ends[index]["stranded"] or ends[index][pair.family]


@given(meshes(), kinds, st.integers(1, 3))
def test_pairs_are_counted_without_being_built(ends: list[dict[str, Any]], kind: str, neighbours: int) -> None:
    mesh = mesh_of(ends)
    chosen = choose_topology(mesh, kind, neighbours, HUGE)
    assert (chosen["kind"], chosen["asked"]) == (kind, kind)
    assert chosen["pairs"] == len(all_pairs({**mesh, "topology": chosen}))


@given(meshes(), st.integers(0, 140))
def test_auto_takes_the_first_topology_that_keeps_to_the_limit(ends: list[dict[str, Any]], limit: int) -> None:
    mesh = mesh_of(ends)
    counts = {kind: choose_topology(mesh, kind, 1, limit)["pairs"] for kind in TOPOLOGIES}
    fitting = [kind for kind in TOPOLOGIES if counts[kind] <= limit]
    chosen = choose_topology(mesh, "auto", 1, limit)
    assert (chosen["kind"], chosen["limit"], chosen["asked"]) == ((fitting or [RING])[0], limit, "auto")
    assert chosen["neighbours"] == (1 if chosen["kind"] == RING else None)


@given(st.integers(2, 9), st.integers(1, 4), st.integers(1, 12), st.booleans())
def test_in_a_ring_every_host_is_source_and_target_of_as_many_others(
    hosts: int, containers: int, neighbours: int, own: bool
) -> None:
    ends = fleet(hosts, containers, own)
    between = {
        (ends[pair.source]["host"], ends[pair.target]["host"]) for pair in all_pairs(mesh_of(ends, RING, neighbours))
    }
    off_host = [pair for pair in between if pair[0] != pair[1]]
    wanted = dict.fromkeys((f"h{number}" for number in range(hosts)), min(neighbours, hosts - 1))
    assert Counter(source for source, _target in off_host) == wanted
    assert Counter(target for _source, target in off_host) == wanted


@given(meshes(), st.sampled_from([HOSTS, RING]), st.integers(1, 3))
def test_no_endpoint_is_left_out_of_a_smaller_topology(ends: list[dict[str, Any]], kind: str, neighbours: int) -> None:
    full = all_pairs(mesh_of(ends))
    part = all_pairs(mesh_of(ends, kind, neighbours))
    assert set(part) <= set(full)
    for family in ("ipv4", "ipv6"):
        for role in (1, 2):  # as a source, and as a target
            assert {pair[role] for pair in part if pair.family == family} == {
                pair[role] for pair in full if pair.family == family
            }


@given(st.integers(2, 9), st.integers(1, 5))
def test_how_many_pairs_there_are(hosts: int, containers: int) -> None:
    ends = fleet(hosts, containers)
    each = containers + 1
    count = {kind: len(all_pairs(mesh_of(ends, kind, 1))) for kind in TOPOLOGIES}
    assert count[FULL] == hosts * each * (hosts * each - 1)
    # Between two hosts: the hosts, each with the other's first container, and the containers by number.
    between = 1 + 2 + containers
    assert count[HOSTS] == hosts * each * (each - 1) + hosts * (hosts - 1) * between
    assert count[RING] == hosts * each + hosts * between


def test_a_host_with_fewer_containers_starts_over() -> None:
    ends = [endpoint(0, "a"), endpoint(1, "b"), endpoint(2, "b"), endpoint(3, "b")]
    pairs = [(pair.source, pair.target) for pair in all_pairs(mesh_of(ends, HOSTS)) if 0 in pair[1:]]
    assert pairs == [(0, 1), (0, 2), (0, 3), (1, 0), (2, 0), (3, 0)]


def test_those_who_have_no_address_are_paired_like_the_others_but_after_them() -> None:
    silent = endpoint(0, "a", stranded=True, ipv4=None)
    ends = [silent, endpoint(1, "a"), endpoint(2, "b"), endpoint(3, "b")]
    pairs = [(pair.source, pair.target) for pair in pairs_of(mesh_of(ends, HOSTS), "a")]
    assert pairs == [(0, 1), (0, 3), (1, 0), (1, 2)]


def test_in_a_ring_each_endpoint_of_a_host_asks_the_next_one() -> None:
    mesh = mesh_of([endpoint(index, "a") for index in range(3)], RING)
    assert [(pair.source, pair.target) for pair in pairs_of(mesh, "a")] == [(0, 1), (1, 2), (2, 0)]


@given(st.permutations(range(7)), st.integers(1, 3))
def test_who_is_next_on_the_ring_does_not_depend_on_the_inventory(order: list[int], neighbours: int) -> None:
    ends = [endpoint(index, f"h{number}") for index, number in enumerate(order)]
    edges = {(ends[pair[1]]["host"], ends[pair[2]]["host"]) for pair in all_pairs(mesh_of(ends, RING, neighbours))}
    ring = ring_of(f"h{number}" for number in range(7))
    steps = range(1, neighbours + 1)
    assert edges == {(host, ring[(at + step) % 7]) for at, host in enumerate(ring) for step in steps}


def test_a_million_pairs_are_listed_and_counted_in_seconds() -> None:
    ends = fleet(100, 9)
    mesh = mesh_of(ends)
    started = time.process_time()
    assert sum(len(pairs_of(mesh, f"h{number}")) for number in range(100)) == 999_000
    assert time.process_time() - started < 8


def test_a_thousand_hosts_are_counted_at_once() -> None:
    ends = fleet(1000, 3)
    started = time.process_time()
    chosen = choose_topology(mesh_of(ends), "auto", 10, 200_000)
    assert time.process_time() - started < 2
    assert (chosen["kind"], chosen["pairs"]) == (RING, 1000 * 4 + 1000 * 10 * 6)


def test_the_ring_does_not_follow_the_order_of_names_and_is_the_same_everywhere() -> None:
    names = [f"host{number}" for number in range(20)]
    assert ring_of(names) == ring_of(reversed(names))
    assert sorted(ring_of(names)) == sorted(names)
    assert ring_of(names) != sorted(names)


def expectation(network: str, to_network: str, source: str = "*", target: str = "*") -> dict[str, str]:
    return {"network": network, "to_network": to_network, "from": source, "to": target}


@st.composite
def crossings(draw: st.DrawFn) -> dict[str, Any]:
    """Meshes with expectations about one network or two, which may be about the same pairs."""
    patterns = st.sampled_from(["*", "e[0-5]", "e?", "e1", "x"])
    wanted = draw(
        st.lists(st.builds(expectation, st.sampled_from("ab"), st.sampled_from("ab"), patterns, patterns), max_size=4)
    )
    pairs = dict.fromkeys((item["network"], item["to_network"]) for item in wanted)
    across = [[source, target] for source, target in pairs if source != target]
    return mesh_of(draw(meshes()), draw(kinds), across=across, expectations=wanted)


@given(crossings())
def test_between_two_networks_there_is_every_pair_that_an_expectation_fits_and_no_other(mesh: dict[str, Any]) -> None:
    ends = mesh["endpoints"]
    crossing = [pair for pair in all_pairs(mesh) if ends[pair.source]["network"] != ends[pair.target]["network"]]
    within = all_pairs({**mesh, "across": []})
    assert len(crossing) == len(set(crossing)) == len(all_pairs(mesh)) - len(within)
    for family in ("ipv4", "ipv6"):
        alive = [end for end in ends if end[family]]
        fitting = {
            (source["index"], target["index"])
            for source in alive
            for target in alive
            for item in mesh["expectations"]
            if source["network"] == item["network"] != item["to_network"] == target["network"]
            and fnmatch.fnmatchcase(source["id"], item["from"])
            and fnmatch.fnmatchcase(target["id"], item["to"])
        }
        both = {pair[1:] for pair in crossing if pair.family == family and all(ends[i][family] for i in pair[1:])}
        assert both == fitting


@given(crossings())
def test_pairs_of_two_networks_are_counted_in_every_topology_and_keep_the_order(mesh: dict[str, Any]) -> None:
    kind = mesh["topology"]["kind"]
    assert choose_topology(mesh, kind, 1, HUGE)["pairs"] == len(all_pairs(mesh))
    for host in "xyz":
        found = pairs_of(mesh, host)
        network = {end["index"]: end["network"] for end in mesh["endpoints"]}
        order = [(pair.family, pair.source, network[pair.source] != network[pair.target]) for pair in found]
        assert order == sorted(order)


def test_pairs_of_two_networks_are_those_that_an_expectation_names() -> None:
    ends = [
        endpoint(0, "h0", id="h0/web"),
        endpoint(1, "h0", id="h0/db"),
        endpoint(2, "h1", id="h1/phone", network="voice"),
        endpoint(3, "h1", id="h1/pbx", network="voice"),
    ]
    wanted = [expectation("office", "voice", "*/web", "*/p*"), expectation("office", "voice", "*/db", "*/pbx")]
    mesh = mesh_of(ends, across=[["office", "voice"]], expectations=wanted)
    assert pairs_of(mesh, "h0") == [
        Pair("ipv4", 0, 1),
        Pair("ipv4", 0, 2),
        Pair("ipv4", 0, 3),
        Pair("ipv4", 1, 0),
        Pair("ipv4", 1, 3),
    ]
    assert choose_topology(mesh, FULL, 1, HUGE)["pairs"] == len(all_pairs(mesh))


def test_a_device_is_not_paired_with_itself_on_another_network() -> None:
    ends = [
        endpoint(0, "h0", id="h0", kind="host"),
        endpoint(1, "h0", id="h0", kind="host", network="voice"),
        endpoint(2, "h1", id="h1", kind="host", network="voice"),
    ]
    mesh = mesh_of(ends, across=[["office", "voice"]], expectations=[expectation("office", "voice")])
    assert Pair("ipv4", 0, 1) not in pairs_of(mesh, "h0")
    assert Pair("ipv4", 0, 2) in pairs_of(mesh, "h0")
