# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small simulated fleet: the mesh, and what ``ping_mesh`` brings from each host, as the faults of its LAN let it.

Written against docs/interfaces.md; how each fault looks in the evidence was measured on real hosts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from ansible_collections.dockerlan.fleet.plugins.module_utils._mesh import Pair, pairs_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import Record, State, encode
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._matrix import build_report, outcome_of

End = Mapping[str, Any]

NOW = "2026-01-31T12:00:00Z"
STRANGER = "02:00:00:00:00:01"
GONE = "02:00:00:00:00:99"
GATEWAYS = {"ipv4": "192.168.56.1", "ipv6": "fdb2:2c26:f4e4::1"}
SUBNETS = {"ipv4": "192.168.56.0/24", "ipv6": "fdb2:2c26:f4e4::/64"}
REPLIED = Record(State.REPLY, 0.0, 40.0, 55.0, 90.0)
NO_CONTAINER = "there is no such container on this host"
ASKED = (State.LOST, State.UNREACHABLE, State.IMPOSTOR)
EPERM = "Operation not permitted"
ENOBUFS = "No buffer space available: no buffers, or the neighbour table is full"
EINVAL = "Invalid argument: the neighbour table may be full"


@dataclass(frozen=True)
class Fleet:
    """What there is. ``hosts_have_addresses`` says whether the hosts themselves are on the LAN."""

    hosts: tuple[str, ...] = ("host1", "host2", "host3")
    containers: int = 2
    driver: str = "macvlan"
    mode: str = ""
    flag: str = ""
    families: tuple[str, ...] = ("ipv4", "ipv6")
    parent: str = "eth0"
    hosts_have_addresses: bool = True
    shims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    virtualization: Mapping[str, str] = field(default_factory=dict)
    expectations: tuple[Mapping[str, Any], ...] = ()
    topology: str = "full"
    names: str = "web-{}"
    has_gateway: bool = True

    @property
    def real_mode(self) -> str:
        """Return the mode, that of the driver where none is given."""
        return self.mode or {"macvlan": "bridge", "ipvlan": "l2"}[self.driver]

    @property
    def routed(self) -> bool:
        """Tell whether the mode is one without ARP."""
        return self.real_mode in ("l3", "l3s")


@dataclass(frozen=True)
class Faults:
    """What is broken; endpoints by id. ``families`` are those that are affected, ``warm`` that entries are cached."""

    lost: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    conflicts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    dies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cut: frozenset[str] = frozenset()
    unplugged: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    filtered: frozenset[str] = frozenset()
    silent_filter: bool = False
    strangers: Mapping[str, bool] = field(default_factory=dict)  # by endpoint, whether they answer pings
    stranger_mac: str = STRANGER
    same_address: Mapping[str, str] = field(default_factory=dict)
    stale: Mapping[tuple[str, str], str] = field(default_factory=dict)  # by source and target, the state
    mtu: Mapping[str, int] = field(default_factory=dict)
    stuck_mtu: Mapping[str, int] = field(default_factory=dict)  # of containers, while their parent is fine again
    narrow: frozenset[frozenset[str]] = frozenset()  # pairs of hosts with something in between
    large_probes: int = 0
    no_route: frozenset[tuple[str, str]] = frozenset()
    stranded: frozenset[str] = frozenset()
    full_table: frozenset[str] = frozenset()
    walls: Mapping[str, str] = field(default_factory=dict)  # drop, echo, reject or out
    gateway: frozenset[str] = frozenset()
    leaks: frozenset[str] = frozenset()
    together: frozenset[str] = frozenset()
    unusable: frozenset[str] = frozenset()
    silent: frozenset[tuple[str, str]] = frozenset()
    families: tuple[str, ...] = ("ipv4", "ipv6")
    warm: bool = False
    crosstalk: bool = False  # hosts hear the questions of others like claims


HEALTHY = Faults()


