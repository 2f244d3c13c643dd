# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What else a host saw, for whoever has to find causes: rows of what deviates. PRIVATE to the collection."""

from __future__ import annotations

from collections import Counter
from typing import Any, Callable, Hashable, Iterable, Mapping, Sequence

from ansible_collections.dockerlan.fleet.plugins.module_utils import _links, _parents, _routes
from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import FAMILIES, Pair
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State
from ansible_collections.dockerlan.fleet.plugins.module_utils._probing import Observed
from ansible_collections.dockerlan.fleet.plugins.module_utils._share import L3_MODES, Share
from ansible_collections.dockerlan.fleet.plugins.module_utils._suspects import ask_wire

MAX_ROWS = 200

Row = Mapping[str, Any]
Rows = Sequence[Row]


def evidence_of(observed: Observed, *, host_is_here: bool) -> dict[str, Any]:
    """Collect the evidence, in the shape of docs/interfaces.md. OSError when the kernel does not answer.

    With ``host_is_here`` this process sees the links of the host whose engine has the containers; without it, all that
    would have to be read there is left out.
    """
    lists: dict[str, Rows] = {
        "icmp": icmp_rows(observed),
        "strays": stray_rows(observed),
        "neighbours": neighbour_rows(observed),
        "wire": _wire_rows(observed) if host_is_here else [],
        "links": _link_rows(observed.share) if host_is_here else [],
        "sources": [{"source": index, "links": links} for index, links in sorted(observed.sources.links.items())],
        "routes": _route_rows(observed.share) if host_is_here else [],
    }
    return {
        **{name: limited(rows, _SPREAD[name]) for name, rows in lists.items()},
        "neighbour_table": {family: _room_of(observed, family) for family in FAMILIES},
        "truncated": [name for name, rows in lists.items() if len(rows) > MAX_ROWS],
    }


def icmp_rows(observed: Observed) -> Rows:
    """List the ICMP errors, and the kernel's own: that it found no neighbour."""
    return [
        {**pair_of(pair), "error": outcome.icmp.error, "from": outcome.icmp.sender, "mtu": outcome.icmp.mtu}
        for pair, outcome in observed.outcomes.items()
        if outcome.icmp and not observed.share.is_silent_by_design(pair)
    ]


def stray_rows(observed: Observed) -> Rows:
    """List duplicate replies, and replies that came from another address than the target's."""
    return [
        {**pair_of(pair), "kind": stray.kind, "from": stray.sender, "count": stray.count}
        for pair, outcome in observed.outcomes.items()
        for stray in outcome.strays
    ]


def neighbour_rows(observed: Observed) -> Rows:
    """List the neighbour entries of targets without a reply, and of those with another MAC: the latter first."""
    rows = [
        (not observed.has_other_mac(pair), pair, outcome.neighbour)
        for pair, outcome in observed.outcomes.items()
        if outcome.neighbour and (outcome.record.state is not State.REPLY or observed.has_other_mac(pair))
        if not observed.share.is_silent_by_design(pair)
    ]
    rows.sort(key=lambda row: row[0])
    return [{**pair_of(pair), "state": entry.state, "mac": entry.mac} for _rank, pair, entry in rows]


def pair_of(pair: Pair) -> dict[str, Any]:
    """Name a pair in a row."""
    return {"source": pair.source, "target": pair.target, "family": pair.family}


def limited(rows: Rows, about: Callable[[Row], Hashable]) -> list[Row]:
    """Keep at most ``MAX_ROWS``, of as many different things as possible, in their order.

    One dead target is in a row of every source: what the others are must not be lost for that.
    """
    seen: Counter[Hashable] = Counter()
    ranks = []
    for place, row in enumerate(rows):
        ranks.append((seen[about(row)], place))
        seen[about(row)] += 1
    return [rows[place] for place in sorted(place for _rank, place in sorted(ranks)[:MAX_ROWS])]


def _about_target(row: Row) -> Hashable:
    return row["target"], row["family"], row.get("error") or row.get("kind") or row.get("mac")


def _about_answer(row: Row) -> Hashable:
    return bool(row["macs"])


def _about_nothing(_row: Row) -> Hashable:
    return None


_SPREAD: Mapping[str, Callable[[Row], Hashable]] = {
    "icmp": _about_target,
    "strays": _about_target,
    "neighbours": _about_target,
    "wire": _about_answer,
    "links": _about_nothing,
    "sources": _about_nothing,
    "routes": _about_nothing,
}


def _wire_rows(observed: Observed) -> Rows:
    """Ask the wire; without the right to open packet sockets nothing is known of it."""
    try:
        return ask_wire(observed)
    except PermissionError:
        return []


def _link_rows(share: Share) -> Rows:
    return _parents.parent_rows(share.networks.values(), share.host, _parents.read_states())


def _route_rows(share: Share) -> Rows:
    """List the routes into networks without ARP: with them stands and falls who is reached."""
    networks: Iterable[Mapping[str, Any]] = share.networks.values()
    subnets = [
        subnet
        for network in networks
        if network["mode"] in L3_MODES
        for subnet in network["subnets"].values()
        if subnet
    ]
    return _routes.read_routes(subnets, _links.read_links()) if subnets else []


def _room_of(observed: Observed, family: str) -> dict[str, int] | None:
    room = observed.rooms.get(family)
    return {"limit": room.limit, "used": room.used} if room else None
