# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets for the tests: declarations, facts of hosts, and records as a wire with faults would give them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import pairs_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State, encode
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._endpoints import build_mesh
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._facts import Loss
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._lans import parse_lans
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._matrix import build_report, outcome_of
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import Member

Endpoint = Mapping[str, Any]
Wire = Callable[[Endpoint, Endpoint], State]

SUBNET4 = {"subnet": "192.168.56.0/24", "gateway": "192.168.56.1", "range": "192.168.56.128/25"}
SUBNET6 = {"subnet": "fdb2:2c26:f4e4::/64", "gateway": "fdb2:2c26:f4e4::1", "range": "fdb2:2c26:f4e4::/96"}


def declared_lan(**changes: Any) -> dict[str, Any]:
    """Return the declaration of a dual-stack LAN, changed."""
    lan = {"name": "office", "driver": "ipvlan", "parent": "eth0", "subnets": [dict(SUBNET4), dict(SUBNET6)]}
    return {**lan, **changes}


def host_facts(number: int, *, networks: Iterable[Any] = (), endpoints: Iterable[Any] = (), **eth0: Any) -> Any:
    """Return the facts of a host with eth0 on the LAN; ``number`` is the end of its addresses."""
    addresses = [f"192.168.56.{number}/24", f"fdb2:2c26:f4e4::{number:x}:1/64", "fe80::1/64"]
    link = {"name": "eth0", "index": 2, "kind": "", "mac": "", "mtu": 1500, "up": True, "parent": None, "master": None}
    link.update(loopback=False, wireless=False, mode=None)
    return {
        "engine": {"version": "28.5.2", "api_version": "1.51", "id": "E", "security_options": []},
        "sdk": {"version": "7.1.0"},
        "kernel": {"release": "6.12.30", "links": {"macvlan": True, "ipvlan": True}},
        "links": [
            {**link, "name": "lo", "index": 1, "loopback": True, "addresses": ["127.0.0.1/8", "::1/128"]},
            {**link, "addresses": addresses, **eth0},
        ],
        "routes": [{"destination": "192.168.56.0/24", "link": eth0.get("name", "eth0"), "gateway": None}],
        "networks": list(networks),
        "endpoints": list(endpoints),
    }


def live_network(spec: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Return what host_info says of the network that was made from a spec."""
    return {"id": "f" * 64, **spec, **changes}


def added_link(name: str, **values: Any) -> dict[str, Any]:
    """Return a link of a host, to be added to its facts."""
    link = {"name": name, "index": 9, "kind": "", "mac": "", "mtu": 1500, "up": True, "loopback": False}
    return {**link, "wireless": False, "mode": None, "parent": None, "master": None, "addresses": [], **values}


def container(name: str, network: str, ipv4: str | None, ipv6: str | None, **changes: Any) -> dict[str, Any]:
    """Return the row of a running container on one network."""
    row = {"container": name, "container_id": "c", "running": True, "pid": 4711, "network": network}
    return {**row, "network_id": "f", "ipv4": ipv4, "ipv6": ipv6, "mac": None, **changes}


def fleet_mesh(
    hosts: Iterable[str] = ("host1", "host2", "host3"),
    *,
    per_host: int = 2,
    lost: Mapping[str, Loss] | None = None,
    container_name: str = "dockerlan-{lan}-{number}",
    **lan: Any,
) -> dict[str, Any]:
    """Return the mesh of hosts with ``per_host`` containers each on one LAN."""
    lans, problems = parse_lans([declared_lan(**lan)])
    assert not problems
    losses = lost or {}
    known: dict[str, Any] = {}
    names = list(hosts)
    for number, host in enumerate(names):
        rows = [
            container(container_name.format(lan=lans[0].name, number=i), lans[0].name, *_addresses(number, i))
            for i in range(1, per_host + 1)
        ]
        known[host] = losses.get(host) or host_facts(10 + number % 100, endpoints=rows)
    return build_mesh(lans, [Member(host) for host in names], known, per_host)


def _addresses(host: int, number: int) -> tuple[str, str]:
    return f"192.168.56.{128 + (16 * host + number) % 126}", f"fdb2:2c26:f4e4::{host + 1:x}:{number:x}"


def healthy_wire(source: Endpoint, target: Endpoint) -> State:
    """Answer as a LAN without faults: only a host and its own containers are kept apart."""
    own_host = source["host"] == target["host"] and "host" in (source["kind"], target["kind"])
    return State.UNREACHABLE if own_host else State.REPLY


def filtering_wire(*hosts: str) -> Wire:
    """Return a wire whose ports before ``hosts`` drop every MAC address but the host's own."""

    def wire(source: Endpoint, target: Endpoint) -> State:
        off_host = source["host"] != target["host"]
        if off_host and any(end["host"] in hosts and end["kind"] == "container" for end in (source, target)):
            return State.LOST
        return healthy_wire(source, target)

    return wire


def cut_wire(*hosts: str) -> Wire:
    """Return a wire whose ports before ``hosts`` are down."""

    def wire(source: Endpoint, target: Endpoint) -> State:
        cut = source["host"] != target["host"] and (source["host"] in hosts or target["host"] in hosts)
        return State.UNREACHABLE if cut else healthy_wire(source, target)

    return wire


def probe(mesh: Mapping[str, Any], wire: Wire = healthy_wire, ipv6: Wire | None = None) -> dict[str, dict[str, Any]]:
    """Return the result of ping_mesh of every host that is not lost; ``ipv6`` is the wire for IPv6 if it differs."""
    wires = {"ipv4": wire, "ipv6": ipv6 or wire}
    return {host["name"]: _probe_host(mesh, host["name"], wires) for host in mesh["hosts"] if not host["lost"]}


def _probe_host(mesh: Mapping[str, Any], host: str, wires: Mapping[str, Wire]) -> dict[str, Any]:
    ends = mesh["endpoints"]
    records = [_record(ends[pair.source], ends[pair.target], wires[pair.family]) for pair in pairs_of(ends, host)]
    return {"changed": False, "records": encode(records), "method": "netns", "errors": [], "elapsed_ms": 12}


def _record(source: Endpoint, target: Endpoint, wire: Wire) -> Record:
    if target["lost"]:
        return Record(State.NO_ADDRESS)
    state = wire(source, target)
    return Record(state, 0.0, 40.0, 55.0, 90.0) if state is State.REPLY else Record(state, loss=1.0)


def report_of(
    mesh: Mapping[str, Any], wire: Wire = healthy_wire, ipv6: Wire | None = None, **results: Any
) -> dict[str, Any]:
    """Return the report of a mesh on this wire; ``results`` replace those of single hosts."""
    outcomes = {host: outcome_of(result) for host, result in {**probe(mesh, wire, ipv6), **results}.items()}
    return build_report(mesh, outcomes, "2026-01-31T12:00:00Z")
