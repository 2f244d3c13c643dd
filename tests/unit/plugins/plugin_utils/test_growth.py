# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slices that grow in place, or cannot."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._addressing import give_slices
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._growth import grow
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._holdings import Holdings
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._subnets import Subnet

SUBNET = Subnet(ip_network("10.0.0.0/24"), ip_address("10.0.0.1"), ip_network("10.0.0.0/25"), 28)


def grown(sizes: dict[str, int], live: dict[str, str], **holdings: Any) -> tuple[dict[str, str], list[str]]:
    networks = {host: ip_network(text) for host, text in live.items()}
    blocks, problems = grow("office", SUBNET, Holdings(list(live), sizes=sizes, live=networks, **holdings))
    assert all(item.cure and item.host in live and item.network == "office" for item in problems)
    return {host: str(block) for host, block in blocks.items()}, [item.problem for item in problems]


def test_a_slice_grows_into_its_free_neighbour_on_either_side() -> None:
    live = {"a": "10.0.0.16/28", "b": "10.0.0.32/28"}
    assert grown({"a": 27, "b": 27}, live) == ({"a": "10.0.0.0/27", "b": "10.0.0.32/27"}, [])


def test_a_slice_that_has_its_size_stays() -> None:
    assert grown({"a": 28}, {"a": "10.0.0.16/28"}) == ({}, [])


def test_the_slices_in_the_way_are_named_with_the_arithmetic() -> None:
    blocks, problems = grown({"a": 26}, {"a": "10.0.0.0/28", "b": "10.0.0.16/28", "c": "10.0.0.48/29"})
    assert (blocks, len(problems)) == ({}, 1)
    assert problems[0] == (
        "the slice 10.0.0.0/28 cannot grow from 16 to 64 addresses: the block of /26 around it is 10.0.0.0/26, where "
        "10.0.0.16/28 is the slice of b and 10.0.0.48/29 is the slice of c"
    )


def test_the_container_in_the_way_is_named() -> None:
    containers = {"b": {"web": [ip_address("10.0.0.20")]}, "a": {"own": [ip_address("10.0.0.21")]}}
    _blocks, (problem,) = grown({"a": 27}, {"a": "10.0.0.0/28", "b": "10.0.0.32/28"}, containers=containers)
    assert problem.endswith("around it is 10.0.0.0/27, where 10.0.0.20 is the address of b/web")


def test_two_neighbours_cannot_both_grow() -> None:
    blocks, problems = grown({"a": 27, "b": 27}, {"a": "10.0.0.0/28", "b": "10.0.0.16/28"})
    assert blocks == {}
    assert ["slice of b" in problems[0], "slice of a" in problems[1]] == [True, True]


def test_a_slice_does_not_grow_out_of_the_range() -> None:
    blocks, (problem,) = grown({"a": 24}, {"a": "10.0.0.0/28"})
    assert blocks == {}
    assert problem == (
        "the slice 10.0.0.0/28 cannot grow from 16 to 256 addresses: the block of /24 around it is 10.0.0.0/24, "
        "which is not in the range 10.0.0.0/25"
    )


def test_a_smaller_size_is_refused() -> None:
    blocks, (problem,) = grown({"a": 29}, {"a": "10.0.0.16/28"})
    assert blocks == {}
    assert problem == (
        "the size /29 (dockerlan_slices) is 8 addresses, the live slice 10.0.0.16/28 has 16: which part of it "
        "should stay is not said"
    )


def test_nothing_grows_while_a_member_is_unknown() -> None:
    live = {"a": ip_network("10.0.0.16/28")}
    slices, (problem,) = give_slices("office", SUBNET, Holdings(["a", "b"], sizes={"a": 27}, live=live, unknown=["b"]))
    assert slices == live
    assert "must be given to a, but the slices of b are not known" in problem.problem


def test_an_explicit_slice_is_not_resized() -> None:
    network = ip_network("10.0.0.16/28")
    assert grow("office", SUBNET, Holdings(["a"], sizes={"a": 27}, live={"a": network}, explicit={"a": network})) == (
        {},
        [],
    )
