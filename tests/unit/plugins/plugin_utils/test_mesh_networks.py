# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks of the mesh."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._facts import Loss
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._lans import parse_lans
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import Member
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._mesh_networks import network_of

from tests.unit.plugins.fleets import SUBNET4, declared_lan, host_facts


def network(known: dict[str, Any], **lan: Any) -> dict[str, Any]:
    [parsed], problems = parse_lans([declared_lan(**lan)])
    assert not problems
    members = [Member(host, parents={"office": "eth1"} if host == "odd" else {}) for host in known]
    return network_of(parsed, members, known)


def test_a_network_knows_its_parents_and_the_slices_of_the_living_hosts() -> None:
    live = {"name": "office", "ipam": [{"subnet": "192.168.56.0/24", "ip_range": "192.168.56.144/28"}]}
    known = {"host1": host_facts(11, networks=[live]), "odd": Loss("host_down", "no route"), "host3": host_facts(13)}
    assert network(known) == {
        "name": "office",
        "driver": "ipvlan",
        "mode": "l2",
        "flag": "bridge",
        "internal": False,
        "families": ["ipv4", "ipv6"],
        "subnets": {"ipv4": "192.168.56.0/24", "ipv6": "fdb2:2c26:f4e4::/64"},
        "gateways": {"ipv4": "192.168.56.1", "ipv6": "fdb2:2c26:f4e4::1"},
        "parents": {"host1": "eth0", "odd": "eth1", "host3": "eth0"},
        "slices": {"host1": ["192.168.56.144/28"], "host3": []},
        "mtu": 1500,
    }


@pytest.mark.parametrize("lan", [{"internal": True}, {"mode": "l3"}, {"mode": "l3s"}])
def test_a_gateway_that_nobody_asks_for_is_none(lan: dict[str, Any]) -> None:
    assert network({"host1": host_facts(11)}, **lan)["gateways"] == {"ipv4": None, "ipv6": None}


def test_a_family_that_the_lan_does_not_have() -> None:
    found = network({"host1": host_facts(11)}, subnets=[dict(SUBNET4)])
    assert (found["subnets"]["ipv6"], found["gateways"]["ipv6"]) == (None, None)


@pytest.mark.parametrize(
    ("mtus", "most"), [([1500, 1450, 1500], 1500), ([1450, 1500], 1500), ([1450, 1450, 9000], 1450)]
)
def test_the_mtu_is_that_of_most_parents(mtus: list[int], most: int) -> None:
    known = {f"host{number}": host_facts(11 + number, mtu=mtu) for number, mtu in enumerate(mtus)}
    assert network(known)["mtu"] == most


def test_without_any_parent_the_mtu_is_unknown() -> None:
    assert network({"odd": host_facts(11)})["mtu"] is None


def test_without_a_parent_a_network_names_none_and_has_slices_all_the_same() -> None:
    live = {"name": "office", "ipam": [{"subnet": "192.168.56.0/24", "ip_range": "192.168.56.144/28"}]}
    [parsed], _problems = parse_lans([declared_lan()])
    found = network_of(replace(parsed, parent=""), [Member("host1")], {"host1": host_facts(11, networks=[live])})
    assert (found["parents"], found["slices"], found["mtu"]) == ({}, {"host1": ["192.168.56.144/28"]}, None)
