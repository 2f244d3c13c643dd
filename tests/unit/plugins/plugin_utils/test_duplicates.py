# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses that two in the fleet have, and containers in the slice of another host."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._duplicates import duplicate_problems
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import read_fleet
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._slices import all_slices

from tests.unit.plugins.fleets import SUBNET4, SUBNET6, container, declared_lan, host_facts

LAN = "office"
# Slices are 192.168.56.128/28 and 192.168.56.144/28; nothing is given from 192.168.56.0/25.
SLICES = {"host1": ["192.168.56.128/28"], "host2": ["192.168.56.144/28"]}

OTHERS = [("host1", "host2"), ("host2", "host1")]


def web(ipv4: str | None, ipv6: str | None = None, name: str = "web", **changes: Any) -> dict[str, Any]:
    return container(name, changes.pop("network", LAN), ipv4, ipv6, **changes)


def stopped(ipv4: str, name: str = "old") -> dict[str, Any]:
    """Return a container that does not run, and asks for an address."""
    return web(None, name=name, running=False, fixed={"ipv4": ipv4, "ipv6": None, "mac": None})


def found(*of_host1: Any, host2: Any = (), slices: Any = None, reserved: Any = (), ipv6: Any = SUBNET6) -> Any:
    """Return host and text of the problems of a fleet of two hosts with these containers."""
    facts = {"host1": host_facts(11, endpoints=of_host1), "host2": host_facts(12, endpoints=host2)}
    raw = {host: {"dockerlan_slices": {LAN: given}} for host, given in (slices or SLICES).items()}
    lan = declared_lan(subnets=[{**SUBNET4, "reserved": list(reserved)}, ipv6])
    fleet = read_fleet([lan], raw)
    planned, _problems = all_slices(fleet.lans, fleet.members, facts)
    problems = duplicate_problems(fleet.lans, fleet.members, facts, planned)
    assert all(item.cure and item.network == LAN for item in problems)
    return [(item.host, item.problem) for item in problems]


def test_a_right_fleet_has_none() -> None:
    assert (
        found(web("192.168.56.129", "fdb2:2c26:f4e4::1:5"), stopped("192.168.56.130"), host2=[web("192.168.56.145")])
        == []
    )


def test_two_containers_of_two_hosts_are_named() -> None:
    assert found(web("192.168.56.20"), host2=[web("192.168.56.20")]) == [
        ("host2", "192.168.56.20 belongs to host1/web and host2/web")
    ]


def test_addresses_are_compared_as_addresses() -> None:
    first, second = web(None, "fdb2:2c26:f4e4::a:0:1"), web(None, "fdb2:2c26:f4e4:0:0:A:0:1")
    assert found(first, host2=[second]) == [("host2", "fdb2:2c26:f4e4::a:0:1 belongs to host1/web and host2/web")]


def test_stopped_containers_that_ask_for_one_address_count() -> None:
    expected = "192.168.56.20 belongs to host1/old and host2/old"
    assert found(stopped("192.168.56.20"), host2=[stopped("192.168.56.20")]) == [("host2", expected)]
    on_one_host = [stopped("192.168.56.130"), web("192.168.56.130")]
    assert found(*on_one_host) == [("host1", "192.168.56.130 belongs to host1/old and host1/web")]


def test_a_container_that_has_what_it_asks_for_is_no_duplicate_of_itself() -> None:
    fixed = {"ipv4": "192.168.56.130", "ipv6": None, "mac": None}
    assert found(web("192.168.56.130", fixed=fixed)) == []


def test_a_container_with_the_address_of_a_host_or_of_the_gateway() -> None:
    assert found(web("192.168.56.12")) == [("host1", "192.168.56.12 belongs to host1/web and host2 itself")]
    assert found(web("192.168.56.1")) == [("host1", "192.168.56.1 belongs to host1/web and the gateway of office")]


def test_two_hosts_with_one_address_are_their_own_business() -> None:
    lans = read_fleet([declared_lan()], {"host1": {}, "host2": {}})
    facts = {"host1": host_facts(11), "host2": host_facts(11)}
    slices, _problems = all_slices(lans.lans, lans.members, facts)
    assert duplicate_problems(lans.lans, lans.members, facts, slices) == []


def test_a_container_in_the_slice_of_another_host() -> None:
    assert found(stopped("192.168.56.150")) == [
        ("host1", "the container old has 192.168.56.150, which host2 may give out: its slice is 192.168.56.144/28")
    ]


def test_an_address_that_the_other_host_holds_back_is_free_for_the_container() -> None:
    assert found(stopped("192.168.56.150"), reserved=["192.168.56.150"]) == []


def test_a_container_with_an_address_that_its_own_engine_must_hold_back() -> None:
    assert found(web("192.168.56.130"), reserved=["192.168.56.130"]) == [
        ("host1", "the container web has 192.168.56.130, which must be held back in the slice 192.168.56.128/28")
    ]


def test_addresses_of_two_families_are_never_the_same() -> None:
    ipv6 = {"subnet": "::192.168.56.0/120", "gateway": "::192.168.56.1", "range": "::192.168.56.0/120"}
    slices = {host: [*SLICES[host], *(f"::{text[:-3]}/124" for text in SLICES[other])] for host, other in OTHERS}
    assert found(web("192.168.56.129"), slices=slices, ipv6={**ipv6, "slice_prefix": 124}) == []


def test_other_networks_and_other_subnets_do_not_count() -> None:
    theirs = web("172.18.0.2"), web("192.168.56.20", name="b", network="bridge2")
    assert found(*theirs, host2=theirs) == []
