# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh of an experiment, also of networks that are no LANs: Docker's own kinds. PRIVATE to the collection."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, NamedTuple, Sequence

from ..module_utils._mesh import FAMILIES
from ._endpoints import NOWHERE, Endpoint, Extent, assembled, endpoint, endpoints_on, host_of, macs_of, probe_endpoint
from ._experiment_lans import read_lans, read_members
from ._facts import Facts, Loss, parent_addresses
from ._findings_words import last_look
from ._lans import Lan
from ._members import Member
from ._mesh_networks import Known, network_of
from ._problems import Problem
from ._reader import parse_address

Experiment = Mapping[str, Any]  # one of ``experiments`` of docs/interfaces.md
Seen = Mapping[str, Any]  # a container of a look
Addresses = Mapping[str, "str | None"]
_STRANDED_BY_DESIGN = "null"
_STACK_OF_HOST = "host"


class _Own(NamedTuple):
    """One of the experiment's networks of Docker's own kinds."""

    name: str
    driver: str
    mode: str


def build_experiment_mesh(
    experiment: Experiment, hosts: Sequence[str], known: Known, extent: Extent
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the mesh of an experiment, and what is wrong with it.

    ``hosts`` are those of the play in inventory order; ``known`` has for each the facts of the module ``experiment``,
    or why there are none.
    """
    lans, problems = read_lans(experiment)
    own = [_Own(item["name"], item["driver"], item["mode"]) for item in experiment.get("own") or []]
    members = read_members(experiment, hosts)
    of_own = {item.name: _of_fleet(experiment, item, hosts, known) for item in own}
    parts = {
        "section": experiment["name"],
        "networks": [
            *(network_of(lan, members, known) for lan in lans),
            *(_network(item, of_own[item.name]) for item in own),
        ],
        "expectations": list(experiment.get("expectations") or []),
        "hosts": [_host(experiment, lans, member, known[member.name]) for member in members],
        "endpoints": [
            *(end for lan in lans for end in _on_lan(experiment, lan, members, known, extent)),
            *(end for item in own for end in of_own[item.name]),
        ],
    }
    return assembled(parts, extent), problems


def _on_lan(
    experiment: Experiment, lan: Lan, members: Sequence[Member], known: Known, extent: Extent
) -> Iterator[Endpoint]:
    mine = extent._replace(endpoints_per_host=len(names_on(experiment, lan.name)))
    return (end for member in members for end in endpoints_on(lan, member, known, mine))


def _host(experiment: Experiment, lans: Sequence[Lan], member: Member, known: Facts | Loss) -> dict[str, Any]:
    """Return one of the mesh's hosts. Of Docker's own kinds its addresses are those that it has on the LAN."""
    found = host_of(lans, member, known)
    facts: Facts = {} if isinstance(known, Loss) else known
    own = {item["name"]: _own_addresses(experiment, item["name"], member.name, facts) for item in experiment["own"]}
    return {**found, "addresses": {**found["addresses"], **own}}


def has_only_lo(seen: Seen) -> bool:
    """Tell whether a container that could be looked into has no link but lo."""
    return seen["links"] is not None and all(item["name"] == "lo" for item in seen["links"])


def names_on(experiment: Experiment, network: str) -> list[str]:
    """Return the names of the containers that every host has on a network of the experiment."""
    known = experiment.get("hosts") or {}
    containers = next(iter(known.values()))["containers"] if known else []
    possible = {probe_endpoint(network, number) for number in range(1, len(containers) + 1)}
    return [item["name"] for item in containers if item["name"] in possible]


def _of_fleet(experiment: Experiment, own: _Own, hosts: Sequence[str], known: Known) -> list[Endpoint]:
    """Return the endpoints of one of Docker's own kinds: of each host the host itself, then its containers."""
    containers = {host: list(_containers(experiment, own, host, known[host])) for host in hosts}
    families = _families(own, [end for found in containers.values() for end in found])
    found: list[Endpoint] = []
    for host in hosts:
        found += [*_host_itself(experiment, own, host, known[host], families), *containers[host]]
    return found


def _families(own: _Own, containers: Sequence[Endpoint]) -> list[str]:
    """Return the families in which the hosts take part: those of their LAN, but on a bridge those of the bridge."""
    if own.driver not in ("bridge", "container"):
        return list(FAMILIES)
    return [family for family in FAMILIES if any(end[family] for end in containers)] or [FAMILIES[0]]


def _host_itself(
    experiment: Experiment, own: _Own, host: str, known: Facts | Loss, families: Sequence[str]
) -> Iterator[Endpoint]:
    if isinstance(known, Loss):
        yield endpoint(own.name, host, None, NOWHERE, lost=True)
        return
    addresses = _own_addresses(experiment, own.name, host, known)
    mine = {family: addresses[family] if family in families else None for family in FAMILIES}
    if any(mine.values()):
        yield endpoint(own.name, host, None, mine, macs=macs_of(known))


def _containers(experiment: Experiment, own: _Own, host: str, known: Facts | Loss) -> Iterator[Endpoint]:
    names = names_on(experiment, own.name)
    if isinstance(known, Loss):
        yield from (endpoint(own.name, host, name, NOWHERE, lost=True) for name in names)
        return
    seen = {item["name"]: item for item in last_look(known) or []}
    for name in names:
        if name in seen and seen[name]["running"]:
            yield _container(experiment, own, host, known, seen[name])


def _container(experiment: Experiment, own: _Own, host: str, facts: Facts, seen: Seen) -> Endpoint:
    if own.driver == _STRANDED_BY_DESIGN:
        return endpoint(own.name, host, seen["name"], NOWHERE, stranded=True)
    if own.driver == _STACK_OF_HOST:
        return endpoint(
            own.name, host, seen["name"], _own_addresses(experiment, own.name, host, facts), macs=macs_of(facts)
        )
    if seen["joined"] and has_only_lo(seen):
        return endpoint(own.name, host, seen["name"], NOWHERE, stranded=True, joined=seen["joined"])
    macs, addresses = _of_network(own, seen)
    return endpoint(own.name, host, seen["name"], addresses, macs=macs)


def _of_network(own: _Own, seen: Seen) -> tuple[list[str], Addresses]:
    """Return MAC addresses and addresses of a container: what the engine says, or what is inside of one that joined."""
    name = own.name if own.mode == "user_defined" else "bridge"
    said = (seen["networks"] or {}).get(name)
    if said and not seen["joined"]:
        return [said["mac"]] if said.get("mac") else [], {family: said.get(family) or None for family in FAMILIES}
    links = [item for item in seen["links"] or [] if item["name"] != "lo"]
    inside = [parse_address(text.partition("/")[0]) for item in links for text in item["addresses"]]
    usable = [address for address in inside if address is not None and not address.is_link_local]
    found = {family: next((str(one) for one in usable if f"ipv{one.version}" == family), None) for family in FAMILIES}
    return [item["mac"] for item in links if item["mac"]], found


def _own_addresses(experiment: Experiment, network: str, host: str, facts: Facts) -> dict[str, str | None]:
    """Return the host's own addresses on the parent of the LAN that the experiments are built on."""
    return parent_addresses(facts, str((experiment["parents"].get(host) or {}).get(network) or ""))


def _network(own: _Own, endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Return one of the mesh's networks. It has no parent, and no subnet that means anything beyond a host."""
    nothing: dict[str, Any] = dict.fromkeys(FAMILIES)
    return {
        "name": own.name,
        "driver": own.driver,
        "mode": own.mode,
        "flag": "",
        "internal": False,
        "families": [family for family in FAMILIES if any(end[family] for end in endpoints)] or [FAMILIES[0]],
        "subnets": dict(nothing),
        "gateways": dict(nothing),
        "parents": {},
        "slices": {},
        "mtu": None,
    }
