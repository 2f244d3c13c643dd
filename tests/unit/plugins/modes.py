# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated experiments: meshes of Docker's own kinds of networks and of LANs, and what ``ping_mesh`` brings of them.

Written against docs/interfaces.md. The bridges of all hosts have the same addresses, as they have with Docker.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import Pair, pairs_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State, encode
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._expectations import across
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._matrix import outcome_of
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._sections import Section

from tests.unit.plugins import simulation
from tests.unit.plugins.simulation import REPLIED, Faults, Fleet

HOSTS = ("host1", "host2", "host3")
BRIDGES = {"bridge": 17, "container": 17, "user-defined": 18, "another-bridge": 19}  # 172.x.0.0/16
KINDS = {
    "bridge": ("bridge", "default"),
    "host": ("host", ""),
    "none": ("null", ""),
    "container": ("container", "bridge"),
    "user-defined": ("bridge", "user_defined"),
    "another-bridge": ("bridge", "user_defined"),
}
NO_NAMES: Mapping[str, Any] = {"probed": 0, "failures": [], "unavailable": []}
NO_EVIDENCE: Mapping[str, Any] = {
    **{name: [] for name in ("icmp", "strays", "neighbours", "wire", "links", "sources", "routes", "truncated")},
    "neighbour_table": {"ipv4": None, "ipv6": None},
}


@dataclass(frozen=True)
class Odd:
    """What is broken: hosts by the reason they were lost for, hosts without Docker's firewall rules, single pairs.

    ``states`` is by the ids of source and target.
    """

    lost: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    without_rules: frozenset[str] = frozenset()
    states: Mapping[tuple[str, str], State] = field(default_factory=dict)


HEALTHY = Odd()


def own_mesh(
    section: str,
    *networks: str,
    hosts: Sequence[str] = HOSTS,
    odd: Odd = HEALTHY,
    expectations: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the mesh of an experiment with networks of Docker's own kinds, by the names of ``KINDS``."""
    ends = [
        _end(network, host, hosts.index(host) + 1, number, lost=host in odd.lost)
        for network in networks
        for host in hosts
        for number in range(3)
    ]
    return {
        "section": section,
        "networks": [_network(name) for name in networks],
        "topology": {"kind": "full", "neighbours": None, "asked": "auto", "pairs": 0, "limit": 200},
        "across": across(expectations),
        "expectations": list(expectations),
        "hosts": [_host(networks, host, number, odd) for number, host in enumerate(hosts, 1)],
        "endpoints": [{"index": index, **end} for index, end in enumerate(ends)],
    }


def _network(name: str) -> dict[str, Any]:
    driver, mode = KINDS[name]
    return {
        "name": name,
        "driver": driver,
        "mode": mode,
        "flag": "",
        "internal": False,
        "families": ["ipv4"],
        "subnets": {"ipv4": None, "ipv6": None},
        "gateways": {"ipv4": None, "ipv6": None},
        "parents": {},
        "slices": {},
        "mtu": None,
    }


def _host(networks: Sequence[str], host: str, number: int, odd: Odd) -> dict[str, Any]:
    reason, detail = odd.lost.get(host, (None, None))
    address = {"ipv4": f"192.168.56.{10 + number}", "ipv6": None}
    return {
        "name": host,
        "lost": host in odd.lost,
        "reason": reason,
        "detail": detail,
        "virtualization": None,
        "addresses": {} if reason else dict.fromkeys(networks, address),
        "conflicts": [],
    }


def _end(network: str, host: str, number: int, place: int, *, lost: bool) -> dict[str, Any]:
    container = f"dockerlan-{network}-{place}" if place else None
    own, mac = f"192.168.56.{10 + number}", f"02:00:c0:a8:38:{number:02x}"
    if container and network in BRIDGES:
        last = 2 if network == "container" else 1 + place
        own, mac = f"172.{BRIDGES[network]}.0.{last}", f"02:42:ac:{BRIDGES[network]:02x}:00:{last:02x}"
    stranded = bool(container) and network == "none" and not lost
    return {
        "id": f"{host}/{container}" if container else host,
        "network": network,
        "host": host,
        "kind": "container" if container else "host",
        "container": container,
        "ipv4": None if lost or stranded else own,
        "ipv6": None,
        "macs": [] if lost or stranded else [mac],
        "shim": [],
        "stranded": stranded,
        "joined": None,
        "lost": lost,
    }


def own_results(mesh: Mapping[str, Any], odd: Odd = HEALTHY) -> dict[str, Any]:
    """Return the result of ``ping_mesh`` of every host that is not lost."""
    return {host["name"]: _result(mesh, host["name"], odd) for host in mesh["hosts"] if not host["lost"]}


def _result(mesh: Mapping[str, Any], host: str, odd: Odd) -> dict[str, Any]:
    states = [_state(mesh, pair, odd) for pair in pairs_of(mesh, host)]
    names = sum(network["mode"] == "user_defined" for network in mesh["networks"])
    return {
        "changed": False,
        "records": encode([REPLIED if state is State.REPLY else Record(state, 1.0) for state in states]),
        "method": "netns",
        "method_reason": None,
        "batches": 1,
        "errors": [],
        "evidence": dict(NO_EVIDENCE),
        "checks": {
            "gateway": [],
            "path_mtu": {"probed": 0, "failures": []},
            "names": {**NO_NAMES, "probed": 2 * names},
        },
        "elapsed_ms": 12,
    }


def _state(mesh: Mapping[str, Any], pair: Pair, odd: Odd) -> State:
    ends = source, target = mesh["endpoints"][pair.source], mesh["endpoints"][pair.target]
    if (source["id"], target["id"]) in odd.states:
        return odd.states[source["id"], target["id"]]
    if any(end["stranded"] for end in ends):
        return State.STRANDED
    if any(end["lost"] for end in ends):
        return State.NO_ADDRESS
    return _bridged(mesh, source, target, odd) if source["network"] in BRIDGES else State.REPLY


def _bridged(mesh: Mapping[str, Any], source: Mapping[str, Any], target: Mapping[str, Any], odd: Odd) -> State:
    """Return how it goes from a bridge: to the own host and its bridge, and out, but not to the bridges of others."""
    if source["network"] != target["network"]:
        return State.LOST
    if source["host"] == target["host"]:
        return State.REPLY
    if target["kind"] == "host":
        kept_in = source["kind"] == "container" and source["host"] in odd.without_rules
        return State.LOST if kept_in else State.REPLY
    mine = (end for end in mesh["endpoints"] if (end["host"], end["network"]) == (source["host"], source["network"]))
    return State.IMPOSTOR if any(end["ipv4"] == target["ipv4"] for end in mine) else State.LOST


def own_section(section: str, *networks: str, odd: Odd = HEALTHY, **values: Any) -> Section:
    """Return the section of an experiment with networks of Docker's own kinds."""
    mesh = own_mesh(section, *networks, odd=odd, **values)
    return Section(mesh, {host: outcome_of(result) for host, result in own_results(mesh, odd).items()})


def lan_section(section: str, fleet: Fleet, faults: Faults = simulation.HEALTHY) -> Section:
    """Return the section of an experiment with a LAN, which has the section's name."""
    mesh = renamed(simulation.mesh_of(fleet, faults), section)
    results = renamed(simulation.probe(fleet, faults, simulation.mesh_of(fleet, faults)), section)
    return Section({**mesh, "section": section}, {host: outcome_of(result) for host, result in results.items()})


def renamed(data: Any, network: str) -> Any:
    """Return the data with this name where that of the simulated LAN is."""
    return json.loads(json.dumps(data).replace('"office"', json.dumps(network)))
