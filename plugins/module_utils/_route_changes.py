# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps from the routes that a host has to those it is to have. PRIVATE to the collection.

Pure. Nothing raises: what may not be comes back as problems, all of them at once.
"""

from __future__ import annotations

import ipaddress
from itertools import chain
from typing import Container, Iterable, Iterator, Mapping, NamedTuple, Sequence, Union

from ansible_collections.dockerlan.fleet.plugins.module_utils._routes import Network, order_of

Gateway = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

ADD, REMOVE = "add", "remove"
_EXAMPLES = {4: "192.168.56.144/28", 6: "fdb2:2c26:f4e4::1:0/112"}


class Route(NamedTuple):
    """One way to a destination, with the name of its link. None is only in routes of somebody else, or made by hand."""

    destination: str
    gateway: str | None
    link: str | None

    def way(self) -> str:
        """Say what leads there, as ``ip route`` does."""
        return " ".join([*(["via", self.gateway] if self.gateway else []), "dev", self.link or "?"])

    def line(self) -> str:
        """Say the route, as ``ip route`` does."""
        return f"{self.destination} {self.way()}"


class Standing(NamedTuple):
    """A route that the host has. One that leads nowhere (blackhole ..) has no hops, one with several ways several."""

    destination: str
    hops: tuple[Route, ...]
    ours: bool
    metric: int  # of two routes to the same destination the lower one is used
    text: str  # the route for people, with what tells whose it is


class Step(NamedTuple):
    """One change of the table."""

    kind: str
    route: Route


class Problem(NamedTuple):
    """Why something may not be, and what to do about it."""

    destination: str
    problem: str
    cure: str


class Plan(NamedTuple):
    """What has to be done, and what it comes to; with ``problems`` there are no steps, and nothing may be done."""

    problems: list[Problem]
    steps: list[Step]
    added: list[Route]
    removed: list[Route]
    kept: list[Route]


def read_wanted(
    rows: Iterable[Mapping[str, str]], links: Container[str], own: Container[str]
) -> tuple[list[Route], list[Problem]]:
    """Read what is asked for; ``links`` has the names of the host's links, ``own`` its addresses as text.

    With problems, the routes are not complete.
    """
    routes: list[Route] = []
    problems: list[Problem] = []
    for row in rows:
        network, gateway = _network(row["destination"]), _gateway(row["gateway"])
        found = [*_faults(row, network, gateway), *_unusable(row, gateway, own), *_absent(row, links)]
        problems += found
        if network and gateway and not found:
            routes.append(Route(str(network), str(gateway), row["link"]))
    return in_order(routes), [*problems, *_twice(rows)]


def plan(wanted: Sequence[Route], table: Sequence[Standing], *, purge: bool) -> Plan:
    """Decide about each route; ``table`` has all of ours, and of others' those to a wanted destination.

    Without ``purge`` those of ours stay whose destination is not asked for.
    """
    ours = [hop for standing in table if standing.ours for hop in standing.hops]
    others = [standing for standing in table if not standing.ours]
    theirs = {route: [one for one in others if one.destination == route.destination] for route in wanted}
    missing = [route for route in wanted if route not in ours and not _serves(theirs[route], route)]
    # What goes another way than asked would be hidden by ours, or hide ours; neither is ours to decide.
    problems = [_taken(route, theirs[route]) for route in wanted if theirs[route] and not _serves(theirs[route], route)]
    asked = {route.destination for route in wanted}
    gone = in_order(route for route in ours if route not in wanted and (purge or route.destination in asked))
    kept = in_order({*wanted, *ours} - {*missing, *gone})
    return Plan(problems, [] if problems else _steps(missing, gone), missing, gone, kept)


def in_order(routes: Iterable[Route]) -> list[Route]:
    """Order routes by destination."""
    return sorted(routes, key=lambda route: (order_of(route.destination), route.line()))


def undo(steps: Sequence[Step]) -> list[Step]:
    """List the steps back from where ``steps`` have led, whichever were taken."""
    return [Step(REMOVE if step.kind == ADD else ADD, step.route) for step in reversed(steps)]


def _steps(missing: Iterable[Route], gone: Sequence[Route]) -> list[Step]:
    """Add before anything is removed, so that a destination that grows is never without a route.

    Only a route to the very same destination has to make way first.
    """
    going: dict[str, list[Step]] = {}
    for route in gone:
        going.setdefault(route.destination, []).append(Step(REMOVE, route))
    fresh = [Step(ADD, route) for route in missing if route.destination not in going]
    replaced = [[*going.pop(route.destination), Step(ADD, route)] for route in missing if route.destination in going]
    return [*fresh, *chain.from_iterable([*replaced, *going.values()])]


def _serves(theirs: Sequence[Standing], route: Route) -> bool:
    """Tell whether others' routes lead where this one would: those that count, with the lowest metric, are the same."""
    best = min((standing.metric for standing in theirs), default=0)
    used = [standing for standing in theirs if standing.metric == best]
    return bool(used) and all(standing.hops == (route,) for standing in used)


