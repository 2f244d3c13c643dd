# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shims: links of a host by which it and its own containers reach each other. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Collection, Mapping, NamedTuple

from ._contract import ROUTED_MODES
from ._facts import Facts, addresses_of, live_slice
from ._intervals import Network
from ._lans import Lan
from ._reader import parse_network


class Shim(NamedTuple):
    """The families in which a host has a way to its own containers, and those in which they have one to the host."""

    outward: list[str]
    inward: list[str]


def shim_of(lan: Lan, parent: str, facts: Facts, own: Mapping[str, str | None]) -> Shim:
    """Find the host's shim on a LAN; ``own`` are the host's addresses on the LAN, per family or None."""
    links = [item for item in facts.get("links") or [] if _is_shim(item, lan, parent)]
    names = {item["name"] for item in links}
    blocks = {subnet.family: live_slice(facts, lan, subnet) for subnet in lan.subnets}
    outward = [family for family, block in blocks.items() if block and _leads_over(names, block, facts)]
    addresses = {str(address) for item in links for address in addresses_of(item)}
    inward = [family for family in outward if _is_answered(family, lan, own[family], addresses)]
    return Shim(outward, inward)


def _is_shim(item: Mapping[str, Any], lan: Lan, parent: str) -> bool:
    same = (item.get("kind"), item.get("mode"), item.get("parent")) == (lan.driver, lan.mode, parent)
    return same and bool(item.get("up"))


def _leads_over(names: set[str], block: Network, facts: Facts) -> bool:
    """Tell whether the closest of the routes that cover a slice leads over one of these links."""
    routes = [(parse_network(route["destination"]), route["link"]) for route in facts.get("routes") or []]
    covering = [(found.prefixlen, name) for found, name in routes if found is not None and _covers(found, block)]
    closest = max((prefix for prefix, _name in covering), default=0)
    return bool(covering) and all(name in names for prefix, name in covering if prefix == closest)


def _covers(destination: Network, block: Network) -> bool:
    same = destination.version == block.version and destination.prefixlen <= block.prefixlen
    return same and block.network_address in destination


def _is_answered(family: str, lan: Lan, own: str | None, addresses: Collection[str]) -> bool:
    """Tell whether the host's address is to be found from its containers.

    ARP answers for the addresses of all links (arp_ignore 0, Linux's default), neighbour discovery only for those of
    the link that was asked (RFC 4861, 7.2.3). Where the parent routes, nobody has to be asked.
    """
    return family == "ipv4" or lan.mode in ROUTED_MODES or own in addresses
