# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses inside a slice that its engine must not give out. PRIVATE to the collection.

New slices are cut around them. A slice that the inventory chose, that is there already, or that has grown may contain
some: those are handed to Docker as auxiliary addresses.

A network that is there must not be replaced because a host could not be asked this time, or has a new address. So what
a live network holds back is a matter of the declaration, or of the network itself: reserved addresses come and go with
``dockerlan_lans``, an address that is held back for a host stays so as long as it lies in the slice, and one that
would have to be added is a problem to be solved by the user.
"""

from __future__ import annotations

from typing import Dict, Iterable, Mapping, NamedTuple

from ._holdings import Holdings
from ._intervals import Address, Interval, Network, Occupied, interval_of, merged, occupied
from ._lans import VARIABLE
from ._members import SLICES
from ._problems import Problem
from ._subnets import Subnet
from ._words import named

# Docker asks for them one by one, and keeps them in every answer.
MOST = 64
_FOR_HOST = "host-"
_RESERVED = "reserved-"

HeldBack = Dict[str, Address]  # Docker's name of the auxiliary address -> address


class _Place(NamedTuple):
    """The slice of one host."""

    network: str
    subnet: Subnet
    host: str
    block: Network


def hold_back(
    network: str, subnet: Subnet, holdings: Holdings, given: Mapping[str, Network]
) -> tuple[dict[str, HeldBack], list[Problem]]:
    """Return what each slice of ``given`` must hold back, by host, sorted by address, and every problem with that."""
    reserved = occupied((item, None) for item in merged(subnet.reserved))
    owners = occupied((interval_of(address), host) for host, address in holdings.own_addresses(subnet))
    found: dict[str, HeldBack] = {}
    problems: list[Problem] = []
    for host, block in given.items():
        place = _Place(network, subnet, host, block)
        inside = [item.clipped(interval_of(block)) for item, _none in reserved.touching(interval_of(block))]
        for_hosts, wrong = _for_hosts(place, holdings, owners)
        too_many = _count_problems(place, inside, for_hosts)
        found[host] = {} if too_many else _with_names(place, inside, for_hosts)
        problems += [*wrong, *too_many]
    return found, problems


def _for_hosts(place: _Place, holdings: Holdings, owners: Occupied[str]) -> tuple[set[int], list[Problem]]:
    """Return the addresses of hosts that the slice holds back, and a problem for each that a live one does not."""
    live = holdings.held_back.get(place.host, {})
    block = interval_of(place.block)
    here = {int(address) for address in live.values()}
    for_hosts = {int(address) for name, address in live.items() if name == f"{_FOR_HOST}{address}"}
    missing: list[tuple[Interval, str]] = []
    for item, owner in owners.touching(block):
        if any(item.overlaps(other) for other in (*place.subnet.reserved, *place.subnet.not_for_containers)):
            continue  # no engine gives it out, whoever has it
        if holdings.live.get(place.host) != place.block or item.first in here:
            for_hosts.add(item.first)
        else:
            missing.append((item, owner))
    inside = {number for number in for_hosts if block.first <= number <= block.last}
    return inside, [_refuse_address(place, item, owner) for item, owner in missing]


def _with_names(place: _Place, reserved: list[Interval], for_hosts: set[int]) -> HeldBack:
    """Name each address by the address itself: a host may be renamed, and must not have its network replaced for it."""
    never = {number for item in place.subnet.not_for_containers for number in range(item.first, item.last + 1)}
    numbers = {number for item in reserved for number in range(item.first, item.last + 1)} | for_hosts
    addresses = [(number, place.subnet.address(number)) for number in sorted(numbers - never)]
    return {f"{_FOR_HOST if number in for_hosts else _RESERVED}{address}": address for number, address in addresses}


def _count_problems(place: _Place, reserved: list[Interval], for_hosts: set[int]) -> list[Problem]:
    """Refuse what Docker cannot be asked to hold back, before anything is enumerated."""
    block = interval_of(place.block)
    singles = [Interval(number, number) for number in for_hosts]
    never = [item for item in place.subnet.not_for_containers if item.overlaps(block)]
    left = block.size - _size([*reserved, *singles, *never])
    count = block.size - left - _size(never)
    cure = f"Choose another slice in {SLICES}, or release addresses in {VARIABLE}"
    if left == 0:
        problem = f"the slice {place.block} has no address to give out: all {block.size} are reserved or in use"
        return [Problem(problem, cure, place.host, place.network)]
    if count > MOST:
        what = named([*(_text(place.subnet, item) for item in reserved), f"{len(for_hosts)} of hosts"])
        problem = f"the slice {place.block} would have to hold back {count} of its {block.size} addresses ({what}), "
        return [Problem(f"{problem}at most {MOST} can be held back", cure, place.host, place.network)]
    return []


def _size(intervals: Iterable[Interval]) -> int:
    return sum(item.size for item in merged(intervals))


def _refuse_address(place: _Place, item: Interval, owner: str) -> Problem:
    address = place.subnet.address(item.first)
    return Problem(
        f"the slice {place.block} (live network) contains {address}, an address of {owner} itself",
        f"Take that address off {owner}, or add it to reserved in {VARIABLE} and have the network replaced",
        place.host,
        place.network,
    )


def _text(subnet: Subnet, item: Interval) -> str:
    first = str(subnet.address(item.first))
    return first if item.size == 1 else f"{first}-{subnet.address(item.last)}"
