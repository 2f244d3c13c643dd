# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one definition of which pairs are probed, and in which order. PRIVATE to the collection.

Pure: hosts use it to probe, the controller uses it to read the records that come back without any names in them.
"""

from __future__ import annotations

import fnmatch
import re
from collections import Counter, defaultdict
from hashlib import sha256
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Sequence

FAMILIES = ("ipv4", "ipv6")
FULL, HOSTS, RING = "full", "hosts", "ring"
TOPOLOGIES = (FULL, HOSTS, RING)  # from the one with the most pairs to the one with the fewest
AUTO = "auto"

Endpoint = Mapping[str, Any]
Mesh = Mapping[str, Any]


class Pair(NamedTuple):
    """One probe to make: the address family, and the ``index`` of the source's and of the target's endpoint."""

    family: str
    source: int
    target: int


class Row(NamedTuple):
    """The probes of one source in one address family: the indexes of its targets, in order."""

    family: str
    source: int
    targets: list[int]


class Place(NamedTuple):
    """What one host has on one network in one address family, as indexes: itself (or nothing), and its containers.

    The place of a container in the list is its number: those with an address come first.
    """

    own: list[int]
    containers: list[int]

    def everyone(self) -> list[int]:
        """List all endpoints of the host."""
        return [*self.own, *self.containers]


Places = Dict[str, Place]  # by host
Targets = Dict[int, List[int]]  # by source


class _Crossing(NamedTuple):
    """Which endpoints of one network an expectation wants probed from which endpoints of another one."""

    network: str
    to_network: str
    is_source: Callable[[str], Any]
    is_target: Callable[[str], Any]


def pairs_of(mesh: Mesh, host: str) -> list[Pair]:
    """List the pairs whose source belongs to ``host``, in the order in which their records are packed."""
    return [Pair(row.family, row.source, target) for row in rows_of(mesh, host) for target in row.targets]


def rows_of(mesh: Mesh, host: str) -> list[Row]:
    """List the pairs whose source belongs to ``host``, by address family and source.

    This is the order of the records: address family, then source, then target: those of the source's own network before
    those of others, and each in the order of the endpoints. A lost or stranded end takes part in every family that its
    network is known to use, so that it keeps its place without having an address.
    """
    return [
        Row(family, source, targets)
        for family, networks in _families(mesh["endpoints"]).items()
        for source, targets in _targets(mesh, networks, host)
    ]


def choose_topology(mesh: Mesh, asked: str, neighbours: int, limit: int) -> dict[str, Any]:
    """Return the ``topology`` of docs/interfaces.md. ``mesh`` has ``endpoints``, ``across`` and ``expectations``.

    With ``auto`` the first one that has no more pairs than ``limit``, the last one if none has. Pairs are counted
    without being built: a fleet may have a million of them.
    """
    families = _families(mesh["endpoints"])
    across = sum(
        len(targets) for networks in families.values() for _source, targets in _across_from(mesh, networks, None)
    )
    groups = [places for networks in families.values() for places in networks.values()]

    def count(kind: str) -> int:
        return across + sum(_count(kind, places, neighbours) for places in groups)

    fitting = (kind for kind in TOPOLOGIES[:-1] if count(kind) <= limit)
    kind = next(fitting, RING) if asked == AUTO else asked
    return {
        "kind": kind,
        "neighbours": neighbours if kind == RING else None,
        "asked": asked,
        "pairs": count(kind),
        "limit": limit,
    }


def matcher(pattern: str) -> Callable[[str], Any]:
    """Return a function that tells whether an endpoint's id fits a shell pattern; case counts."""
    return re.compile(fnmatch.translate(pattern)).match


def ring_of(hosts: Iterable[str]) -> list[str]:
    """Put hosts into an order that has nothing to do with their names' order, and is the same everywhere."""
    return sorted(hosts, key=lambda name: (sha256(name.encode()).digest(), name))


def _families(endpoints: Sequence[Endpoint]) -> dict[str, dict[str, Places]]:
    """Return who takes part: family -> network -> host -> place."""
    used = _families_in_use(endpoints)
    found: dict[str, dict[str, Places]] = {family: defaultdict(dict) for family in FAMILIES}
    for family, networks in found.items():
        alive = [end for end in endpoints if end.get(family)]
        silent = [end for end in endpoints if _is_silent(end) and (end["network"], family) in used]
        for end in (*alive, *(end for end in silent if not end.get(family))):
            place = networks[end["network"]].setdefault(end["host"], Place([], []))
            (place.own if end["kind"] == "host" else place.containers).append(end["index"])
    return found


def _families_in_use(endpoints: Sequence[Endpoint]) -> set[tuple[str, str]]:
    """Tell the (network, family) in which any endpoint has an address; all families where nobody has one."""
    used = {(end["network"], family) for end in endpoints for family in FAMILIES if end.get(family)}
    known = {network for network, _family in used}
    unknown = {end["network"] for end in endpoints} - known
    return used | {(network, family) for network in unknown for family in FAMILIES}


def _is_silent(end: Endpoint) -> bool:
    return bool(end.get("lost") or end.get("stranded"))


