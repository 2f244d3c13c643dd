# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh: the endpoints of the fleet, from the facts of its hosts. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Mapping, Sequence, Union

from ._facts import Facts, Loss, live_slice, own_addresses
from ._lans import Lan
from ._members import Member
from ._reader import parse_address

Endpoint = Dict[str, Any]
Known = Mapping[str, Union[Facts, Loss]]


def build_mesh(lans: Sequence[Lan], members: Sequence[Member], known: Known, endpoints_per_host: int) -> dict[str, Any]:
    """Return the mesh of docs/interfaces.md.

    ``members`` are the hosts of the play in inventory order; ``known`` has for each its facts, or why there are none. A
    lost host keeps its place, with itself and ``endpoints_per_host`` probe endpoints on every LAN, without addresses.
    """
    endpoints = [end for lan in lans for member in members for end in _of_host(lan, member, known, endpoints_per_host)]
    return {
        "networks": [_network(lan, members, known) for lan in lans],
        "hosts": [_host(member.name, known[member.name]) for member in members],
        "endpoints": [{"index": index, **end} for index, end in enumerate(endpoints)],
    }


def probe_endpoint(network: str, number: int) -> str:
    """Return the name of a probe endpoint's container; the role ``reachability`` starts them under these names."""
    return f"dockerlan-{network}-{number}"


def _host(name: str, known: Facts | Loss) -> dict[str, Any]:
    loss = known if isinstance(known, Loss) else None
    return {
        "name": name,
        "lost": loss is not None,
        "reason": loss.reason if loss else None,
        "detail": loss.detail if loss else None,
    }


def _network(lan: Lan, members: Sequence[Member], known: Known) -> dict[str, Any]:
    slices: dict[str, list[str]] = {}
    for member in members:
        facts = known[member.name]
        if isinstance(facts, Loss):
            continue
        found = [live_slice(facts, lan, subnet) for subnet in lan.subnets]
        slices[member.name] = [str(block) for block in found if block is not None]
    return {
        "name": lan.name,
        "driver": lan.driver,
        "mode": lan.mode,
        "internal": lan.internal,
        "families": lan.families,
        "slices": slices,
    }


def _of_host(lan: Lan, member: Member, known: Known, endpoints_per_host: int) -> Iterator[Endpoint]:
    facts = known[member.name]
    if isinstance(facts, Loss):
        yield from _placeholders(lan, member.name, endpoints_per_host)
        return
    own = own_addresses(facts, lan, member.parent(lan))
    if any(own.values()):
        yield _endpoint(lan, member.name, None, own)
    for row in sorted(facts.get("endpoints") or [], key=lambda row: str(row["container"])):
        if row["running"] and row["network"] == lan.name:
            yield _endpoint(lan, member.name, row["container"], _container_addresses(lan, row))


def _placeholders(lan: Lan, host: str, count: int) -> Iterator[Endpoint]:
    nowhere: dict[str, str | None] = {"ipv4": None, "ipv6": None}
    yield {**_endpoint(lan, host, None, nowhere), "lost": True}
    for number in range(1, count + 1):
        yield {**_endpoint(lan, host, probe_endpoint(lan.name, number), nowhere), "lost": True}


def _endpoint(lan: Lan, host: str, container: str | None, addresses: Mapping[str, str | None]) -> Endpoint:
    return {
        "id": f"{host}/{container}" if container else host,
        "network": lan.name,
        "host": host,
        "kind": "container" if container else "host",
        "container": container,
        **addresses,
        "lost": False,
    }


def _container_addresses(lan: Lan, row: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the container's addresses in the families of the LAN, as ``ipaddress`` prints them."""
    found: dict[str, str | None] = {}
    for family in ("ipv4", "ipv6"):
        address = parse_address(row.get(family) or "") if family in lan.families else None
        found[family] = str(address) if address else None
    return found
