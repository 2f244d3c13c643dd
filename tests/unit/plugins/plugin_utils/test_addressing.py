# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slices: no address twice, nothing reserved, nobody moves, and every refusal knows a cure."""

from __future__ import annotations

import itertools
import time
from ipaddress import ip_address, ip_network
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._addressing import Holdings, give_slices
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._intervals import Interval, interval_of
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._subnets import Subnet
from hypothesis import given
from hypothesis import strategies as st

HOSTS = [f"host{number}" for number in range(12)]


def subnet(prefix: int = 28, *, space: str = "10.0.0.0/24", reserved: tuple[Interval, ...] = ()) -> Subnet:
    return Subnet(ip_network("10.0.0.0/24"), ip_address("10.0.0.1"), ip_network(space), prefix, reserved)


def interval(first: str, last: str) -> Interval:
    return Interval(int(ip_address(first)), int(ip_address(last)))


def texts(slices: Any) -> dict[str, str]:
    return {host: str(block) for host, block in slices.items()}


@st.composite
def fleets(draw: Any) -> tuple[Subnet, Holdings]:
    """Draw a subnet with reserved addresses, and members of which some have addresses of their own."""
    numbers = st.integers(0, 255)
    reserved = tuple(
        Interval(int(ip_address("10.0.0.0")) + min(pair), int(ip_address("10.0.0.0")) + max(pair))
        for pair in draw(st.lists(st.tuples(numbers, numbers.map(lambda n: n % 8)), max_size=4))
        if abs(pair[0] - pair[1]) < 40
    )
    members = draw(st.lists(st.sampled_from(HOSTS), unique=True, min_size=1))
    addresses = {host: [ip_address(f"10.0.0.{draw(numbers)}")] for host in members if draw(st.booleans())}
    return subnet(draw(st.integers(26, 32)), reserved=reserved), Holdings(members, addresses=addresses)


def overlap_free(slices: Any) -> bool:
    ordered = sorted(interval_of(block) for block in slices.values())
    return all(one.last < other.first for one, other in itertools.pairwise(ordered))


@given(fleets())
def test_no_address_is_given_twice_and_nothing_reserved_is_given(fleet: tuple[Subnet, Holdings]) -> None:
    lan, holdings = fleet
    slices, problems = give_slices("office", lan, holdings)
    assert set(slices) == set(holdings.members) or problems
    assert all(problem.cure for problem in problems)
    assert overlap_free(slices)
    forbidden = [*lan.reserved, *lan.unusable, interval_of(lan.gateway)]
    forbidden += [interval_of(address) for own in holdings.addresses.values() for address in own]
    for block in slices.values():
        assert block.prefixlen == lan.slice_prefix
        assert interval_of(lan.range).contains(interval_of(block))
        assert not any(item.overlaps(interval_of(block)) for item in forbidden)


@given(fleets(), st.randoms(use_true_random=False))
def test_nobody_moves_when_hosts_come_go_and_change_places(fleet: tuple[Subnet, Holdings], chance: Any) -> None:
    lan, holdings = fleet
    before, _problems = give_slices("office", lan, holdings)
    staying = [host for host in holdings.members if chance.random() < 0.7]
    members = [*staying, *(host for host in HOSTS if host not in holdings.members)]
    chance.shuffle(members)
    live = {host: block for host, block in before.items() if host in staying}
    after, _problems = give_slices("office", lan, Holdings(members, live=live, addresses=holdings.addresses))
    assert {host: after[host] for host in live} == live
    assert overlap_free(after)


def test_an_explicit_slice_wins_over_a_live_one_and_a_live_one_over_a_new_one() -> None:
    holdings = Holdings(
        ["a", "b", "c"],
        explicit={"b": ip_network("10.0.0.64/28")},
        live={"b": ip_network("10.0.0.32/28"), "c": ip_network("10.0.0.16/28")},
    )
    slices, problems = give_slices("office", subnet(), holdings)
    # 32 is still in use by the live network of b, so a does not get it; 0 holds the gateway.
    assert texts(slices) == {"a": "10.0.0.48/28", "b": "10.0.0.64/28", "c": "10.0.0.16/28"}
    assert problems == []


def test_new_slices_are_given_in_inventory_order() -> None:
    slices, _problems = give_slices("office", subnet(), Holdings(["z", "a"]))
    assert texts(slices) == {"z": "10.0.0.16/28", "a": "10.0.0.32/28"}


def test_a_small_range_is_refused_with_the_arithmetic() -> None:
    lan = subnet(28, space="10.0.0.128/26", reserved=(interval("10.0.0.144", "10.0.0.144"),))
    holdings = Holdings(["a", "b", "c", "d"], live={"d": ip_network("10.0.0.128/28")})
    slices, (problem,) = give_slices("office", lan, holdings)
    assert texts(slices) == {"d": "10.0.0.128/28"}
    assert problem.problem == (
        "the range 10.0.0.128/26 is too small for slices of /28: 4 in all, 2 taken or blocked, 2 left, 3 needed"
    )
    assert "Widen the range" in problem.cure