def _targets(mesh: Mesh, networks: Mapping[str, Places], host: str) -> list[tuple[int, list[int]]]:
    """Return the sources of a host, in order, each with its targets in one address family."""
    found: Targets = {}
    for places in networks.values():
        found.update(_within_network(mesh["topology"], places, host))
    for source, targets in _across_from(mesh, networks, host):
        found[source] = found[source] + targets
    return sorted(found.items())


def _within_network(topology: Mapping[str, Any], places: Places, host: str) -> Targets:
    """Return the targets of each endpoint of a host on its own network, in the order of the endpoints."""
    if host not in places:
        return {}
    mine = places[host]
    if topology["kind"] == FULL:
        everyone = sorted(index for place in places.values() for index in place.everyone())
        return {source: [target for target in everyone if target != source] for source in mine.everyone()}
    found: Targets = {source: [] for source in mine.everyone()}
    is_ring = topology["kind"] == RING
    others = _next_on_ring(places, host, topology["neighbours"]) if is_ring else [one for one in places if one != host]
    for source, target in _cycle(mine) if is_ring else _all_within(mine):
        found[source].append(target)
    for other in others:
        for source, target in _between(mine, places[other]):
            found[source].append(target)
    return {source: sorted(targets) for source, targets in found.items()}


def _next_on_ring(places: Places, host: str, neighbours: int) -> list[str]:
    ring = ring_of(places)
    at = ring.index(host)
    return [ring[(at + step) % len(ring)] for step in range(1, min(neighbours, len(ring) - 1) + 1)]


def _all_within(place: Place) -> Iterator[tuple[int, int]]:
    everyone = place.everyone()
    return ((source, target) for source in everyone for target in everyone if source != target)


def _cycle(place: Place) -> Iterator[tuple[int, int]]:
    """Pair each endpoint of a host with the next one, and the last with the first."""
    everyone = place.everyone()
    return zip(everyone, [*everyone[1:], everyone[0]]) if len(everyone) > 1 else iter(())


def _between(mine: Place, theirs: Place) -> Iterator[tuple[int, int]]:
    """Pair two hosts: one with the other and with its first container, and containers with the same number.

    The host with fewer containers starts over.
    """
    for own in mine.own:
        yield from ((own, target) for target in (*theirs.own, *theirs.containers[:1]))
    yield from ((source, own) for source in mine.containers[:1] for own in theirs.own)
    if mine.containers and theirs.containers:
        for number in range(max(len(mine.containers), len(theirs.containers))):
            yield (
                mine.containers[number % len(mine.containers)],
                theirs.containers[number % len(theirs.containers)],
            )


def _across_from(mesh: Mesh, networks: Mapping[str, Places], host: str | None) -> Iterator[tuple[int, list[int]]]:
    """Yield the sources of a host, of all hosts without one, and those targets of other networks that are named.

    A device is never paired with itself: by the way over its own addresses it always answers.
    """
    endpoints = mesh["endpoints"]
    crossings = _crossings(mesh)
    for network, to_network in mesh["across"]:
        wanted = [item for item in crossings if (item.network, item.to_network) == (network, to_network)]
        candidates = _everyone(networks.get(to_network, {}))
        named = [[index for index in candidates if item.is_target(endpoints[index]["id"])] for item in wanted]
        places = networks.get(network, {})
        for source in _everyone(places if host is None else {host: places[host]} if host in places else {}):
            name = endpoints[source]["id"]
            lists = [targets for item, targets in zip(wanted, named) if item.is_source(name)]
            targets = lists[0] if len(lists) == 1 else sorted({index for one in lists for index in one})
            yield source, [index for index in targets if endpoints[index]["id"] != name]


def _crossings(mesh: Mesh) -> list[_Crossing]:
    return [
        _Crossing(item["network"], item["to_network"], matcher(item["from"]), matcher(item["to"]))
        for item in mesh["expectations"]
        if item["network"] != item["to_network"]
    ]


def _everyone(places: Places) -> list[int]:
    return sorted(index for place in places.values() for index in place.everyone())


def _count(kind: str, places: Places, neighbours: int) -> int:
    """Count the pairs of one network and address family."""
    sizes = [len(place.everyone()) for place in places.values()]
    if kind == FULL:
        return sum(sizes) * (sum(sizes) - 1)
    if kind == RING:
        return sum(size for size in sizes if size > 1) + _count_ring(places, neighbours)
    shapes = Counter((len(place.own), len(place.containers)) for place in places.values())
    return sum(size * (size - 1) for size in sizes) + sum(
        _count_between(mine, theirs) * (count * others - (count if mine == theirs else 0))
        for mine, count in shapes.items()
        for theirs, others in shapes.items()
    )


def _count_ring(places: Places, neighbours: int) -> int:
    shapes = [(len(places[host].own), len(places[host].containers)) for host in ring_of(places)]
    steps = range(1, min(neighbours, len(shapes) - 1) + 1)
    return sum(
        _count_between(mine, shapes[(at + step) % len(shapes)]) for at, mine in enumerate(shapes) for step in steps
    )


def _count_between(mine: tuple[int, int], theirs: tuple[int, int]) -> int:
    """Count what ``_between`` pairs, from the numbers of own endpoints and of containers."""
    (own, containers), (their_own, their_containers) = mine, theirs
    by_number = max(containers, their_containers) if containers and their_containers else 0
    return own * their_own + own * min(their_containers, 1) + min(containers, 1) * their_own + by_number
