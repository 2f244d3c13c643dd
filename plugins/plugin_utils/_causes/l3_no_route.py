# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routed modes: hosts that do not know the way to the slices of other hosts. PRIVATE to the collection."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Collection, Iterator, Mapping, NamedTuple, Sequence, Union

from .._case import Case, Finding, Left, NetworkFamily
from .._contract import ROUTED_MODES
from .._evidence import Route
from .._observation import UNEXPECTED_BLOCKED, Observation
from .._words import few, named

_SHOWN = 60

Block = Union[IPv4Network, IPv6Network]


class _Missing(NamedTuple):
    """A route that ``host`` lacks: to the slice of ``peer``, whose own address is the next hop."""

    host: str
    peer: str
    block: Block
    via: str
    verb: str


def routes_missing(case: Case, left: Left) -> Iterator[Finding]:
    """Find by network and family which hosts have no route to the slice of which other one."""
    for where, pairs in left.by_family().items():
        network = case.networks[where[0]]
        blocked = [item for item in pairs if item.status == UNEXPECTED_BLOCKED and item.off_host]
        if network["mode"] in ROUTED_MODES and blocked:
            needed = {way for item in blocked for way in _ways(item)}
            missing = {(one.host, one.peer): one for one in _missing(case, where, needed)}
            explained = [item for item in blocked if any(way in missing for way in _ways(item))]
            if explained:
                yield _finding(case, left, where, list(missing.values()), explained)


def _finding(
    case: Case, left: Left, where: NetworkFamily, missing: Sequence[_Missing], pairs: Sequence[Observation]
) -> Finding:
    hosts = case.in_order({one.host for one in missing})
    return Finding(
        "l3_no_route",
        hosts,
        "Routes to the slices are missing",
        "In mode l3 and l3s a host routes for its containers, and nobody answers ARP for them: every host, or the "
        f"router of all, needs a route to the slice of every other one. {_direction(missing)}",
        "Run the role network with network_routes=install; or add the routes that are listed, and make them permanent "
        "in the network configuration of the hosts; or announce the slices with a routing protocol",
        pairs,
        left.checks_at(hosts, *where),
        few([_command(one) for one in missing], _SHOWN),
    )


def _direction(missing: Sequence[_Missing]) -> str:
    """Tell one way from no way: where one of two routes is there, requests arrive and the answers get lost."""
    ways = {(one.host, one.peer) for one in missing}
    one_way = [way for way in ways if (way[1], way[0]) not in ways]
    if not one_way:
        return "Between these hosts there is no route either way."
    texts = sorted(f"{peer} has a route to {host}, but {host} has none back" for host, peer in one_way)
    rest = " The others have no route either way." if len(one_way) < len(ways) else ""
    return f"It is one way only: {named(texts, 3)}.{rest}"


def _command(one: _Missing) -> str:
    ip = "ip" if isinstance(one.block, IPv4Network) else "ip -6"
    return f"{one.host}: {ip} route {one.verb} {one.block} via {one.via}"


def _ways(item: Observation) -> list[tuple[str, str]]:
    """Return the routes that a pair needs, as (host, host whose slice it leads to): to containers, and back to them."""
    source, target = item.ends
    found = [(source["host"], target["host"])] if target["kind"] == "container" else []
    return found + ([(target["host"], source["host"])] if source["kind"] == "container" else [])


def _missing(case: Case, where: NetworkFamily, needed: Collection[tuple[str, str]]) -> Iterator[_Missing]:
    """Yield what is missing of the needed routes. A host that brought no evidence may have every one."""
    name, family = where
    addresses = {host["name"]: (host["addresses"].get(name) or {}).get(family) for host in case.hosts}
    for host in case.living:
        if (name, host) in case.evidence.links:
            routes = [(ip_network(route.destination), route) for route in case.evidence.routes.get(host, ())]
            for peer in case.living:
                for block in _slices(case.networks[name], peer, family) if (host, peer) in needed else ():
                    best = _best(routes, block)
                    if _leads_nowhere(best, peer, addresses):
                        verb = "replace" if best is not None and ip_network(best.destination) == block else "add"
                        yield _Missing(host, peer, block, addresses[peer] or f"the address of {peer}", verb)


def _slices(network: Mapping[str, Any], host: str, family: str) -> list[Block]:
    version = int(family[-1])
    blocks = [ip_network(text) for text in network["slices"].get(host, ())]
    return [block for block in blocks if block.version == version]


def _best(routes: Sequence[tuple[Block, Route]], block: Block) -> Route | None:
    """Return the route that the kernel takes for all of the block: the longest one that covers it."""
    covering = [one for one in routes if _covers(one[0], block)]
    return max(covering, key=lambda one: one[0].prefixlen)[1] if covering else None


def _covers(net: Block, block: Block) -> bool:
    if isinstance(net, IPv4Network) and isinstance(block, IPv4Network):
        return block.subnet_of(net)
    return isinstance(net, IPv6Network) and isinstance(block, IPv6Network) and block.subnet_of(net)


def _leads_nowhere(route: Route | None, peer: str, addresses: Mapping[str, str | None]) -> bool:
    """Tell whether there is no route, or one that ends on the link or at another host of the fleet."""
    if route is None or route.gateway is None:
        return True
    others = {address for host, address in addresses.items() if host != peer and address}
    return route.gateway in others
