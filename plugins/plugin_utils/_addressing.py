# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets which slice of a subnet: nobody ever moves, and no address is ever given twice. PRIVATE to the collection.

A slice comes from the first of: what the inventory says (explicit), what the host's live network already has (live),
the first free block of the range, in inventory order (new). Because a slice that exists always wins over a new one,
adding, removing and reordering hosts moves nobody.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import islice
from typing import Mapping, Sequence

from ._intervals import Address, Interval, Network, count_touched, free_blocks, interval_of, merged
from ._lans import VARIABLE
from ._members import SLICES
from ._problems import Problem
from ._subnets import Subnet
from ._words import named


@dataclass(frozen=True)
class Holdings:
    """What is known about one subnet: slices by host, the members' own addresses, and who could not be asked.

    ``members`` is the whole fleet in inventory order. ``unknown`` are the members whose live slice nobody knows.
    """

    members: Sequence[str]
    explicit: Mapping[str, Network] = field(default_factory=dict)
    live: Mapping[str, Network] = field(default_factory=dict)
    addresses: Mapping[str, Sequence[Address]] = field(default_factory=dict)
    unknown: Sequence[str] = ()

    def fixed(self) -> dict[str, Network]:
        """Return the slices that exist already, by host in inventory order; an explicit one wins over a live one."""
        both = {**self.live, **self.explicit}
        return {host: both[host] for host in self.members if host in both}

    def all_slices(self) -> list[tuple[str, Network]]:
        """Return every slice that must not be given to another host, also a live one that the inventory overrules."""
        members = set(self.members)
        pairs = dict.fromkeys([*self.live.items(), *self.explicit.items()])
        return [(host, network) for host, network in pairs if host in members]


def give_slices(network: str, subnet: Subnet, holdings: Holdings) -> tuple[dict[str, Network], list[Problem]]:
    """Return a slice for every member that can have one, by host in inventory order, and every problem.

    ``network`` is the name of the LAN, for the messages. Members of whom nothing is known get no slice, so that a run
    with ``--limit`` works for hosts that have theirs.
    """
    fixed = holdings.fixed()
    needy = [host for host in holdings.members if host not in fixed and host not in holdings.unknown]
    problems = _fixed_problems(network, subnet, holdings)
    unknown = [host for host in holdings.unknown if host not in fixed]
    new: dict[str, Network] = {}
    if needy and unknown:
        problems.append(_refuse_blind(network, subnet, needy, unknown))
    elif needy:
        new, missing = _new_slices(network, subnet, holdings, needy)
        problems += missing
    both = {**fixed, **new}
    return {host: both[host] for host in holdings.members if host in both}, problems


def _new_slices(
    network: str, subnet: Subnet, holdings: Holdings, needy: Sequence[str]
) -> tuple[dict[str, Network], list[Problem]]:
    """Cut new slices for the ``needy``, in their order; all or none."""
    space, size = interval_of(subnet.range), 2 ** (subnet.subnet.max_prefixlen - subnet.slice_prefix)
    taken = [item for item, _what in _forbidden(subnet, holdings)]
    taken += [*subnet.unusable, *(interval_of(given) for _host, given in holdings.all_slices())]
    blocks = list(islice(free_blocks(space, size, taken), len(needy)))
    if len(blocks) < len(needy):
        return {}, [_refuse_small(network, subnet, count_touched(space, size, taken), len(needy))]
    make = type(subnet.range)
    return {host: make((block.first, subnet.slice_prefix)) for host, block in zip(needy, blocks)}, []


def _forbidden(subnet: Subnet, holdings: Holdings) -> list[tuple[Interval, str]]:
    """Return what no slice may contain, each with its name."""
    found = [(interval_of(subnet.gateway), f"the gateway {subnet.gateway}")]
    found += [(item, f"the reserved {_range_text(item, subnet)}") for item in subnet.reserved]
    found += [
        (interval_of(address), f"{address}, an address of {host} itself")
        for host, addresses in holdings.addresses.items()
        for address in addresses
        if address.version == subnet.version and address in subnet.subnet
    ]
    return found


