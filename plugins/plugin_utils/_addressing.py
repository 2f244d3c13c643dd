# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets which slice of a subnet: nobody ever moves, and no address is ever given twice. PRIVATE to the collection.

A slice comes from the first of: what the inventory says (explicit), what the host's live network already has (live),
grown in place where the inventory says a larger size, the free block that the host's containers have their addresses
in, the first free block of the range, in inventory order (new). Because a slice that exists always wins over a new
one, adding, removing and reordering hosts moves nobody.
"""

from __future__ import annotations

from typing import Mapping, Sequence

from ._growth import grow
from ._holdings import Holdings
from ._intervals import FreeSpace, Interval, Network, count_touched, interval_of, merged, occupied
from ._lans import VARIABLE
from ._members import SLICES
from ._problems import Problem
from ._subnets import Subnet
from ._words import named


def give_slices(network: str, subnet: Subnet, holdings: Holdings) -> tuple[dict[str, Network], list[Problem]]:
    """Return a slice for every member that can have one, by host in inventory order, and every problem.

    ``network`` is the name of the LAN, for the messages. Members of whom nothing is known get no slice, so that a run
    with ``--limit`` works for hosts that have theirs.
    """
    given = holdings.fixed()
    problems = _fixed_problems(network, subnet, holdings)
    wanting = {*holdings.needy(), *holdings.resizing(), *holdings.moving()}
    unknown = [host for host in holdings.unknown if host not in given]
    if wanting and unknown:
        in_order = [host for host in holdings.members if host in wanting]
        return given, [*problems, _refuse_blind(network, subnet, in_order, unknown)]
    grown, refused = grow(network, subnet, holdings)
    given.update(grown)
    new, missing = _new_slices(network, subnet, holdings, grown)
    given.update(new)
    return {host: given[host] for host in holdings.members if host in given}, [*problems, *refused, *missing]


def _new_slices(
    network: str, subnet: Subnet, holdings: Holdings, grown: Mapping[str, Network]
) -> tuple[dict[str, Network], list[Problem]]:
    """Cut slices for all that have none, in their order; all or none."""
    sizes = {host: holdings.sizes.get(host, subnet.slice_prefix) for host in holdings.needy()}
    if not sizes:
        return {}, []
    taken = [*holdings.forbidden(subnet), *(interval_of(block) for _host, block in holdings.all_slices())]
    taken += [interval_of(block) for block in grown.values()]
    new = _around_containers(subnet, holdings, taken, sizes)
    taken += [interval_of(address) for _host, _container, address in holdings.container_addresses(subnet)]
    taken += [interval_of(block) for block in new.values()]
    rest = {host: prefix for host, prefix in sizes.items() if host not in new}
    cut = _first_free(subnet, taken, rest)
    problems = _small_problems(network, subnet, taken, rest, cut)
    return ({}, problems) if problems else ({**new, **cut}, [])


def _around_containers(
    subnet: Subnet, holdings: Holdings, taken: Sequence[Interval], sizes: Mapping[str, int]
) -> dict[str, Network]:
    """Give hosts whose containers are on the LAN already the block around them, where nobody else has a part of it.

    Two such blocks cannot overlap: one would contain the other with its container, and not be free.
    """
    owned = [(interval_of(address), host) for host, _container, address in holdings.container_addresses(subnet)]
    others = occupied([*owned, *((item, "") for item in taken)])
    found: dict[str, Network] = {}
    for item, host in sorted(owned):
        if host not in sizes or host in found:
            continue
        block = subnet.block(item.first, sizes[host])
        inside = interval_of(subnet.range).contains(interval_of(block))
        if inside and all(owner == host for _item, owner in others.touching(interval_of(block))):
            found[host] = block
    return found


def _first_free(subnet: Subnet, taken: Sequence[Interval], sizes: Mapping[str, int]) -> dict[str, Network]:
    """Cut a block of its size for each host, in their order; those for whom there is none are left out."""
    space = FreeSpace(interval_of(subnet.range), merged(taken))
    found: dict[str, Network] = {}
    for host, prefix in sizes.items():
        block = space.take(2 ** (subnet.subnet.max_prefixlen - prefix))
        if block is not None:
            found[host] = subnet.block(block.first, prefix)
    return found


def _fixed_problems(network: str, subnet: Subnet, holdings: Holdings) -> list[Problem]:
    """Check the slices that exist already."""
    problems = _overlaps(network, holdings)
    for host, given in holdings.all_slices():
        if not interval_of(subnet.range).contains(interval_of(given)):
            explicit = holdings.explicit.get(host) == given
            problem = f"the slice {given} ({SLICES if explicit else 'live network'}) is not in the range {subnet.range}"
            other = f"choose another slice in {SLICES}" if explicit else "remove the network from the host"
            problems.append(Problem(problem, f"Widen the range in {VARIABLE}, or {other}", host, network))
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


def _refuse_blind(network: str, subnet: Subnet, needy: Sequence[str], unknown: Sequence[str]) -> Problem:
    return Problem(
        f"a new slice of {subnet.range} must be given to {named(needy)}, but the slices of {named(unknown)} are not "
        "known: not asked, or not reached",
        # A report has no slices of hosts that it did not reach, and that of this very run may replace the last one.
        f"Run without --limit, or set {SLICES} for the hosts that cannot be asked, to exactly the slices that they "
        "have: see networks[].slices of a reachability.json from when they were reached",
        network=network,
    )


def _small_problems(
    network: str, subnet: Subnet, taken: Sequence[Interval], sizes: Mapping[str, int], cut: Mapping[str, Network]
) -> list[Problem]:
    """Show the arithmetic of every size of which there are too few blocks."""
    problems = []
    for prefix in sorted({prefix for host, prefix in sizes.items() if host not in cut}):
        others = [interval_of(block) for block in cut.values() if block.prefixlen != prefix]
        size = 2 ** (subnet.subnet.max_prefixlen - prefix)
        touched = count_touched(interval_of(subnet.range), size, [*taken, *others])
        needed = sum(wanted == prefix for wanted in sizes.values())
        problems.append(_refuse_small(network, subnet, prefix, (touched, needed)))
    return problems


def _refuse_small(network: str, subnet: Subnet, prefix: int, touched_and_needed: tuple[int, int]) -> Problem:
    touched, needed = touched_and_needed
    total = 2 ** (prefix - subnet.range.prefixlen)
    return Problem(
        f"the range {subnet.range} is too small for slices of /{prefix}: {total} in all, {touched} taken or blocked, "
        f"{total - touched} left, {needed} needed",
        "Widen the range, set a larger slice_prefix for smaller slices, or choose the slices yourself with "
        f"{SLICES}: what is reserved in those is held back",
        network=network,
    )
