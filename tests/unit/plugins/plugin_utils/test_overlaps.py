# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses of a LAN in other places of a host."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._lans import parse_lans
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import Member
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._overlaps import overlap_problems
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.fleets import SUBNET4, added_link, declared_lan, host_facts

OTHER4 = {"subnet": "192.168.57.0/24", "gateway": "192.168.57.1", "range": "192.168.57.128/25"}
BRIDGE_ID = "0123456789abcdef"


def problems_of(
    *, parent: str = "eth0", networks: Any = (), routes: Any = (), links: Any = (), **eth0: Any
) -> list[tuple[str, str]]:
    """Check the LAN office, declared beside another one, against a host with eth0."""
    lans, wrong = parse_lans([declared_lan(parent=parent), declared_lan(name="lab", parent="eth1", subnets=[OTHER4])])
    assert not wrong
    facts = host_facts(11, networks=networks, **eth0)
    facts["links"] += links
    facts["routes"] += routes
    found = overlap_problems(lans[0], lans, Member("host1"), facts)
    assert all((item.host, item.network) == ("host1", "office") for item in found)
    return [(item.problem, item.cure) for item in found]


def live(name: str, driver: str, subnet: str, ip_range: str | None = None, **options: str) -> dict[str, Any]:
    """Return a live network with one pool."""
    pool = {"subnet": subnet, "ip_range": ip_range, "gateway": None}
    return {"id": BRIDGE_ID, "name": name, "driver": driver, "options": options, "ipam": [pool]}


def route(destination: str, link: str | None, gateway: str | None = None) -> dict[str, Any]:
    """Return a route."""
    return {"destination": destination, "link": link, "gateway": gateway}


@pytest.mark.parametrize("driver", ["macvlan", "ipvlan"])
@pytest.mark.parametrize(
    ("subnet", "ip_range", "block"),
    [
        ("192.168.56.0/24", "192.168.56.160/28", "192.168.56.160/28"),
        ("192.168.0.0/16", None, "192.168.0.0/16"),
    ],
)
def test_a_live_network_that_hands_out_the_same_addresses(
    driver: str, subnet: str, ip_range: str | None, block: str
) -> None:
    expected = f"the live network old hands out {block}, which overlaps the range 192.168.56.128/25"
    cure = "Remove that network, or declare another range"
    assert problems_of(networks=[live("old", driver, subnet, ip_range)]) == [(expected, cure)]


def test_a_live_network_of_the_lan_that_hands_out_other_addresses_is_fine() -> None:
    assert problems_of(networks=[live("old", "macvlan", "192.168.56.0/24", "192.168.56.16/28")]) == []


@pytest.mark.parametrize("driver", ["bridge", "overlay"])
def test_a_network_of_another_driver_has_no_address_of_the_subnet(driver: str) -> None:
    expected = f"the live network old ({driver}) has 192.168.56.0/28, which overlaps the subnet 192.168.56.0/24"
    cure = "Move that network: make it anew with another subnet; or move the LAN"
    assert problems_of(networks=[live("old", driver, "192.168.56.0/28")]) == [(expected, cure)]
    assert problems_of(networks=[live("old", driver, "192.168.57.0/24")]) == []


def test_all_of_the_subnet_of_a_bridge_counts_whatever_it_hands_out() -> None:
    assert len(problems_of(networks=[live("old", "bridge", "192.168.0.0/16", "192.168.99.0/24")])) == 1


def test_docker0_is_moved_in_the_configuration() -> None:
    docker0 = live("bridge", "bridge", "192.168.0.0/16", **{"com.docker.network.bridge.name": "docker0"})
    [(problem, cure)] = problems_of(networks=[docker0], routes=[route("192.168.56.0/25", "docker0")])
    assert problem == "the live network bridge (bridge) has 192.168.0.0/16, which overlaps the subnet 192.168.56.0/24"
    assert "'bip' in /etc/docker/daemon.json" in cure


def test_an_ipv6_network_is_compared_with_the_ipv6_subnet() -> None:
    [(problem, _cure)] = problems_of(networks=[live("old", "bridge", "fdb2:2c26:f4e4::/80")])
    assert problem.endswith("which overlaps the subnet fdb2:2c26:f4e4::/64")
    assert problems_of(networks=[live("old", "bridge", "fdb2:2c26:f4e5::/64")]) == []