def _fixed_problems(network: str, subnet: Subnet, holdings: Holdings) -> list[Problem]:
    """Check the slices that exist already."""
    forbidden = _forbidden(subnet, holdings)
    zones = merged(item for item, _what in forbidden)
    problems = _overlaps(network, holdings)
    for host, given in holdings.all_slices():
        # Naming what is in the way looks at everything, so that is only done where something is.
        what = forbidden if _hits(zones, interval_of(given)) else []
        problems += _slice_problems(network, subnet, (host, given, _origin(holdings, host, given)), what)
    return problems


def _hits(zones: Sequence[Interval], block: Interval) -> bool:
    """Tell whether the block touches one of the zones, which are disjoint and in ascending order."""
    last_before_end = bisect_right(zones, (block.last, math.inf)) - 1
    return last_before_end >= 0 and zones[last_before_end].last >= block.first


def _origin(holdings: Holdings, host: str, given: Network) -> str:
    return SLICES if holdings.explicit.get(host) == given else "live network"


def _slice_problems(
    network: str, subnet: Subnet, given: tuple[str, Network, str], forbidden: Sequence[tuple[Interval, str]]
) -> list[Problem]:
    host, block, origin = given
    problems = [
        Problem(f"the slice {block} ({origin}) contains {what}", _cure_of_fixed(origin), host, network)
        for item, what in forbidden
        if item.overlaps(interval_of(block))
    ]
    if not interval_of(subnet.range).contains(interval_of(block)):
        problem = f"the slice {block} ({origin}) is not in the range {subnet.range}"
        problems.append(Problem(problem, f"Widen the range, or: {_cure_of_fixed(origin)}", host, network))
    return problems


def _overlaps(network: str, holdings: Holdings) -> list[Problem]:
    """Name both hosts of every pair of slices that overlap.

    Networks contain each other or are disjoint, so that in sorted order a slice can only lie in one that is still open.
    """
    problems: list[Problem] = []
    still_open: list[tuple[str, Network]] = []
    ordered = sorted(holdings.all_slices(), key=lambda pair: (int(pair[1].network_address), pair[1].prefixlen))
    for host, block in ordered:
        start = int(block.network_address)
        still_open = [pair for pair in still_open if int(pair[1].broadcast_address) >= start]
        problems += [
            Problem(
                f"the slice {block} overlaps {theirs} of {other}",
                f"Give one of the two hosts another slice with {SLICES}, or remove its network",
                host,
                network,
            )
            for other, theirs in still_open
            if other != host
        ]
        still_open.append((host, block))
    return problems


def _cure_of_fixed(origin: str) -> str:
    if origin == SLICES:
        return f"Choose another slice in {SLICES}"
    return f"Remove the network from the host, or release the addresses in {VARIABLE}"


def _refuse_blind(network: str, subnet: Subnet, needy: Sequence[str], unknown: Sequence[str]) -> Problem:
    return Problem(
        f"a new slice of {subnet.range} must be given to {named(needy)}, but the slices of {named(unknown)} are not "
        "known: not asked, or not reached",
        f"Run without --limit, or set {SLICES} for the hosts that cannot be asked",
        network=network,
    )


def _refuse_small(network: str, subnet: Subnet, touched: int, needed: int) -> Problem:
    total = 2 ** (subnet.slice_prefix - subnet.range.prefixlen)
    return Problem(
        f"the range {subnet.range} holds {total} slices of /{subnet.slice_prefix}, {touched} are taken or blocked, "
        f"{total - touched} are left, {needed} are needed",
        "Widen the range, or set a larger slice_prefix for smaller slices",
        network=network,
    )


def _range_text(item: Interval, subnet: Subnet) -> str:
    address = type(subnet.gateway)
    first: Address | str = address(item.first)
    return str(first) if item.first == item.last else f"{first}-{address(item.last)}"