def mesh_of(fleet: Fleet, faults: Faults = HEALTHY) -> dict[str, Any]:
    """Return the mesh."""
    ends: list[dict[str, Any]] = []
    for number, host in enumerate(fleet.hosts, 1):
        if fleet.hosts_have_addresses or host in faults.lost:
            ends.append(_end(fleet, faults, host, number, 0))
        ends += [_end(fleet, faults, host, number, place) for place in range(1, fleet.containers + 1)]
    ends = [{"index": index, **end} for index, end in enumerate(ends)]
    by_id = {end["id"]: end for end in ends}
    for one, other in faults.same_address.items():
        by_id[one].update({family: by_id[other][family] for family in faults.families})
    across = sorted({(e["network"], e["to_network"]) for e in fleet.expectations if e["network"] != e["to_network"]})
    return {
        "networks": [_network(fleet, faults)],
        "topology": {"kind": fleet.topology, "neighbours": 1, "asked": "auto", "pairs": 0, "limit": 200},
        "across": [list(pair) for pair in across],
        "expectations": list(fleet.expectations),
        "hosts": [_host(fleet, faults, host, number) for number, host in enumerate(fleet.hosts, 1)],
        "endpoints": ends,
    }


def _end(fleet: Fleet, faults: Faults, host: str, number: int, place: int) -> dict[str, Any]:
    container = fleet.names.format(place) if place else None
    name = f"{host}/{container}" if container else host
    unknown = host in faults.lost or name in faults.stranded
    addresses = {"ipv4": f"192.168.56.{10 + number}", "ipv6": f"fdb2:2c26:f4e4::{10 + number}"}
    if place:
        addresses = {"ipv4": f"192.168.56.{128 + 16 * number + place}", "ipv6": f"fdb2:2c26:f4e4::{number}:{place}"}
    macs = [f"02:42:00:00:{number:02x}:{place:02x}"] if place and fleet.driver == "macvlan" else [_host_mac(number)]
    return {
        "id": name,
        "network": "office",
        "host": host,
        "kind": "container" if place else "host",
        "container": container,
        **{f: addresses[f] if f in fleet.families and not unknown else None for f in addresses},
        "macs": [] if unknown else macs,
        "shim": list(fleet.shims.get(host, ())),
        "stranded": name in faults.stranded,
        "joined": "vpn" if name in faults.stranded else None,
        "lost": host in faults.lost,
    }


def _host_mac(number: int) -> str:
    return f"02:00:c0:a8:38:{number:02x}"


def _slices(number: int, families: tuple[str, ...]) -> list[str]:
    blocks = {"ipv4": f"192.168.56.{128 + 16 * number}/28", "ipv6": f"fdb2:2c26:f4e4::{number}:0/112"}
    return [blocks[family] for family in families]


def _network(fleet: Fleet, faults: Faults) -> dict[str, Any]:
    places = {host: number for number, host in enumerate(fleet.hosts, 1) if host not in faults.lost}
    return {
        "name": "office",
        "driver": fleet.driver,
        "mode": fleet.real_mode,
        "flag": fleet.flag or ("bridge" if fleet.driver == "ipvlan" else ""),
        "internal": False,
        "families": list(fleet.families),
        "subnets": {family: SUBNETS[family] if family in fleet.families else None for family in SUBNETS},
        "gateways": {family: _gateway(fleet, family) for family in GATEWAYS},
        "parents": dict.fromkeys(fleet.hosts, fleet.parent),
        "slices": {host: _slices(number, fleet.families) for host, number in places.items()},
        "mtu": 1500,
    }


def _gateway(fleet: Fleet, family: str) -> str | None:
    return GATEWAYS[family] if family in fleet.families and fleet.has_gateway and not fleet.routed else None


def _host(fleet: Fleet, faults: Faults, host: str, number: int) -> dict[str, Any]:
    reason, detail = faults.lost.get(host, (None, None))
    other = faults.conflicts.get(host)
    addresses = {"ipv4": f"192.168.56.{10 + number}", "ipv6": f"fdb2:2c26:f4e4::{10 + number}"}
    own = {family: address if family in fleet.families else None for family, address in addresses.items()}
    rows = [{"network": "office", "parent": fleet.parent, "other": other[0], "driver": other[1]}] if other else []
    return {
        "name": host,
        "lost": host in faults.lost,
        "reason": reason,
        "detail": detail,
        "virtualization": fleet.virtualization.get(host),
        "addresses": {} if reason else {"office": own},
        "conflicts": rows,
    }


