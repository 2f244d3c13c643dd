# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh: the endpoints of the fleet, from the facts of its hosts, and who pings whom. PRIVATE to the collection."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, Mapping, NamedTuple, Sequence

from ..module_utils._mesh import AUTO, FAMILIES, choose_topology
from ._contract import PASSTHRU, ROUTED_MODES
from ._expectations import across
from ._facts import Facts, Loss, own_addresses, parent_addresses
from ._lans import Lan
from ._members import Member
from ._mesh_networks import Known, network_of
from ._reader import parse_address
from ._sharing import conflicts_of
from ._shims import Shim, shim_of

Endpoint = Dict[str, Any]
NOWHERE: Mapping[str, str | None] = dict.fromkeys(FAMILIES)


class Extent(NamedTuple):
    """How many pairs there shall be: the topology that is asked for, and the most pairs that ``auto`` takes.

    ``endpoints_per_host`` is how many probe endpoints a host has on each LAN where it has no container of its own, or
    ``endpoints_always`` also where it has some; a lost host is taken to have them.
    """

    endpoints_per_host: int = 2
    topology: str = AUTO
    neighbours: int = 10
    limit: int = 200_000
    endpoints_always: bool = False


def build_mesh(
    lans: Sequence[Lan],
    members: Sequence[Member],
    known: Known,
    extent: Extent,
    expectations: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the mesh of docs/interfaces.md.

    ``members`` are the hosts of the play in inventory order; ``known`` has for each its facts, or why there are none. A
    lost host keeps its place, with itself and its probe endpoints on every LAN, without addresses.
    """
    parts = {
        "section": None,
        "networks": [network_of(lan, members, known) for lan in lans],
        "expectations": list(expectations),
        "hosts": [host_of(lans, member, known[member.name]) for member in members],
        "endpoints": [end for lan in lans for member in members for end in endpoints_on(lan, member, known, extent)],
        "stopped": [row for lan in lans for member in members for row in stopped_on(lan, member.name, known, extent)],
    }
    return assembled(parts, extent)


def assembled(parts: Mapping[str, Any], extent: Extent) -> dict[str, Any]:
    """Return the mesh of these parts: number the endpoints, and choose which pairs of them are probed.

    What is ``stopped`` may be left out: an experiment has its own findings for that.
    """
    endpoints = [{"index": index, **end} for index, end in enumerate(parts["endpoints"])]
    mesh = {"stopped": [], **parts, "across": across(parts["expectations"]), "endpoints": endpoints}
    return {**mesh, "topology": choose_topology(mesh, extent.topology, extent.neighbours, extent.limit)}


def probe_endpoint(network: str, number: int | str) -> str:
    """Return the name of a probe endpoint's container; the role ``reachability`` starts them under these names."""
    return f"dockerlan-{network}-{number}"


def host_of(lans: Sequence[Lan], member: Member, known: Facts | Loss) -> dict[str, Any]:
    """Return one of the mesh's hosts."""
    loss = known if isinstance(known, Loss) else None
    living: Facts = {} if isinstance(known, Loss) else known
    latest: Facts = (known.facts or {}) if isinstance(known, Loss) else known
    return {
        "name": member.name,
        "lost": loss is not None,
        "reason": loss.reason if loss else None,
        "detail": loss.detail if loss else None,
        "virtualization": latest.get("virtualization"),
        "addresses": {lan.name: parent_addresses(living, member.parent(lan)) for lan in lans},
        "conflicts": [found for lan in lans for found in conflicts_of(lan, member.parent(lan), latest)],
    }


def endpoints_on(lan: Lan, member: Member, known: Known, extent: Extent) -> Iterator[Endpoint]:
    """Yield the endpoints that one host has on a LAN, the host itself first; they have no index yet."""
    facts = known[member.name]
    if isinstance(facts, Loss):
        yield from _placeholders(lan, member.name, extent.endpoints_per_host)
        return
    parent = member.parent(lan)
    own = _addresses_on(lan, parent, facts)
    shim = shim_of(lan, parent, facts, own)
    containers = sorted(_containers(lan, member.name, facts, shim), key=lambda end: str(end["container"]))
    if any(own.values()) and not (lan.mode == PASSTHRU and containers):  # the container has taken its place
        yield endpoint(lan.name, member.name, None, own, macs=macs_of(facts), shim=shim.outward)
    yield from containers


def stopped_on(lan: Lan, host: str, known: Known, extent: Extent) -> Iterator[dict[str, Any]]:
    """Yield which probe endpoints of a living host should run on a LAN and do not: they are missing in the mesh.

    The role ``reachability`` starts them where no other container of the LAN runs, or always, so there is one that does
    not stay running, such as of an image for another architecture. Without a word nobody would miss its pairs.
    """
    facts = known[host]
    rows = [] if isinstance(facts, Loss) else facts.get("endpoints") or []
    runs = {row["container"]: row["running"] for row in rows if row["network"] == lan.name}
    probe = re.compile(re.escape(probe_endpoint(lan.name, "")) + "[0-9]+")
    always = extent.endpoints_always and lan.mode != PASSTHRU  # which has no room for one more
    if not always and any(running and not probe.fullmatch(name) for name, running in runs.items()):
        return
    names = [name for name in _probe_endpoints(lan, extent.endpoints_per_host) if runs.get(name) is False]
    if names:
        yield {"network": lan.name, "host": host, "containers": names}


def _addresses_on(lan: Lan, parent: str, facts: Facts) -> dict[str, str | None]:
    """Return the host's own addresses on a LAN; where the parent routes, those that it has elsewhere are as good."""
    own = own_addresses(facts, lan, parent)
    if lan.mode not in ROUTED_MODES:
        return own
    routed = parent_addresses(facts, parent)
    return {family: own[family] or routed[family] if family in lan.families else None for family in FAMILIES}


def _containers(lan: Lan, host: str, facts: Facts, shim: Shim) -> Iterator[Endpoint]:
    for row in facts.get("endpoints") or []:
        if row["running"] and row["network"] == lan.name:
            macs = [row["mac"]] if row.get("mac") else []
            yield endpoint(lan.name, host, row["container"], _addresses_of(lan, row), macs=macs, shim=shim.inward)
    for row in facts.get("stranded") or []:
        if lan.name in row["networks"]:
            yield endpoint(lan.name, host, row["container"], NOWHERE, stranded=True, joined=row["joined"])


def _placeholders(lan: Lan, host: str, count: int) -> Iterator[Endpoint]:
    yield endpoint(lan.name, host, None, NOWHERE, lost=True)
    for name in _probe_endpoints(lan, count):
        yield endpoint(lan.name, host, name, NOWHERE, lost=True)


def _probe_endpoints(lan: Lan, count: int) -> list[str]:
    """Return the names of a host's probe endpoints; a parent in passthru has room for one."""
    room = min(count, 1) if lan.mode == PASSTHRU else count
    return [probe_endpoint(lan.name, number) for number in range(1, room + 1)]


def macs_of(facts: Facts) -> list[str]:
    """Return the MAC addresses of all links of a host: any of them may answer for it."""
    links = facts.get("links") or []
    return sorted({item["mac"] for item in links if item.get("mac") and not item.get("loopback")})


def endpoint(
    network: str, host: str, container: str | None, addresses: Mapping[str, str | None], **values: Any
) -> Endpoint:
    """Return an endpoint of docs/interfaces.md but for its index; ``container`` is None for the host itself."""
    defaults: dict[str, Any] = {"macs": [], "shim": [], "stranded": False, "joined": None, "lost": False}
    return {
        "id": f"{host}/{container}" if container else host,
        "network": network,
        "host": host,
        "kind": "container" if container else "host",
        "container": container,
        **addresses,
        **defaults,
        **values,
    }


def _addresses_of(lan: Lan, row: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the container's addresses in the families of the LAN, as ``ipaddress`` prints them."""
    found: dict[str, str | None] = {}
    for family in FAMILIES:
        address = parse_address(row.get(family) or "") if family in lan.families else None
        found[family] = str(address) if address else None
    return found
