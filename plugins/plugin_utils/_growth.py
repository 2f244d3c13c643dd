# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slices that grow in place, where the inventory says a larger size than the live one. PRIVATE to the collection."""

from __future__ import annotations

from ._holdings import Holdings
from ._intervals import Network, Occupied, interval_of, occupied
from ._lans import VARIABLE
from ._members import SLICES
from ._problems import Problem
from ._subnets import Subnet
from ._words import named


def grow(network: str, subnet: Subnet, holdings: Holdings) -> tuple[dict[str, Network], list[Problem]]:
    """Return the slices that have grown, by host in inventory order, and a problem for each that cannot have its size.

    A slice grows into the one larger block that contains it, so that no address it has is lost. Two that grow cannot
    meet: one's block would contain the other's live slice.
    """
    grown: dict[str, Network] = {}
    problems: list[Problem] = []
    in_the_way = _others(subnet, holdings)
    for host, prefix in holdings.resizing().items():
        live = holdings.live[host]
        if prefix > live.prefixlen:
            problems.append(_refuse_smaller(network, host, live, prefix))
            continue
        wanted = live.supernet(new_prefix=prefix)
        why = _why_not(subnet, wanted, _names(in_the_way, wanted, host))
        if why:
            problems.append(_refuse_larger(network, host, (live, wanted), why))
        else:
            grown[host] = wanted
    return grown, problems


def _others(subnet: Subnet, holdings: Holdings) -> Occupied[tuple[str, str]]:
    """Return what may be in the way: (host, in words)."""
    slices = [(interval_of(block), (host, f"{block} is the slice of {host}")) for host, block in holdings.all_slices()]
    containers = [
        (interval_of(address), (host, f"{address} is the address of {host}/{container}"))
        for host, container, address in holdings.container_addresses(subnet)
    ]
    return occupied([*slices, *containers])


def _names(others: Occupied[tuple[str, str]], wanted: Network, host: str) -> list[str]:
    return [words for _item, (owner, words) in others.touching(interval_of(wanted)) if owner != host]


def _why_not(subnet: Subnet, wanted: Network, others: list[str]) -> str:
    if not interval_of(subnet.range).contains(interval_of(wanted)):
        return f"which is not in the range {subnet.range}"
    return f"where {named(others)}" if others else ""


def _refuse_smaller(network: str, host: str, live: Network, prefix: int) -> Problem:
    return Problem(
        f"the size /{prefix} ({SLICES}) is {2 ** (live.max_prefixlen - prefix)} addresses, the live slice {live} has "
        f"{live.num_addresses}: which part of it should stay is not said",
        f"Give the slice itself in {SLICES}, a part of {live}",
        host,
        network,
    )


def _refuse_larger(network: str, host: str, live_and_wanted: tuple[Network, Network], why: str) -> Problem:
    live, wanted = live_and_wanted
    return Problem(
        f"the slice {live} cannot grow from {live.num_addresses} to {wanted.num_addresses} addresses: the block of "
        f"/{wanted.prefixlen} around it is {wanted}, {why}",
        f"Choose a free slice of /{wanted.prefixlen} in {SLICES}, move what is in the way, or widen the range in "
        f"{VARIABLE}",
        host,
        network,
    )
