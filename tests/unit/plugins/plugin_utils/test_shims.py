# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which links of a host are a way to its own containers."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._lans import parse_lans
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._shims import Shim, shim_of

from tests.unit.plugins.fleets import declared_lan, host_facts

OWN = {"ipv4": "192.168.56.11", "ipv6": "fdb2:2c26:f4e4::b:1"}
POOLS = [
    {"subnet": "192.168.56.0/24", "ip_range": "192.168.56.144/28"},
    {"subnet": "fdb2:2c26:f4e4::/64", "ip_range": "fdb2:2c26:f4e4::1:0/112"},
]
V4, V6 = "192.168.56.144/28", "fdb2:2c26:f4e4::1:0/112"


def shim(routes: list[tuple[str, str]], lan_mode: str = "l2", **link: Any) -> Shim:
    facts = host_facts(11, networks=[{"name": "office", "ipam": POOLS}])
    row = {"name": "shim0", "kind": "ipvlan", "mode": lan_mode, "parent": "eth0", "up": True, "addresses": []}
    facts["links"].append({**row, **link})
    facts["routes"] += [{"destination": to, "link": name, "gateway": None} for to, name in routes]
    [lan], problems = parse_lans([declared_lan(mode=lan_mode)])
    assert not problems
    return shim_of(lan, "eth0", facts, OWN)


def test_a_link_like_those_of_the_containers_with_a_route_is_a_shim() -> None:
    assert shim([(V4, "shim0")]) == Shim(["ipv4"], ["ipv4"])


def test_without_a_route_over_it_it_is_none() -> None:
    assert shim([]) == Shim([], [])
    assert shim([(V4, "eth0")]) == Shim([], [])


@pytest.mark.parametrize("link", [{"kind": "macvlan"}, {"mode": "l3"}, {"parent": "eth1"}, {"up": False}])
def test_another_link_is_none(link: dict[str, Any]) -> None:
    assert shim([(V4, "shim0")], **link) == Shim([], [])


def test_the_closest_route_decides() -> None:
    assert shim([("192.168.56.128/25", "shim0")]) == Shim(["ipv4"], ["ipv4"])
    assert shim([("192.168.56.128/25", "shim0"), (V4, "eth0")]) == Shim([], [])
    assert shim([("192.168.56.144/29", "shim0")]) == Shim([], [])  # half of the slice only


def test_neighbour_discovery_only_answers_for_addresses_of_the_link_itself() -> None:
    both = [(V4, "shim0"), (V6, "shim0")]
    assert shim(both) == Shim(["ipv4", "ipv6"], ["ipv4"])
    assert shim(both, addresses=[f"{OWN['ipv6']}/64"]) == Shim(["ipv4", "ipv6"], ["ipv4", "ipv6"])
    assert shim(both, lan_mode="l3") == Shim(["ipv4", "ipv6"], ["ipv4", "ipv6"])
