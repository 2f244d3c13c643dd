# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The slices of a fleet, from its declaration and the facts of its hosts. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Mapping, Sequence

from ._addressing import give_slices
from ._facts import Facts, host_addresses, live_network, live_slice
from ._held_back import hold_back
from ._holdings import Holdings
from ._intervals import Address, Network
from ._lans import Lan
from ._members import Member
from ._problems import Problem
from ._reader import parse_address, parse_network
from ._subnets import Subnet


@dataclass(frozen=True)
class Slice:
    """The ``block`` that a host's engine gives out, and what it holds back of it: Docker's name -> address."""

    block: Network
    held_back: Mapping[str, Address] = field(default_factory=dict)

    def __str__(self) -> str:
        return str(self.block)


Slices = Dict[str, Dict[str, List[Slice]]]  # host -> LAN -> slices, IPv4 first


def all_slices(
    lans: Sequence[Lan], members: Sequence[Member], facts: Mapping[str, Facts]
) -> tuple[Slices, list[Problem]]:
    """Return the slices of every member, and every problem.

    ``members`` is the whole fleet in inventory order; ``facts`` is by host, without those that could not be asked. A
    member has no slice of a subnet when none could be given; a slice with which something is wrong is among the slices.
    """
    slices: Slices = {}
    problems: list[Problem] = []
    for lan in lans:
        for subnet in lan.subnets:
            holdings = _holdings(lan, subnet, members, facts)
            given, refused = give_slices(lan.name, subnet, holdings)
            held_back, wrong = hold_back(lan.name, subnet, holdings, given)
            problems += [*refused, *wrong]
            for host, block in given.items():
                slices.setdefault(host, {}).setdefault(lan.name, []).append(Slice(block, held_back[host]))
    return slices, problems


def new_parts(given: Slice, live: Network | None, subnet: Subnet) -> list[Network]:
    """Return what ``given`` has that the ``live`` slice has not, in ascending order: nothing may answer for it yet.

    Who has an address that is held back is known, and so is the gateway: those are left out.
    """
    known = [*given.held_back.values(), *(subnet.address(item.first) for item in subnet.not_for_containers)]
    parts = _without(given.block, live)
    for address in known:
        single = subnet.block(int(address), subnet.subnet.max_prefixlen)
        parts = [rest for part in parts for rest in _without(part, single)]
    return sorted(parts, key=lambda part: int(part.network_address))


def addresses_of_containers(facts: Facts, lan: Lan) -> dict[str, list[Address]]:
    """Return the addresses of a host's containers on a LAN by container: those they have and those they ask for."""
    found: dict[str, list[Address]] = {}
    for row in facts.get("endpoints") or []:
        if row["network"] != lan.name:
            continue
        fixed = row.get("fixed") or {}
        texts = [row.get("ipv4"), row.get("ipv6"), fixed.get("ipv4"), fixed.get("ipv6")]
        parsed = (parse_address(text or "") for text in texts)
        found[str(row["container"])] = list(dict.fromkeys(address for address in parsed if address is not None))
    return found


def _without(block: Network, other: Network | None) -> list[Network]:
    """Return the block without the other one; two blocks are disjoint, or one contains the other."""
    if other is None or not block.overlaps(other):
        return [block]
    if block.prefixlen >= other.prefixlen:
        return []
    return list(block.address_exclude(other))  # type: ignore[arg-type]  # of one family, both


def _holdings(lan: Lan, subnet: Subnet, members: Sequence[Member], facts: Mapping[str, Facts]) -> Holdings:
    live = {host: live_slice(known, lan, subnet) for host, known in facts.items()}
    return Holdings(
        members=[member.name for member in members],
        explicit={
            member.name: member.slices[lan.name][subnet.version]
            for member in members
            if subnet.version in member.slices.get(lan.name, {})
        },
        sizes={
            member.name: member.sizes[lan.name][subnet.version]
            for member in members
            if subnet.version in member.sizes.get(lan.name, {})
        },
        live={host: block for host, block in live.items() if block is not None},
        held_back={host: _live_held_back(known, lan, subnet) for host, known in facts.items()},
        addresses={host: host_addresses(known) for host, known in facts.items()},
        containers={host: addresses_of_containers(known, lan) for host, known in facts.items()},
        unknown=[member.name for member in members if member.name not in facts],
    )


def _live_held_back(facts: Facts, lan: Lan, subnet: Subnet) -> dict[str, Address]:
    """Return the auxiliary addresses of the live network of that name."""
    for pool in (live_network(facts, lan.name) or {}).get("ipam") or []:
        if parse_network(pool["subnet"]) == subnet.subnet:
            named = {name: parse_address(text) for name, text in (pool.get("aux_addresses") or {}).items()}
            return {name: address for name, address in named.items() if address is not None}
    return {}
