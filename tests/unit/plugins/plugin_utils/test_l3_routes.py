# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes that LANs in the modes l3 and l3s need."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._plan import Plan
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.fleets import SUBNET4, declared_lan, host_facts
from tests.unit.plugins.planning import plan_of, three

SLICES = {"host1": "192.168.56.128/28", "host2": "192.168.56.144/28", "host3": "192.168.56.160/28"}


def routed(mode: str = "l3", **changes: Any) -> dict[str, Any]:
    """Return a LAN in a mode with routes."""
    return declared_lan(**{"mode": mode, "subnets": [SUBNET4], **changes})


def ways(plan: Plan, host: str) -> list[tuple[str, str, str]]:
    """Return destination, gateway and link of a host's routes."""
    return [(route["destination"], route["gateway"], route["link"]) for route in plan.hosts[host]["routes"]]


@pytest.mark.parametrize("mode", ["l3", "l3s"])
def test_each_host_needs_a_route_to_the_slice_of_each_other_one(mode: str) -> None:
    plan = plan_of(three(), lans=[routed(mode)])
    assert plan.problems == []
    assert ways(plan, "host2") == [
        (SLICES["host1"], "192.168.56.11", "eth0"),
        (SLICES["host3"], "192.168.56.13", "eth0"),
    ]
    assert plan.routes["missing"] == []


@pytest.mark.parametrize("lan", [declared_lan(), declared_lan(driver="macvlan")])
def test_a_lan_on_layer_2_needs_none(lan: Any) -> None:
    plan = plan_of(three(), lans=[lan])
    assert [planned["routes"] for planned in plan.hosts.values()] == [[], [], []]
    assert plan.routes == {"commands": {}, "router": [], "frr": [], "missing": []}


def test_both_families_have_their_own_and_a_router_needs_all() -> None:
    plan = plan_of({"host1": host_facts(11), "host2": host_facts(12)}, lans=[declared_lan(mode="l3")])
    there = plan.hosts["host2"]["networks"][0]["ipam"][1]["ip_range"]
    here = plan.hosts["host1"]["networks"][0]["ipam"][1]["ip_range"]
    assert plan.routes["commands"]["host1"] == [
        "ip route replace 192.168.56.144/28 via 192.168.56.12 dev eth0  # host2, office",
        f"ip -6 route replace {there} via fdb2:2c26:f4e4::c:1 dev eth0  # host2, office",
    ]
    assert plan.routes["router"] == [
        "ip route replace 192.168.56.128/28 via 192.168.56.11  # host1, office",
        f"ip -6 route replace {here} via fdb2:2c26:f4e4::b:1  # host1, office",
        "ip route replace 192.168.56.144/28 via 192.168.56.12  # host2, office",
        f"ip -6 route replace {there} via fdb2:2c26:f4e4::c:1  # host2, office",
    ]
    assert plan.routes["frr"][-4:] == [
        "! host2, office",
        "ip route 192.168.56.144/28 192.168.56.12",
        "! host2, office",
        f"ipv6 route {there} fdb2:2c26:f4e4::c:1",
    ]


def test_a_host_that_could_not_be_asked_is_named() -> None:
    facts = {host: known for host, known in three().items() if host != "host3"}
    lans = [routed()]
    fixed = {host: {"dockerlan_slices": {"office": [block]}} for host, block in SLICES.items()}
    plan = plan_of(facts, lans=lans, members=list(SLICES), **fixed)
    assert ways(plan, "host1") == [(SLICES["host2"], "192.168.56.12", "eth0")]
    assert plan.routes["missing"] == ["host3 could not be asked, so there is no route to its slice of office"]


def test_a_host_without_an_address_on_its_parent_has_no_way_to_its_slice() -> None:
    facts = {**three(), "host2": host_facts(12, addresses=["fe80::1/64"])}
    plan = plan_of(facts, lans=[routed()])
    assert [destination for destination, _gateway, _link in ways(plan, "host1")] == [SLICES["host3"]]
    assert plan.routes["missing"] == [
        "host2 has no IPv4 address on eth0, so there is no route to 192.168.56.144/28 of office"
    ]


def test_hosts_on_different_subnets_leave_it_to_the_router_between_them() -> None:
    far = ["10.9.0.13/24"]
    plan = plan_of({**three(), "host3": host_facts(13, addresses=far)}, lans=[routed()])
    assert [ways(plan, host) for host in SLICES] == [
        [(SLICES["host2"], "192.168.56.12", "eth0")],
        [(SLICES["host1"], "192.168.56.11", "eth0")],
        [],
    ]
    assert plan.routes["router"][-1] == "ip route replace 192.168.56.160/28 via 10.9.0.13  # host3, office"


def test_the_link_is_the_parent_that_the_host_has_for_the_lan() -> None:
    other = {"dockerlan_parents": {"office": "enp3s0"}}
    facts = {**three(), "host1": host_facts(11, name="enp3s0")}
    plan = plan_of(facts, lans=[routed()], host1=other)
    assert {link for _destination, _gateway, link in ways(plan, "host1")} == {"enp3s0"}
    assert {link for _destination, _gateway, link in ways(plan, "host2")} == {"eth0"}


@given(st.integers(min_value=1, max_value=7))
def test_no_host_has_a_route_to_itself_and_all_slices_are_reached(count: int) -> None:
    plan = plan_of({f"host{n}": host_facts(10 + n) for n in range(1, count + 1)}, lans=[routed()])
    slices = {host: planned["networks"][0]["ipam"][0]["ip_range"] for host, planned in plan.hosts.items()}
    for host in slices:
        found = {destination: gateway for destination, gateway, _link in ways(plan, host)}
        assert set(found) == {block for other, block in slices.items() if other != host}
        assert all(ip_address(gateway) not in ip_network(block) for block, gateway in found.items())
