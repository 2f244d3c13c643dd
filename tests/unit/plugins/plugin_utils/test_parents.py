# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with the parent of a LAN at one host: each text, and its cure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._lans import parse_lans
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import Member
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._parents import carrier, parent_problems

from tests.unit.plugins.fleets import added_link, declared_lan, host_facts

OTHER_LINK = "Set dockerlan_parents for this host"


def problems_of(parent: str = "eth0", *links: Any, driver: str = "ipvlan", **eth0: Any) -> list[tuple[str, str]]:
    """Check a LAN against a host with eth0 and further links."""
    lans, wrong = parse_lans([declared_lan(parent=parent, driver=driver)])
    assert not wrong
    facts = host_facts(11, **eth0)
    facts["links"] += links
    found = parent_problems(lans[0], Member("host1"), facts)
    assert all((item.host, item.network) == ("host1", "office") for item in found)
    return [(item.problem, item.cure) for item in found]


def test_a_healthy_parent_has_no_problem() -> None:
    assert problems_of() == []
    assert problems_of(driver="macvlan") == []


def test_a_parent_that_is_not_there() -> None:
    expected = "the parent eth9 does not exist, the host has eth0"
    assert problems_of("eth9") == [(expected, f"{OTHER_LINK}, or create the link")]


def test_the_parent_of_a_member_counts() -> None:
    lans, _wrong = parse_lans([declared_lan()])
    [problem] = parent_problems(lans[0], Member("host1", {"office": "eth9"}), host_facts(11))
    assert problem.problem.startswith("the parent eth9 does not exist")


def test_where_there_is_no_parent_nothing_is_wrong_with_it() -> None:
    lans, _wrong = parse_lans([declared_lan(driver="macvlan")])
    assert parent_problems(replace(lans[0], parent=""), Member("host1"), host_facts(11)) == []


def test_a_parent_that_is_down() -> None:
    cure = "Check what it is plugged into, or bring it up: ip link set eth0 up"
    assert problems_of(up=False) == [("the parent eth0 is down or has no carrier", cure)]


def test_a_loopback_is_told_once_whatever_else_it_is() -> None:
    expected = "the parent lo is the loopback, which reaches no other host"
    cure = f"{OTHER_LINK} to a link that leads to the others"
    assert problems_of("lo") == [(expected, cure)]
    assert problems_of("lo0", added_link("lo0", loopback=True, up=False)) == [(expected.replace("lo ", "lo0 "), cure)]


def test_macvlan_over_wifi() -> None:
    expected = "the parent eth0 is wireless: an access point accepts one MAC address, macvlan has one per container"
    cure = "Declare the LAN with driver ipvlan and mode l2, or use a link with a cable"
    assert problems_of(driver="macvlan", wireless=True) == [(expected, cure)]
    assert problems_of(driver="ipvlan", wireless=True) == []


@pytest.mark.parametrize("links", [[], [added_link("eth0.20", kind="vlan", parent="eth0")]])
def test_macvlan_over_a_vlan_link_over_wifi(links: list[Any]) -> None:
    [(problem, _cure)] = problems_of("eth0.20", *links, driver="macvlan", wireless=True)
    assert problem.startswith("eth0, below the parent eth0.20, is wireless")


@pytest.mark.parametrize(
    ("kind", "name", "itself"),
    [
        ("bridge", "the bridge br0", "br0"),
        ("bond", "the bond br0", "br0"),
        ("team", "the team br0", "br0"),
        ("openvswitch", "the Open vSwitch br0", "the bridge of Open vSwitch"),
    ],
)
def test_a_parent_that_is_a_port_of_something(kind: str, name: str, itself: str) -> None:
    expected = f"the parent eth0 is a port of {name}, which takes all its frames"
    cure = f"Put the LAN on {itself} itself: {OTHER_LINK[0].lower()}{OTHER_LINK[1:]}"
    assert problems_of("eth0", added_link("br0", kind=kind), master="br0") == [(expected, cure)]


