# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a diagnosis is made from, and what it consists of. PRIVATE to the collection."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Callable, Collection, Dict, Iterable, Iterator, Mapping, NamedTuple, Sequence, Tuple

from ..module_utils._packing import State
from ._checks import GATEWAY, Check
from ._contract import OPEN
from ._evidence import Answer, Evidence
from ._judgement import Row
from ._observation import Observation

_HOSTS_IN_ID = 3
# What a pattern is made of. The other states say themselves what is wrong, and with one pair only.
_COUNTED = (State.LOST, State.UNREACHABLE)

NetworkFamily = Tuple[str, str]
Endpoint = Mapping[str, Any]


class LocalError(NamedTuple):
    """What a host said of a probe that it could not send; ``target`` is None when the source itself is at fault."""

    source: int
    target: int | None
    family: str
    text: str


class Block(NamedTuple):
    """The pairs from the endpoints of one kind (host or container) on one host to those on another one, or on it."""

    source: str
    source_kind: str
    target: str
    target_kind: str

    @property
    def off_host(self) -> bool:
        """Tell whether the packets leave the host."""
        return self.source != self.target

    @property
    def between_hosts(self) -> bool:
        """Tell whether both ends are hosts themselves."""
        return self.source_kind == self.target_kind == "host"

    @property
    def between_containers(self) -> bool:
        """Tell whether both ends are containers."""
        return self.source_kind == self.target_kind == "container"

    def has_container_on(self, host: str) -> bool:
        """Tell whether one end is a container on this host."""
        return (host, "container") in ((self.source, self.source_kind), (self.target, self.target_kind))


class Tally(NamedTuple):
    """How many pairs were open, and how many are blocked although they should be open."""

    opened: int = 0
    blocked: int = 0

    @property
    def all_blocked(self) -> bool:
        """Tell whether there are pairs and not one of them was open."""
        return self.blocked > 0 and self.opened == 0


Tallies = Dict[Block, Tally]


class Left(NamedTuple):
    """The pairs and the failed checks that no cause has explained yet."""

    pairs: Sequence[Observation]
    checks: Sequence[Check]

    def by_family(self) -> dict[NetworkFamily, list[Observation]]:
        """Return the pairs within one network by network and address family."""
        found: dict[NetworkFamily, list[Observation]] = {}
        for item in self.pairs:
            if item.within_network:
                found.setdefault((item.source["network"], item.family), []).append(item)
        return found

    def checks_at(self, hosts: Collection[str], network: str, family: str | None = None) -> list[Check]:
        """Return the checks of a network with one end on any of the hosts."""
        return [
            check
            for check in self.checks
            if check.network == network and family in (None, check.family) and any(h in hosts for h in check.hosts())
        ]