def report_of(fleet: Fleet, faults: Faults = HEALTHY, records: Mapping[Pair, Record] | None = None) -> dict[str, Any]:
    """Return the report of the fleet; ``records`` replace those of single pairs."""
    mesh = mesh_of(fleet, faults)
    results = probe(fleet, faults, mesh, records or {})
    return build_report(mesh, {host: outcome_of(result) for host, result in results.items()}, NOW)


def probe(
    fleet: Fleet, faults: Faults, mesh: Mapping[str, Any], records: Mapping[Pair, Record] | None = None
) -> dict[str, Any]:
    """Return the result of ``ping_mesh`` of every host that is not lost; of one that dies meanwhile its end."""
    found: dict[str, Any] = {}
    for host in fleet.hosts:
        if host not in faults.lost:
            one = _Prober(fleet, faults, mesh, host)
            found[host] = faults.dies.get(host) or one.result(records or {})
    return found


@dataclass
class _Sight:
    """What a host sees of one pair."""

    state: State
    mac: str | None = None
    entry: str | None = None
    error: str | None = None
    icmp: tuple[str, str | None, int | None] | None = None


@dataclass
class _Prober:
    """One host that probes."""

    fleet: Fleet
    faults: Faults
    mesh: Mapping[str, Any]
    host: str

    def result(self, records: Mapping[Pair, Record]) -> dict[str, Any]:
        """Return the result of ``ping_mesh``."""
        pairs = pairs_of(self.mesh, self.host)
        sights = {pair: self._see(pair) for pair in pairs}
        packed = [records.get(pair) or _record(sight) for pair, sight in sights.items()]
        errors = [{**_named(pair), "text": sight.error} for pair, sight in sights.items() if sight.error]
        return {
            "changed": False,
            "records": encode(packed),
            "method": "netns",
            "method_reason": None,
            "batches": 1,
            "errors": [*self._source_errors(), *errors][:100],
            "evidence": self._evidence(sights),
            "checks": {
                "gateway": list(self._gateways()),
                "path_mtu": self._path_mtu(sights),
                "names": {"probed": 2, "failures": [], "unavailable": []},
            },
            "elapsed_ms": 12,
        }

    def _ends(self, pair: Pair) -> tuple[End, End]:
        return self.mesh["endpoints"][pair.source], self.mesh["endpoints"][pair.target]

    def _see(self, pair: Pair) -> _Sight:
        source, target = self._ends(pair)
        if source["stranded"] or target["stranded"]:
            return _Sight(State.STRANDED)
        if not (source[pair.family] and target[pair.family]):
            return _Sight(State.NO_ADDRESS)
        if source["id"] in self.faults.unusable:
            return _Sight(State.NO_SOURCE)
        return self._refusal(source, target, pair.family) or self._answer(source, target, pair.family)

    def _refusal(self, source: End, target: End, family: str) -> _Sight | None:
        """Return what the own kernel says instead of sending."""
        if family not in self.faults.families:
            return None
        few = len(self.mesh["endpoints"]) < 6
        unlucky = few or crc32(f"{source['id']}{target['id']}".encode()) % 4
        full = source["host"] in self.faults.full_table and unlucky
        if full and not _own_host(source, target):
            return _Sight(State.SEND_ERROR, error=ENOBUFS if family == "ipv4" else EINVAL)
        if self.faults.walls.get(source["id"]) == "out":
            return _Sight(State.SEND_ERROR, error=EPERM)
        if self.faults.large_probes > self._mtu(source):
            return _Sight(State.TOO_BIG, icmp=("too_big", None, self._mtu(source)))
        return None

    def _mtu(self, end: End) -> int:
        return min(self.faults.mtu.get(end["host"], 1500), self.faults.stuck_mtu.get(end["id"], 1500))

    def _answer(self, source: End, target: End, family: str) -> _Sight:
        """Return what comes back for what was sent."""
        if self._by_design(source, target, family):
            return _Sight(State.UNREACHABLE)
        if family not in self.faults.families:
            return _Sight(State.REPLY)
        odd = self._misled(source, target) or self._rejected(source, target, family)
        if odd:
            return odd
        return self._lost(source, target) if self._is_lost(source, target) else _Sight(State.REPLY)

    def _misled(self, source: End, target: End) -> _Sight | None:
        """Return what a neighbour entry with another MAC address than the target's does."""
        faults, twin = self.faults, self._twin(source, target)
        if self._impostor(source, target):
            state = State.IMPOSTOR if faults.strangers[target["id"]] else State.LOST
            return _Sight(state, self._impostor(source, target), "reachable")
        if (source["id"], target["id"]) in faults.stale:
            return _Sight(State.LOST, GONE, faults.stale[source["id"], target["id"]])
        return _Sight(State.IMPOSTOR, twin, "reachable") if twin else None

    def _rejected(self, source: End, target: End, family: str) -> _Sight | None:
        if self.faults.walls.get(target["id"]) != "reject" or not self._passes(source, target):
            return None
        return _Sight(State.UNREACHABLE, _mac(target), "reachable", icmp=("prohibited", target[family], None))

    def _is_lost(self, source: End, target: End) -> bool:
        faults = self.faults
        full = target["host"] in faults.full_table and crc32(source["id"].encode()) % 2
        return bool(
            not (self._passes(source, target) and self._passes(target, source))
            or faults.walls.get(target["id"]) in ("drop", "echo")
            or faults.walls.get(source["id"]) == "drop"
            or (source["id"], target["id"]) in faults.silent
            or full
            or self._impostor(target, source)
            or (target["id"], source["id"]) in faults.stale
            or faults.large_probes > self._mtu(target)
        )

    def _lost(self, source: End, target: End) -> _Sight:
        """Return silence with the neighbour entry that goes with it."""
        if self.fleet.routed:
            return _Sight(State.LOST)
        known = self.faults.warm or self._passes(target, source, question=True)
        if known:
            return _Sight(State.LOST, _mac(target), "delay")
        state = State.UNREACHABLE if crc32(source["id"].encode()) % 2 else State.LOST
        icmp = ("no_neighbour", None, None) if state is State.UNREACHABLE else None
        return _Sight(state, None, "incomplete", icmp=icmp)

    def _by_design(self, source: End, target: End, family: str) -> bool:
        if source["host"] != target["host"]:
            return False
        if _own_host(source, target):
            host = source if source["kind"] == "host" else target
            return family not in host["shim"] and self.host not in self.faults.leaks
        apart = {self.fleet.real_mode, self.fleet.flag} & {"private", "vepa", "passthru"}
        return bool(apart) and self.host not in self.faults.together

    def _passes(self, source: End, target: End, *, question: bool = False) -> bool:
        """Tell whether a frame gets from one end to the other; a question is one to everybody."""
        faults, macvlan = self.faults, self.fleet.driver == "macvlan"
        hosts = {source["host"], target["host"]}
        if len(hosts) == 1:
            return not (macvlan and hosts & (faults.unplugged | faults.gone))
        if hosts & (faults.cut | faults.unplugged | faults.gone):
            return False
        filtered = [end for end in (source, target) if end["host"] in faults.filtered and end["kind"] == "container"]
        if filtered and (not question or faults.silent_filter or target in filtered):
            return False
        return not (target["kind"] == "container" and (source["host"], target["host"]) in faults.no_route)

    def _impostor(self, source: End, target: End) -> str | None:
        """Return the MAC address of the stranger if it was quicker here than the right one."""
        return (
            self.faults.stranger_mac
            if target["id"] in self.faults.strangers and crc32(source["id"].encode()) % 3
            else None
        )

    def _twin(self, source: End, target: End) -> str | None:
        """Return the MAC address of another endpoint with the target's address, which source reaches instead."""
        twins = {**self.faults.same_address, **{v: k for k, v in self.faults.same_address.items()}}
        other = next((end for end in self.mesh["endpoints"] if end["id"] == twins.get(target["id"])), None)
        if other is None or source["id"] in (other["id"], target["id"]) or other["host"] == target["host"]:
            return None
        return _mac(other) if crc32(f"{source['id']}x".encode()) % 2 == (other["index"] < target["index"]) else None

    def _source_errors(self) -> list[dict[str, Any]]:
        ends = [end for end in self.mesh["endpoints"] if end["host"] == self.host and end["id"] in self.faults.unusable]
        return [
            {"source": end["index"], "target": None, "family": family, "text": NO_CONTAINER}
            for end in ends
            for family in self.fleet.families
        ]

    def _evidence(self, sights: Mapping[Pair, _Sight]) -> dict[str, Any]:
        silent = {p: s for p, s in sights.items() if s.state is not State.REPLY}
        odd = {p: s for p, s in silent.items() if not self._by_design(*self._ends(p), p.family)}
        entries = [{**_named(p), "state": s.entry, "mac": s.mac} for p, s in odd.items() if s.entry]
        errors = [(p, s.icmp) for p, s in odd.items() if s.icmp]
        return {
            "icmp": [{**_named(p), "error": i[0], "from": i[1], "mtu": i[2]} for p, i in errors][:200],
            "strays": [],
            "neighbours": entries[:200],
            "wire": [] if self.fleet.routed else self._wire(odd),
            "links": [self._link()],
            "sources": [{"source": e["index"], "links": []} for e in self.mesh["endpoints"] if self._is_bare(e)],
            "routes": list(self._routes()) if self.fleet.routed else [],
            "neighbour_table": self._tables(),
            "truncated": [],
        }

    def _is_bare(self, end: End) -> bool:
        return bool(end["host"] == self.host and end["stranded"])

    def _tables(self) -> dict[str, Any]:
        limit = 8 if self.host in self.faults.full_table else 1024
        return {family: {"limit": limit, "used": 8} for family in ("ipv4", "ipv6")}

    def _wire(self, odd: Mapping[Pair, _Sight]) -> list[dict[str, Any]]:
        asked = {
            (target["id"], pair.family): target
            for pair, sight in odd.items()
            for target in [self._ends(pair)[1]]
            if sight.state in ASKED
        }
        return [
            {"network": "office", "address": target[family], "macs": sorted(self._claims(target, family))}
            for (_id, family), target in asked.items()
        ]

    def _claims(self, target: End, family: str) -> Iterator[str]:
        me = {"id": self.host, "host": self.host, "kind": "host"}
        for end in self.mesh["endpoints"]:
            same = end[family] == target[family] and end["host"] != self.host
            if same and (family not in self.faults.families or self._passes(end, me, question=True)):
                yield _mac(end)
        if self.faults.crosstalk:
            yield from self._questions(target, family)
        cut_off = self.host in self.faults.cut | self.faults.unplugged | self.faults.gone
        if target["id"] in self.faults.strangers and family in self.faults.families and not cut_off:
            yield self.faults.stranger_mac

    def _questions(self, target: End, family: str) -> Iterator[str]:
        """Yield the MAC addresses of the other hosts that ask for the same target, as far as they are heard."""
        me = {"id": self.host, "host": self.host, "kind": "host"}
        for number, host in enumerate(self.fleet.hosts, 1):
            other = {"id": host, "host": host, "kind": "host"}
            asks = host != self.host and host not in self.faults.lost and self._is_missed(host, target, family)
            if asks and self._passes(other, me, question=True):
                yield _host_mac(number)

    def _is_missed(self, host: str, target: End, family: str) -> bool:
        """Tell whether another host does not reach the target as it should, so that it asks as well."""
        prober = _Prober(self.fleet, self.faults, self.mesh, host)
        pairs = [Pair(family, e["index"], target["index"]) for e in self.mesh["endpoints"] if e["host"] == host]
        sights = {pair: prober._see(pair) for pair in pairs if pair.source != pair.target}
        return any(s.state in ASKED and not prober._by_design(*self._ends(p), family) for p, s in sights.items())

    def _link(self) -> dict[str, Any]:
        vlan = self.fleet.parent.partition(".")[2]
        present = self.host not in self.faults.gone
        return {
            "network": "office",
            "name": self.fleet.parent,
            "present": present,
            "up": present,
            "carrier": present and self.host not in self.faults.unplugged,
            "mtu": self.faults.mtu.get(self.host, 1500) if present else None,
            "mac": _host_mac(self.fleet.hosts.index(self.host) + 1) if present else None,
            "kind": "vlan" if vlan else "" if present else None,
            "vlan": int(vlan) if vlan and present else None,
            "base": self.fleet.parent.partition(".")[0] if vlan and present else None,
        }

    def _routes(self) -> Iterator[dict[str, Any]]:
        for family in self.fleet.families:
            yield {"destination": SUBNETS[family], "link": self.fleet.parent, "gateway": None}
        for number, peer in enumerate(self.fleet.hosts, 1):
            if peer != self.host:
                for family, block in zip(self.fleet.families, _slices(number, self.fleet.families), strict=True):
                    if (self.host, peer) not in self.faults.no_route or family not in self.faults.families:
                        via = {"ipv4": f"192.168.56.{10 + number}", "ipv6": f"fdb2:2c26:f4e4::{10 + number}"}
                        yield {"destination": block, "link": self.fleet.parent, "gateway": via[family]}

    def _gateways(self) -> Iterator[dict[str, Any]]:
        mine = [end for end in self.mesh["endpoints"] if end["host"] == self.host and not end["stranded"]]
        mine.sort(key=lambda end: end["kind"] != "container")
        for family, address in self.mesh["networks"][0]["gateways"].items():
            source = next((end for end in mine if end[family] and end["id"] not in self.faults.unusable), None)
            if address and source:
                there = self._gateway_passes(source) or family not in self.faults.families
                heard = there and not (family in self.faults.families and self._is_deaf(source))
                yield {
                    "network": "office",
                    "family": family,
                    "source": source["index"],
                    "address": address,
                    "mac": "02:00:00:00:00:fe" if there or self.faults.warm else None,
                    "replied": heard,
                }

    def _gateway_passes(self, source: End) -> bool:
        faults = self.faults
        if self.host in faults.cut | faults.unplugged | faults.gone | faults.gateway | faults.full_table:
            return False
        return not (source["kind"] == "container" and self.host in faults.filtered)

    def _is_deaf(self, source: End) -> bool:
        return self.faults.walls.get(source["id"]) in ("drop", "out") or source["id"] in self.faults.strangers

    def _path_mtu(self, sights: Mapping[Pair, _Sight]) -> dict[str, Any]:
        chosen: dict[tuple[str, str], Pair] = {}
        for pair, sight in sights.items():
            source, target = self._ends(pair)
            if sight.state is State.REPLY and source["host"] != target["host"] and source["kind"] == "container":
                chosen.setdefault((pair.family, target["host"]), pair)
        failures = []
        for pair in chosen.values():
            source, target = self._ends(pair)
            narrow = frozenset((source["host"], target["host"])) in self.faults.narrow
            if pair.family in self.faults.families and (min(self._mtu(source), self._mtu(target)) < 1500 or narrow):
                mtu = self._mtu(source) if self._mtu(source) < 1500 else None
                failures.append({**_named(pair), "size": 1500, "mtu": mtu, "from": None})
        return {"probed": len(chosen), "failures": failures}


def _own_host(source: End, target: End) -> bool:
    return bool(source["host"] == target["host"] and "host" in (source["kind"], target["kind"]))


def _mac(end: End) -> str:
    return str(end["macs"][0])


def _named(pair: Pair) -> dict[str, Any]:
    return {"source": pair.source, "target": pair.target, "family": pair.family}


def _record(sight: _Sight) -> Record:
    return REPLIED if sight.state is State.REPLY else Record(sight.state, 1.0)