@pytest.mark.parametrize("links", [[added_link("blue", kind="vrf")], []])
def test_a_port_of_a_vrf_or_of_something_unknown_is_fine(links: list[Any]) -> None:
    assert problems_of("eth0", *links, master="blue") == []


@pytest.mark.parametrize("name", ["eth0.1", "eth0.4094", "eth0.007"])
def test_docker_makes_vlan_links_of_a_link_that_exists(name: str) -> None:
    assert problems_of(name) == []


@pytest.mark.parametrize("name", ["eth0.20", "eth0.020"])
def test_a_vlan_that_the_host_has_under_another_name(name: str) -> None:
    why = "VLAN 20 of eth0 is there as vlan20, and the kernel has no second link for it"
    cure = f"{OTHER_LINK} to vlan20, or remove vlan20 or rename it to {name}"
    assert problems_of(name, added_link("vlan20", kind="vlan", parent="eth0", vlan=20)) == [
        (f"{why}: Docker cannot make {name}", cure)
    ]


@pytest.mark.parametrize(
    "other",
    [
        added_link("vlan20", kind="vlan", parent="eth0", vlan=21),
        added_link("vlan20", kind="vlan", parent="eth1", vlan=20),
        added_link("outer20", kind="vlan", parent="eth0", vlan=None),
        {key: value for key, value in added_link("vlan20", kind="vlan", parent="eth0").items() if key != "vlan"},
    ],
)
def test_other_vlans_are_in_nobodys_way(other: Any) -> None:
    assert problems_of("eth0.20", other) == []


def test_a_vlan_link_of_this_name_and_id_is_fine() -> None:
    assert problems_of("eth0.20", added_link("eth0.20", kind="vlan", parent="eth0", vlan=20)) == []


@pytest.mark.parametrize("number", ["0", "4095", "5000"])
def test_a_vlan_id_that_is_none(number: str) -> None:
    expected = f"the parent eth0.{number} does not exist, and {number} is no VLAN id"
    assert problems_of(f"eth0.{number}") == [(expected, "Use an id from 1 to 4094")]


def test_a_vlan_base_that_is_not_there() -> None:
    expected = "the parent eth7.20 does not exist, and eth7, to make this VLAN link on, neither: the host has eth0"
    assert problems_of("eth7.20") == [(expected, f"{OTHER_LINK}, or create eth7")]


def test_a_wrong_vlan_id_on_a_base_that_is_not_there_is_two_problems() -> None:
    base, number = problems_of("eth7.5000")
    assert base[0].endswith("and eth7, to make this VLAN link on, neither: the host has eth0")
    assert number[0].endswith("and 5000 is no VLAN id")


def test_a_vlan_base_that_is_unfit() -> None:
    [(problem, _cure)] = problems_of("eth0.20", up=False)
    assert problem == "eth0, on which the VLAN link eth0.20 is to be made, is down or has no carrier"
    [(problem, _cure)] = problems_of("lo.20")
    assert problem.startswith("lo, on which the VLAN link lo.20 is to be made, is the loopback")


@pytest.mark.parametrize("name", ["eth0.x", "eth0.10.20", "eth0.", ".20", "eth0.٣"])
def test_docker_makes_no_links_of_other_names(name: str) -> None:
    [(problem, _cure)] = problems_of(name)
    assert problem == f"the parent {name} does not exist, the host has eth0"


@pytest.mark.parametrize("name", ["eth0.5000", "eth7.20", "eth0.x", "vlan20", "eth0.10.20"])
def test_a_link_that_is_there_is_fine_whatever_its_name(name: str) -> None:
    assert problems_of(name, added_link(name, kind="vlan", parent="eth0")) == []


def test_what_carries_a_lan() -> None:
    facts = host_facts(11)
    names = [(carrier(name, facts) or {}).get("name") for name in ("eth0", "eth0.20", "eth9", "eth9.20", "eth0.x")]
    assert names == ["eth0", "eth0", None, None, None]