def test_a_new_slice_is_refused_while_a_member_is_unknown() -> None:
    holdings = Holdings(["a", "b", "c"], live={"c": ip_network("10.0.0.16/28")}, unknown=["b"])
    slices, (problem,) = give_slices("office", subnet(), holdings)
    assert texts(slices) == {"c": "10.0.0.16/28"}
    assert "must be given to a, but the slices of b are not known" in problem.problem
    assert "--limit" in problem.cure
    # Any other slice may be one that a host which nobody asked has given to its containers.
    assert "exactly the slices that they have" in problem.cure
    assert "networks[].slices of a reachability.json from when they were reached" in problem.cure
    assert "dockerlan_slices" in problem.cure


def test_an_unknown_member_does_not_matter_while_nobody_needs_a_slice() -> None:
    holdings = Holdings(["a", "b"], live={"a": ip_network("10.0.0.16/28")}, unknown=["b"])
    assert give_slices("office", subnet(), holdings)[1] == []


def test_an_unknown_member_with_an_explicit_slice_is_known() -> None:
    holdings = Holdings(["a", "b"], explicit={"b": ip_network("10.0.0.16/28")}, unknown=["b"])
    slices, problems = give_slices("office", subnet(), holdings)
    assert texts(slices) == {"a": "10.0.0.32/28", "b": "10.0.0.16/28"}
    assert problems == []


def test_overlapping_slices_name_both_hosts() -> None:
    live = {"a": ip_network("10.0.0.16/28"), "b": ip_network("10.0.0.16/29"), "c": ip_network("10.0.0.28/30")}
    _slices, problems = give_slices("office", subnet(), Holdings(["a", "b", "c"], live=live))
    assert [(item.host, item.problem) for item in problems] == [
        ("b", "the slice 10.0.0.16/29 overlaps 10.0.0.16/28 of a"),
        ("c", "the slice 10.0.0.28/30 overlaps 10.0.0.16/28 of a"),
    ]


def test_sizes_may_differ_and_are_cut_in_inventory_order() -> None:
    holdings = Holdings(["a", "b", "c", "d"], sizes={"b": 27, "d": 29})
    slices, problems = give_slices("office", subnet(), holdings)
    assert texts(slices) == {"a": "10.0.0.16/28", "b": "10.0.0.32/27", "c": "10.0.0.64/28", "d": "10.0.0.8/29"}
    assert problems == []


def test_every_size_of_which_there_are_too_few_is_refused_with_its_arithmetic() -> None:
    holdings = Holdings(["a", "b", "c", "d"], sizes={"a": 29, "b": 26, "c": 26})
    slices, problems = give_slices("office", subnet(space="10.0.0.128/25"), holdings)
    assert slices == {}
    assert [item.problem for item in problems] == [
        "the range 10.0.0.128/25 is too small for slices of /26: 2 in all, 2 taken or blocked, 0 left, 2 needed"
    ]


def test_a_host_whose_containers_are_there_already_gets_the_block_around_them() -> None:
    containers = {"a": {"web": [ip_address("10.0.0.37")]}, "b": {"db": [ip_address("10.0.0.18")]}}
    slices, problems = give_slices("office", subnet(), Holdings(["c", "a", "b"], containers=containers))
    assert texts(slices) == {"c": "10.0.0.48/28", "a": "10.0.0.32/28", "b": "10.0.0.16/28"}
    assert problems == []


def test_no_new_slice_has_a_container_of_another_host() -> None:
    containers = {
        "a": {"web": [ip_address("10.0.0.37"), ip_address("fe80::1")]},
        "b": {"db": [ip_address("10.0.0.38")]},
    }
    containers["b"]["db"].append(ip_address("10.0.0.18"))
    live = {"b": ip_network("10.0.0.64/28")}
    slices, _problems = give_slices("office", subnet(), Holdings(["a", "b", "c"], live=live, containers=containers))
    assert texts(slices) == {"a": "10.0.0.48/28", "b": "10.0.0.64/28", "c": "10.0.0.80/28"}


def test_an_explicit_slice_with_new_addresses_waits_for_every_member() -> None:
    explicit = {"a": ip_network("10.0.0.32/28")}
    _slices, (problem,) = give_slices("office", subnet(), Holdings(["a", "b"], explicit=explicit, unknown=["b"]))
    assert "must be given to a, but the slices of b are not known" in problem.problem
    known = Holdings(["a", "b"], explicit=explicit, live={"a": ip_network("10.0.0.32/27")}, unknown=["b"])
    assert give_slices("office", subnet(), known) == (explicit, [])


def test_a_live_slice_outside_of_the_range_is_refused() -> None:
    holdings = Holdings(["a"], live={"a": ip_network("10.0.0.16/28")})
    _slices, (problem,) = give_slices("office", subnet(space="10.0.0.128/25"), holdings)
    assert problem.problem == "the slice 10.0.0.16/28 (live network) is not in the range 10.0.0.128/25"


def test_a_thousand_hosts_in_a_huge_range_are_fast() -> None:
    net = ip_network("fd00::/48")
    lan = Subnet(net, ip_address("fd00::1"), net, 112, (interval("fd00::2", "fd00:0:0:ffff::"),))
    hosts = [f"host{number}" for number in range(1000)]
    addresses = {host: [ip_address(f"fd00::ffff:{number:x}:0")] for number, host in enumerate(hosts)}
    started = time.process_time()
    slices, problems = give_slices("office", lan, Holdings(hosts, addresses=addresses))
    again, more = give_slices("office", lan, Holdings(hosts, live=slices, addresses=addresses))
    assert time.process_time() - started < 2
    assert (len(slices), again, problems, more) == (1000, slices, [], [])