def _taken(route: Route, theirs: Iterable[Standing]) -> Problem:
    there = "; ".join(standing.text for standing in theirs)
    return Problem(
        route.destination,
        f"somebody else's route leads there, which is not {route.way()}: {there}",
        "remove it where it is made ('proto' tells who has made it), ask for the same way, or leave this route out",
    )


def _network(text: str) -> Network | None:
    """Read a destination, with or without host bits. A scope or a missing length is more likely a slip than a wish."""
    try:
        return ipaddress.ip_network(text, strict=False) if "/" in text and "%" not in text else None
    except ValueError:
        return None


def _gateway(text: str) -> Gateway | None:
    try:
        return ipaddress.ip_address(text) if "%" not in text else None
    except ValueError:
        return None


def _faults(row: Mapping[str, str], network: Network | None, gateway: Gateway | None) -> Iterator[Problem]:
    """Find what is wrong with how destination and gateway are written."""
    name = row["destination"]
    if not network:
        yield Problem(name, "the destination is no network", f"write it like {_EXAMPLES[4]} or {_EXAMPLES[6]}")
    elif ipaddress.ip_interface(name).ip != network.network_address:
        yield Problem(name, "the destination has host bits set", f"write {network}, or the network that is meant")
    if not gateway:
        yield Problem(name, f"the gateway {row['gateway']} is no address", "write one like 192.168.56.12 or fe80::12")
    elif network and gateway.version != network.version:
        cure = f"use an IPv{network.version} address as the gateway"
        yield Problem(name, f"the gateway {gateway} is of the other address family", cure)


def _unusable(row: Mapping[str, str], gateway: Gateway | None, own: Container[str]) -> Iterator[Problem]:
    """Find gateways that the kernel would take and make something else of: no gateway at all, or the host itself."""
    if gateway and (gateway.is_unspecified or gateway.is_multicast or gateway.is_loopback or str(gateway) in own):
        kind = "this host's own address" if str(gateway) in own else "no address of a host"
        cure = "use the address of the host that has the destination; a host needs no route to its own slice"
        yield Problem(row["destination"], f"the gateway {gateway} is {kind}", cure)


def _absent(row: Mapping[str, str], links: Container[str]) -> Iterator[Problem]:
    if row["link"] not in links:
        cure = "check the name with 'ip link'; it may differ from host to host"
        yield Problem(row["destination"], f"the link {row['link']} does not exist on this host", cure)


def _twice(rows: Iterable[Mapping[str, str]]) -> list[Problem]:
    """Find destinations that are asked for more than once, in whatever spelling."""
    names = [str(_network(row["destination"]) or row["destination"]) for row in rows]
    again = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    return [Problem(name, "the destination is there more than once", "leave one route to it") for name in again]
