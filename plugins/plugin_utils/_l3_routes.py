# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes that LANs in the modes l3 and l3s need: to each host's slice, through that host. PRIVATE.

In these modes a host is the router of its containers, and nothing answers ARP for them (kernel,
Documentation/networking/ipvlan.rst). Hosts on one subnet need a route to the slice of every other one; a router beyond
them needs one to every slice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface
from typing import Any, Iterator, Mapping, NamedTuple, Sequence

from ._contract import ROUTED_MODES
from ._facts import Facts, link, parent_addresses
from ._intervals import Address, Network
from ._lans import Lan
from ._members import Member
from ._slices import Slices
from ._words import ip_version

_IP = {4: "ip", 6: "ip -6"}
_FRR = {4: "ip", 6: "ipv6"}  # how FRR's static routes begin (docs.frrouting.org, STATIC)


class Way(NamedTuple):
    """How a slice is reached: through the address of its host's parent."""

    network: str
    host: str
    destination: Network
    gateway: Address


@dataclass(frozen=True)
class Routes:
    """The ``routes`` of docs/interfaces.md: what each host needs, what a router needs, and what could not be said."""

    hosts: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    commands: dict[str, list[str]] = field(default_factory=dict)
    router: list[str] = field(default_factory=list)
    frr: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return what is meant to be read; ``hosts`` is with the plans of the hosts."""
        return {"commands": self.commands, "router": self.router, "frr": self.frr, "missing": self.missing}


def routes_of(lans: Sequence[Lan], members: Sequence[Member], facts: Mapping[str, Facts], slices: Slices) -> Routes:
    """Return the routes for every host with facts; all are empty when no LAN is routed.

    A host that could not be asked, or whose parent has no address of the family, is among ``missing``.
    """
    found = Routes(hosts={member.name: [] for member in members if member.name in facts})
    for lan in lans:
        if lan.mode in ROUTED_MODES:
            ways = list(_ways(lan, members, facts, slices, found.missing))
            for way in ways:
                found.router.append(f"{_command(way)} via {way.gateway}  # {way.host}, {way.network}")
                frr = f"{_FRR[way.destination.version]} route {way.destination} {way.gateway}"
                found.frr.extend([f"! {way.host}, {way.network}", frr])
            for member in members:
                if member.name in facts:
                    _add_host(found, lan, member, facts[member.name], ways)
    return found


def _ways(
    lan: Lan, members: Sequence[Member], facts: Mapping[str, Facts], slices: Slices, missing: list[str]
) -> Iterator[Way]:
    """Yield the way to each slice of a LAN, in inventory order; add a sentence for each that is not known."""
    for member in members:
        if member.name not in facts:
            missing.append(f"{member.name} could not be asked, so there is no route to its slice of {lan.name}")
            continue
        parent = member.parent(lan)
        addresses = parent_addresses(facts[member.name], parent)
        for given in slices.get(member.name, {}).get(lan.name, []):
            family = f"ipv{given.block.version}"
            gateway = addresses[family]
            if gateway is None:
                missing.append(
                    f"{member.name} has no {ip_version(family)} address on {parent}, so there is no route to "
                    f"{given.block} of {lan.name}"
                )
            else:
                yield Way(lan.name, member.name, given.block, ip_address(gateway))


def _add_host(found: Routes, lan: Lan, member: Member, facts: Facts, ways: Sequence[Way]) -> None:
    """Add what one host needs: a route to each other host on a subnet of its parent. The rest is the router's."""
    parent = member.parent(lan)
    nets = [ip_interface(text).network for text in (link(facts, parent) or {}).get("addresses") or []]
    for way in ways:
        if way.host != member.name and any(way.gateway in net for net in nets):
            route = {"destination": str(way.destination), "gateway": str(way.gateway), "link": parent}
            found.hosts[member.name].append(route)
            command = f"{_command(way)} via {way.gateway} dev {parent}  # {way.host}, {way.network}"
            found.commands.setdefault(member.name, []).append(command)


def _command(way: Way) -> str:
    """Return the beginning of the command, which may be repeated."""
    return f"{_IP[way.destination.version]} route replace {way.destination}"
