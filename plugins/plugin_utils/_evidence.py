# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts of the fleet saw beside the replies (docs/interfaces.md, evidence). PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Iterator, Mapping, NamedTuple, Sequence

from ._observation import PairKey

Raw = Mapping[str, Any]

# States of a neighbour entry in which its MAC address is no proof of anything: the kernel asks, or has given up.
_WITHOUT_MAC = ("incomplete", "failed", "noarp")


class IcmpError(NamedTuple):
    """An ICMP error for a probe, the address that sent it, and the MTU in it."""

    error: str
    sender: str | None
    mtu: int | None


class Stray(NamedTuple):
    """Replies beside the expected one: ``kind`` is duplicate or wrong_sender."""

    kind: str
    sender: str
    replies: int


class Neighbour(NamedTuple):
    """What the neighbour table of a source has for a target; ``state`` in the words of ``ip neigh``, lower case."""

    state: str
    mac: str | None


class Answer(NamedTuple):
    """Who answered when a host asked on the wire for an address: no MAC when nobody did."""

    host: str
    macs: tuple[str, ...]


class Link(NamedTuple):
    """The parent of a LAN on a host; ``vlan`` and ``base`` when it is a VLAN of another link. ``mtu`` in bytes."""

    name: str
    present: bool
    up: bool
    carrier: bool
    mtu: int | None
    mac: str | None
    kind: str
    vlan: int | None
    base: str | None


class Route(NamedTuple):
    """A unicast route of a host's main table."""

    destination: str
    link: str | None
    gateway: str | None


class Table(NamedTuple):
    """The neighbour table of a host's kernel in one family: entries at most, and entries in use."""

    limit: int
    used: int


@dataclass(frozen=True)
class Evidence:
    """The evidence of all hosts. Pairs are (source, target, family), ends by the index of their endpoint."""

    icmp: Mapping[PairKey, IcmpError]
    strays: Mapping[PairKey, Stray]
    neighbours: Mapping[PairKey, Neighbour]
    wire: Mapping[tuple[str, str], Sequence[Answer]]  # by network and address
    links: Mapping[tuple[str, str], Link]  # by network and host
    sources: Mapping[int, Sequence[str]]
    routes: Mapping[str, Sequence[Route]]  # by host
    tables: Mapping[tuple[str, str], Table]  # by host and family

    def mac_seen(self, key: PairKey) -> str | None:
        """Return the MAC address to which the source of a pair sent its frames, if it had one."""
        entry = self.neighbours.get(key)
        return entry.mac if entry is not None and entry.state not in _WITHOUT_MAC else None


def evidence_of(by_host: Mapping[str, Raw]) -> Evidence:
    """Read the evidence of all hosts; a host without any is left out."""
    hosts = {host: raw for host, raw in by_host.items() if raw}
    return Evidence(
        icmp=_by_pair(hosts, "icmp", lambda row: IcmpError(row["error"], row["from"], row["mtu"])),
        strays=_by_pair(hosts, "strays", lambda row: Stray(row["kind"], row["from"], row["count"])),
        neighbours=_by_pair(hosts, "neighbours", lambda row: Neighbour(row["state"], row["mac"])),
        wire=_wire(hosts),
        links={(row["network"], host): _link(row) for host, row in _rows(hosts, "links")},
        sources={row["source"]: row["links"] for _host, row in _rows(hosts, "sources")},
        routes={host: [_route(row) for row in raw.get("routes") or ()] for host, raw in hosts.items()},
        tables=dict(_tables(hosts)),
    )


def _rows(hosts: Mapping[str, Raw], name: str) -> Iterator[tuple[str, Raw]]:
    return ((host, row) for host, raw in hosts.items() for row in raw.get(name) or ())


def _by_pair(hosts: Mapping[str, Raw], name: str, read: Callable[[Raw], Any]) -> dict[PairKey, Any]:
    return {(row["source"], row["target"], row["family"]): read(row) for _host, row in _rows(hosts, name)}


def _wire(hosts: Mapping[str, Raw]) -> dict[tuple[str, str], list[Answer]]:
    found: dict[tuple[str, str], list[Answer]] = {}
    for host, row in _rows(hosts, "wire"):
        found.setdefault((row["network"], row["address"]), []).append(Answer(host, tuple(row["macs"])))
    return found


def _link(row: Raw) -> Link:
    present, up, carrier = (bool(row[name]) for name in ("present", "up", "carrier"))
    return Link(row["name"], present, up, carrier, row["mtu"], row["mac"], row["kind"] or "", row["vlan"], row["base"])


def _route(row: Raw) -> Route:
    return Route(row["destination"], row["link"], row["gateway"])


def _tables(hosts: Mapping[str, Raw]) -> Iterator[tuple[tuple[str, str], Table]]:
    for host, raw in hosts.items():
        for family, table in (raw.get("neighbour_table") or {}).items():
            if table:
                yield (host, family), Table(table["limit"], table["used"])
