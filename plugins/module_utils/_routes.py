# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes of this host that lie within given subnets. PRIVATE to the collection.

The parser is pure and never raises: what does not fit is left out. Formats: rtnetlink(7), linux/rtnetlink.h.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import Any, Iterable, Iterator, Mapping, NamedTuple, Sequence, Union

from ansible_collections.dockerlan.fleet.plugins.module_utils import _netlink

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

RTM_GETROUTE = 26
RTA_DST, RTA_OIF, RTA_GATEWAY, _RTA_MULTIPATH, _RTA_VIA = 1, 4, 5, 9, 18
MAIN_TABLE, UNICAST, CLONED = 254, 1, 0x200
VERSIONS = {int(socket.AF_INET): 4, int(socket.AF_INET6): 6}
_ADDRESS_BYTES = {4: 4, 6: 16}

HEAD = struct.Struct("=BBBBBBBBI")  # family, destination and source length, tos, table, protocol, scope, type, flags
_HOP = struct.Struct("=HBBi")  # length, flags, weight, index of the link


class Route(NamedTuple):
    """One way to a destination; ``link`` is an index, None where the route names none."""

    destination: str
    link: int | None
    gateway: str | None


def read_routes(subnets: Iterable[str], links: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Ask the kernel for the unicast routes of the main table that lie within ``subnets``, ordered by destination.

    ``links`` are facts of links, which give the names. A route with several next hops is listed once for each of them.
    ValueError when a subnet is none, OSError when rtnetlink does not answer.
    """
    within = [ipaddress.ip_network(subnet, strict=False) for subnet in subnets]
    if not within:
        return []
    names = {link["index"]: link["name"] for link in links}
    # A router's table may change all the time; which of its newest routes are among these is then a matter of luck.
    ways = _netlink.dump(RTM_GETROUTE, lambda payload: list(parse_routes(payload, within)), settled=False)
    found = {route for routes in ways for route in routes}
    facts = [{**route._asdict(), "link": names.get(route.link) if route.link else None} for route in found]
    return sorted(facts, key=lambda fact: (order_of(fact["destination"]), fact["link"] or "", fact["gateway"] or ""))


def parse_routes(payload: bytes, within: Sequence[Network]) -> Iterator[Route]:
    """Read the payload of RTM_NEWROUTE; nothing comes of a route that is not asked for.

    What rules out most routes is looked at first: a router may have a million of them.
    """
    if len(payload) < HEAD.size:
        return
    family, prefix, _source, _tos, table, _protocol, _scope, kind, flags = HEAD.unpack_from(payload)
    near = [net for net in within if net.version == VERSIONS.get(family) and prefix >= net.prefixlen]
    if not near or table != MAIN_TABLE or kind != UNICAST or flags & CLONED:
        return
    found = _netlink.attributes(payload[HEAD.size :])
    destination = destination_of(found.get(RTA_DST), prefix, near[0].version)
    # As numbers: subnet_of() wants to be told the version.
    if destination and any(destination.network_address in net for net in near):
        for link, gateway in hops_of(found):
            yield Route(str(destination), link, gateway)


def destination_of(data: bytes | None, prefix: int, version: int) -> Network | None:
    """Read a destination; that of a default route is left out by the kernel."""
    size = _ADDRESS_BYTES[version]
    address = bytes(size) if data is None else data
    if len(address) != size:
        return None
    try:
        return ipaddress.ip_network((address, prefix), strict=False)
    except ValueError:
        return None


def hops_of(found: Mapping[int, bytes]) -> Iterator[tuple[int | None, str | None]]:
    """Yield link and gateway of each next hop; a route with only one has them itself."""
    data = found.get(_RTA_MULTIPATH)
    if data is None:
        yield _number(found.get(RTA_OIF)), _gateway(found)
        return
    while len(data) >= _HOP.size:
        length, _flags, _weight, link = _HOP.unpack_from(data)
        if not _HOP.size <= length <= len(data):
            return
        yield link, _gateway(_netlink.attributes(data[_HOP.size : length]))
        data = data[_netlink.aligned(length) :]


def _gateway(found: Mapping[int, bytes]) -> str | None:
    """Read the address of a next hop; one of the other family has its family before it."""
    data = found.get(RTA_GATEWAY) or found.get(_RTA_VIA, b"")[2:]
    try:
        return str(ipaddress.ip_address(data)) if data else None
    except ValueError:
        return None


def _number(data: bytes | None) -> int | None:
    return int(struct.unpack("=i", data)[0]) if data and len(data) == struct.calcsize("=i") else None


def order_of(destination: str) -> tuple[int, int, int]:
    network = ipaddress.ip_network(destination)
    return network.version, int(network.network_address), network.prefixlen