@pytest.mark.parametrize("name", ["office", "lab"])
def test_the_live_network_of_a_declared_name_is_no_other(name: str) -> None:
    own = live(name, "bridge", "192.168.56.0/24")
    links = [added_link("br-0123456789ab", kind="bridge")]
    assert problems_of(networks=[own], links=links, routes=[route("192.168.56.0/24", "br-0123456789ab")]) == []


def test_a_network_without_addresses_is_fine() -> None:
    assert problems_of(networks=[{"id": "1", "name": "host", "driver": "host", "options": {}, "ipam": []}]) == []


@pytest.mark.parametrize("kind", ["tun", "wireguard", "bridge", "veth", "dummy"])
def test_a_route_that_leads_elsewhere(kind: str) -> None:
    routes = [route("192.168.56.0/24", "x0"), route("192.168.56.144/28", "x0")]
    expected = (
        "the host has routes to 192.168.56.0/24 and 192.168.56.144/28 by x0, but 192.168.56.0/24 is to be on eth0"
    )
    cure = "Remove what makes it (see 'ip route show dev x0'), or give the LAN another subnet"
    assert problems_of(routes=routes, links=[added_link("x0", kind=kind)]) == [(expected, cure)]


def test_routes_of_several_links_and_families_are_problems_of_their_own() -> None:
    ways = [("192.168.56.7/32", "tun0"), ("192.168.56.8/32", "tun1"), ("fdb2:2c26:f4e4::7/128", "tun0")]
    routes = [route(destination, link, hop) for destination, link in ways for hop in (None, "fe80::1")]
    assert [problem.partition(", but")[0] for problem, _cure in problems_of(routes=routes)] == [
        f"the host has a route to {destination} by {link}" for destination, link in ways
    ]


@pytest.mark.parametrize(
    ("destination", "gateway"), [("192.168.56.0/25", None), ("192.168.56.0/24", "10.0.0.1"), ("192.168.56.9/32", None)]
)
def test_a_part_of_the_subnet_or_a_gateway_on_another_card_leads_elsewhere(
    destination: str, gateway: str | None
) -> None:
    assert len(problems_of(routes=[route(destination, "eth1", gateway)], links=[added_link("eth1")])) == 1


@pytest.mark.parametrize("kind", ["", "bond", "team", "vlan"])
def test_a_second_card_by_which_the_host_is_on_the_lan_is_fine(kind: str) -> None:
    assert problems_of(routes=[route("192.168.56.0/24", "eth1")], links=[added_link("eth1", kind=kind)]) == []


@pytest.mark.parametrize("kind", ["macvlan", "ipvlan", "vlan"])
def test_a_link_on_the_parent_is_on_the_lan(kind: str) -> None:
    routes = [route("192.168.56.144/28", "x0")]
    assert problems_of(routes=routes, links=[added_link("x0", kind=kind, parent="eth0")]) == []
    assert len(problems_of(routes=routes, links=[added_link("x0", kind=kind, parent="eth1")])) == 1


def test_the_parent_itself_and_routes_without_a_link_are_fine() -> None:
    assert (
        problems_of(routes=[route("192.168.56.144/28", "eth0", "192.168.56.1"), route("192.168.56.0/28", None)]) == []
    )


def test_a_parent_that_is_missing_or_a_port_is_told_once_by_another_check() -> None:
    part = [route("192.168.56.0/28", "eth0")]
    assert problems_of(parent="eth9", routes=part) == []
    assert problems_of(parent="lo", routes=part) == []
    routes = [route("192.168.56.0/24", "br0"), route("192.168.56.0/28", None)]
    assert problems_of(master="br0", links=[added_link("br0", kind="bridge")], routes=routes) == []


@given(st.integers(0, 255), st.integers(24, 32))
def test_every_route_within_the_subnet_is_told(last: int, prefix: int) -> None:
    destination = f"192.168.56.{last >> (32 - prefix) << (32 - prefix)}/{prefix}"
    [(problem, _cure)] = problems_of(routes=[route(destination, "tun0")])
    assert destination in problem
    assert SUBNET4["subnet"] in problem