@dataclass(frozen=True)
class Case:
    """All that is known: networks by name, hosts and endpoints of the report, every pair and check, and the evidence.

    ``rows`` have all pairs, ``deviating`` are those that are not as expected. ``errors`` is by host, ``returned`` are
    the hosts that the last section of the report has: one of them that is lost here came back. Pairs across two
    networks are in no tally: what happens between two LANs says nothing about either.
    """

    networks: Mapping[str, Mapping[str, Any]]
    hosts: Sequence[Mapping[str, Any]]
    endpoints: Sequence[Endpoint]
    rows: Sequence[Row]
    deviating: Sequence[Observation]
    checks: Sequence[Check]
    evidence: Evidence
    errors: Mapping[str, Sequence[LocalError]]
    returned: Collection[str] = ()

    @cached_property
    def opened(self) -> Mapping[tuple[NetworkFamily, Block], int]:
        """Count the open pairs."""
        found: Counter[tuple[NetworkFamily, Block]] = Counter()
        for row in self.rows:
            where = (row.source["network"], row.family)
            if row.to_network is None:
                places = Counter(map(self._places.__getitem__, row.reached()))
                for (host, kind), number in places.items():
                    found[where, Block(row.source["host"], row.source["kind"], host, kind)] += number
        return found

    @cached_property
    def _places(self) -> Sequence[tuple[str, str]]:
        return [(end["host"], end["kind"]) for end in self.endpoints]

    @cached_property
    def reached(self) -> Mapping[str, Collection[int]]:
        """Return the targets that answered anyone at all: their indexes by address family."""
        found: dict[str, set[int]] = {}
        for row in self.rows:
            found.setdefault(row.family, set()).update(row.reached())
        return found

    def probed(self, host: str, family: str) -> int:
        """Count the pairs whose source is on a host."""
        return sum(len(row.targets) for row in self.rows if row.source["host"] == host and row.family == family)

    def tallies(self, left: Left) -> dict[NetworkFamily, Tallies]:
        """Count what was open, and what is blocked and not explained yet, by network and address family.

        A fault may be in one family only.
        """
        silent = (item for item in left.pairs if item.expected == OPEN and item.state in _COUNTED)
        blocked = Counter(_place(item) for item in silent if item.within_network)
        found: dict[NetworkFamily, Tallies] = {}
        for where, block in {**self.opened, **blocked}:
            found.setdefault(where, {})[block] = Tally(self.opened.get((where, block), 0), blocked[where, block])
        return found

    @cached_property
    def living(self) -> Sequence[str]:
        """Return the hosts that were not lost, in inventory order."""
        return [host["name"] for host in self.hosts if not host["lost"]]

    def in_order(self, hosts: Collection[str]) -> list[str]:
        """Return the hosts in inventory order."""
        return [host["name"] for host in self.hosts if host["name"] in hosts]

    @cached_property
    def holders(self) -> Mapping[tuple[str, str], Sequence[Endpoint]]:
        """Return the endpoints by network and address."""
        found: dict[tuple[str, str], list[Endpoint]] = {}
        for end in self.endpoints:
            for address in (end["ipv4"], end["ipv6"]):
                if address:
                    found.setdefault((end["network"], address), []).append(end)
        return found

    def answers(self, network: str, address: str | None) -> list[Answer]:
        """Return what hosts heard when they asked on the wire for an address, one item for each host.

        Without the MAC addresses of hosts that asked themselves, unless an endpoint with the address has them: their
        questions are heard by the others like claims (RFC 5227, 2.1.1), and who asks for an address does not have it.
        """
        where = (network, address or "")
        found = self.evidence.wire.get(where, ())
        links = (self.evidence.links.get((network, answer.host)) for answer in found)
        asking = {link.mac for link in links if link is not None}
        asking -= {mac for end in self.holders.get(where, ()) for mac in end["macs"]}
        return [Answer(answer.host, tuple(mac for mac in answer.macs if mac not in asking)) for answer in found]

    def macs_on_wire(self, network: str, address: str | None) -> dict[str, list[str]]:
        """Return the MAC addresses that answered for an address, each with the hosts that asked."""
        found: dict[str, list[str]] = {}
        for answer in self.answers(network, address):
            for mac in answer.macs:
                found.setdefault(mac, []).append(answer.host)
        return found

    def hears_wire(self, host: str, network: str) -> bool | None:
        """Tell whether anyone answered when this host asked on the wire for others; None when it did not ask."""
        return _any_answer(
            bool(answer.macs)
            for where in self.evidence.wire
            if where[0] == network and any(end["host"] != host for end in self.holders.get(where, ()))
            for answer in self.answers(*where)
            if answer.host == host
        )

    def is_heard(self, host: str, network: str) -> bool | None:
        """Tell whether another host got an answer for an address on this host; None when nobody asked."""
        return _any_answer(
            bool(answer.macs)
            for where in self.evidence.wire
            if where[0] == network and any(end["host"] == host for end in self.holders.get(where, ()))
            for answer in self.answers(*where)
            if answer.host != host
        )

    @cached_property
    def gateway_replies(self) -> Collection[tuple[NetworkFamily, str, str]]:
        """Return where a gateway replied: network and family, host, and the kind of the endpoint that asked."""
        return {
            ((str(check.network), str(check.family)), str(check.host), check.source["kind"])
            for check in self.checks
            if check.kind == GATEWAY and check.answered and check.source
        }


@dataclass(frozen=True)
class Finding:
    """A cause before it is counted, with the pairs and checks that it explains.

    Without ``hosts`` they are those of the pairs that it gets; it must then have a ``subject`` for its id.
    """

    kind: str
    hosts: Sequence[str]
    title: str
    explanation: str
    cure: str
    pairs: Sequence[Observation]
    checks: Sequence[Check] = ()
    evidence: Sequence[str] = ()
    subject: str = ""

    @property
    def id(self) -> str:
        """Return the cause's id, such as ``mac-filter:host2``."""
        rest = len(self.hosts) - _HOSTS_IN_ID
        names = [*self.hosts[:_HOSTS_IN_ID], *([f"+{rest}"] if rest > 0 else [])]
        return f"{self.kind.replace('_', '-')}:{self.subject or ','.join(names)}"


Detector = Callable[[Case, Left], Iterator[Finding]]


def off_host(tallies: Tallies) -> dict[str, Tallies]:
    """Return by host what passed between it and other hosts; each block is with both of its hosts."""
    found: dict[str, Tallies] = {}
    for block, tally in tallies.items():
        if block.off_host:
            found.setdefault(block.source, {})[block] = tally
            found.setdefault(block.target, {})[block] = tally
    return found


def total(tallies: Iterable[Tally]) -> Tally:
    """Add up tallies."""
    found = list(tallies)
    return Tally(sum(tally.opened for tally in found), sum(tally.blocked for tally in found))


def at(endpoint: Endpoint, family: str) -> str:
    """Return an endpoint with its address: ``host1/web (192.168.56.130)``."""
    return f"{endpoint['id']} ({endpoint[family]})"


def _place(item: Observation) -> tuple[NetworkFamily, Block]:
    source, target = item.source, item.target
    block = Block(source["host"], source["kind"], target["host"], target["kind"])
    return (source["network"], item.family), block


def _any_answer(answers: Iterable[bool]) -> bool | None:
    """Tell whether there was an answer to any question; None without questions."""
    found = list(answers)
    return any(found) if found else None
