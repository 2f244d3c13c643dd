# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of containers that somebody else in the fleet has, or may be given. PRIVATE to the collection.

Docker notices none of them: each engine knows its own containers only. Two hosts with one address of their own are none
of our business: behind a load balancer all of them have it.
"""

from __future__ import annotations

from typing import Mapping, NamedTuple, Sequence

from ._facts import Facts, host_addresses
from ._intervals import Address, Occupied, interval_of, occupied
from ._lans import VARIABLE, Lan
from ._members import Member
from ._problems import Problem
from ._slices import Slice, Slices, addresses_of_containers
from ._subnets import Subnet
from ._words import named


class _Container(NamedTuple):
    host: str
    name: str

    def __str__(self) -> str:
        return f"{self.host}/{self.name}"


def duplicate_problems(
    lans: Sequence[Lan], members: Sequence[Member], facts: Mapping[str, Facts], slices: Slices
) -> list[Problem]:
    """Name every address of a container that somebody else has too, and every one that another host may give out.

    Containers count whether they run or not, with the addresses they have and those they ask for; somebody else is
    another container, a host of the fleet, or the gateway. ``members`` is the fleet in inventory order, ``facts`` is
    by host, ``slices`` are the planned ones.
    """
    hosts = [member.name for member in members if member.name in facts]
    owners: dict[Address, list[str]] = {}
    for host in hosts:
        for address in dict.fromkeys(host_addresses(facts[host])):
            owners.setdefault(address, []).append(f"{host} itself")
    problems: list[Problem] = []
    for lan in lans:
        containers = _containers(lan, hosts, facts)
        for subnet in lan.subnets:
            given = _given(lan, subnet.version, slices)
            for address, holders in containers.items():
                if address.version == subnet.version and address in subnet.subnet:
                    problems += _twice(lan, subnet, (address, holders), owners.get(address, []))
                    problems += [item for holder in holders for item in _in_a_slice(lan, address, holder, given)]
    return problems


def _containers(lan: Lan, hosts: Sequence[str], facts: Mapping[str, Facts]) -> dict[Address, list[_Container]]:
    found: dict[Address, list[_Container]] = {}
    for host in hosts:
        for name, addresses in addresses_of_containers(facts[host], lan).items():
            for address in addresses:
                found.setdefault(address, []).append(_Container(host, name))
    return found


def _given(lan: Lan, version: int, slices: Slices) -> Occupied[tuple[str, Slice]]:
    """Return the slices of one address family, each with its host."""
    pairs = [(host, given) for host, by_lan in slices.items() for given in by_lan.get(lan.name, [])]
    return occupied((interval_of(item.block), (host, item)) for host, item in pairs if item.block.version == version)


def _twice(
    lan: Lan, subnet: Subnet, held: tuple[Address, Sequence[_Container]], owners: Sequence[str]
) -> list[Problem]:
    address, containers = held
    gateway = [f"the gateway of {lan.name}"] if address == subnet.gateway else []
    holders = [*(str(container) for container in containers), *owners, *gateway]
    if len(holders) == 1:
        return []
    cure = "Give each of them an address of its own, a container one of the slice of its host"
    return [Problem(f"{address} belongs to {named(holders)}", cure, containers[-1].host, lan.name)]


def _in_a_slice(lan: Lan, address: Address, container: _Container, given: Occupied[tuple[str, Slice]]) -> list[Problem]:
    problems: list[Problem] = []
    for _item, (host, item) in given.touching(interval_of(address)):
        held_back = address in item.held_back.values()
        if host != container.host and not held_back:
            problem = f"the container {container.name} has {address}, which {host} may give out: its slice is {item}"
            cure = f"Give the container an address of the slice of {container.host}, or reserve this one in {VARIABLE}"
            problems.append(Problem(problem, cure, container.host, lan.name))
        elif host == container.host and held_back:
            problem = f"the container {container.name} has {address}, which must be held back in the slice {item}"
            cure = f"Give the container another address, or release this one in {VARIABLE}"
            problems.append(Problem(problem, cure, container.host, lan.name))
    return problems
