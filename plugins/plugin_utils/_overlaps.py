# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host has the addresses of a LAN in other places too. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Sequence

from ._facts import Facts, link, other_networks
from ._intervals import Network, interval_of
from ._lans import Lan
from ._members import Member
from ._parents import carrier
from ._problems import Problem
from ._reader import parse_network
from ._subnets import Subnet
from ._words import named

_LAN_DRIVERS = ("macvlan", "ipvlan")
_ON_PARENT = ("macvlan", "macvtap", "ipvlan", "ipvtap", "vlan")
_CARDS = ("", "bond", "team", "vlan")  # kinds of links that lead out of the host
_BRIDGE_NAME = "com.docker.network.bridge.name"


def overlap_problems(lan: Lan, lans: Sequence[Lan], member: Member, facts: Facts) -> list[Problem]:
    """Return the live networks of other names and the host's routes that have addresses of the LAN."""
    found = [*_in_networks(lan, lans, facts), *_in_routes(lan, member.parent(lan), facts)]
    return [Problem(problem, cure, member.name, lan.name) for problem, cure in found]


def _in_networks(lan: Lan, lans: Sequence[Lan], facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield problem and cure for each network. With an ip_range Docker itself does not compare."""
    for network in other_networks(facts, lans):
        for pool in network.get("ipam") or []:
            yield from _in_pool(lan, network, pool)


def _in_pool(lan: Lan, network: Mapping[str, Any], pool: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Compare what is given out on the same wire, but with other drivers all that the host would send there instead."""
    on_wire = network["driver"] in _LAN_DRIVERS
    block = parse_network((on_wire and pool.get("ip_range")) or pool.get("subnet") or "")
    subnet = lan.subnet_of_version(block.version) if block else None
    if block is None or subnet is None:
        return
    if on_wire and _overlap(block, subnet.range):
        problem = f"the live network {network['name']} hands out {block}, which overlaps the range {subnet.range}"
        yield problem, "Remove that network, or declare another range"
    elif not on_wire and _overlap(block, subnet.subnet):
        what = f"the live network {network['name']} ({network['driver']}) has {block}"
        bridge = (
            "set 'bip' in /etc/docker/daemon.json"
            if network["name"] == "bridge"
            else "make it anew with another subnet"
        )
        yield f"{what}, which overlaps the subnet {subnet.subnet}", f"Move that network: {bridge}; or move the LAN"


def _in_routes(lan: Lan, parent: str, facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield problem and cure for each link by which the host has routes into the LAN, but not to the LAN."""
    below = carrier(parent, facts)
    if below is None or below.get("loopback"):
        return  # where there is no parent, it is not known which routes are those of the LAN
    expected = {parent, below.get("master"), *_docker_bridges(facts)}
    for subnet in lan.subnets:
        stray: dict[str, dict[str, None]] = {}  # by link; a destination may have several next hops there
        for route in facts.get("routes") or []:
            name = route.get("link")
            if name and name not in expected and _is_stray(route, link(facts, name) or {}, parent, subnet):
                stray.setdefault(name, {})[route["destination"]] = None
        for name, found in stray.items():
            destinations = list(found)
            what = f"a route to {destinations[0]}" if len(destinations) == 1 else f"routes to {named(destinations)}"
            cure = f"Remove what makes it (see 'ip route show dev {name}'), or give the LAN another subnet"
            yield f"the host has {what} by {name}, but {subnet.subnet} is to be on {parent}", cure


def _is_stray(route: Mapping[str, Any], out: Mapping[str, Any], parent: str, subnet: Subnet) -> bool:
    """Tell whether a route leads addresses of the subnet elsewhere.

    Links on the parent are on the LAN. So is the card by which the host itself is, when the parent is a second one.
    """
    destination = parse_network(route["destination"])
    if destination is None or destination.version != subnet.version or not _overlap(destination, subnet.subnet):
        return False
    is_own_leg = out.get("kind") in _CARDS and not route.get("gateway") and destination == subnet.subnet
    return not is_own_leg and not (out.get("kind") in _ON_PARENT and out.get("parent") == parent)


def _docker_bridges(facts: Facts) -> set[str]:
    """Name the bridges of Docker networks; those networks are compared themselves."""
    networks = [network for network in facts.get("networks") or [] if network["driver"] == "bridge"]
    return {(item.get("options") or {}).get(_BRIDGE_NAME) or f"br-{item['id'][:12]}" for item in networks}


def _overlap(one: Network, other: Network) -> bool:
    return interval_of(one).overlaps(interval_of(other))
