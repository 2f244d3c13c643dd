# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge the pairs: what is expected of them, by the contract or by expectations, against what was observed. PRIVATE.

A fleet may have a million pairs, so they are judged a row at a time: there is no object for each of them, and what
holds for a whole row is looked up once.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from itertools import compress, groupby
from operator import or_
from typing import Any, Collection, Iterator, Mapping, NamedTuple, Sequence

from ..module_utils import _mesh
from ..module_utils._packing import Columns, State
from ._contract import BLOCKED, OPEN, OWN_HOST, kind_of, relation_of, rule
from ._expectations import Expectation, Pattern, compiled, expected_of
from ._observation import NO_DATA, Observation
from ._reading import GOOD, SIGNS

OBSERVED = {
    State.REPLY: OPEN,
    State.LOST: BLOCKED,
    State.UNREACHABLE: BLOCKED,
    State.SEND_ERROR: NO_DATA,
    State.NO_ADDRESS: NO_DATA,
    State.NO_SOURCE: NO_DATA,
    State.STRANDED: BLOCKED,
    State.TOO_BIG: BLOCKED,
    State.IMPOSTOR: BLOCKED,
}
_STATES = tuple(State)
_NO_RECORD = len(State)  # where the host brought none
_BLOCKED_BIT = 16  # beside the state in a byte: it is expected to be blocked

Endpoint = Mapping[str, Any]


def _sign_table() -> bytes:
    """Return the sign for each byte of a state and the bit of what is expected."""
    sign_of = {(meaning.expected, meaning.observed): ord(sign) for sign, meaning in SIGNS.items()}
    table = bytearray(256)
    for bit, expected in ((0, OPEN), (_BLOCKED_BIT, BLOCKED)):
        for state, observed in [*OBSERVED.items(), (_NO_RECORD, NO_DATA)]:
            table[bit | state] = sign_of[expected, observed]
    return bytes(table)


_SIGN_OF = _sign_table()
# 1 for the signs of open pairs, 0 for all others.
_IS_OPEN = bytes(chr(code) in SIGNS and SIGNS[chr(code)].observed == OPEN for code in range(256))


class Group(NamedTuple):
    """Pairs of which the same is expected for the same reason; ``why`` is None where the contract says it."""

    network: str
    to_network: str | None
    family: str
    relation: str
    expected: str
    why: str | None
    shim: bool


@dataclass(frozen=True)
class Row:
    """The pairs of one source, in one address family, with the endpoints of one network.

    ``number`` is that of its first pair in the report, ``targets`` are indexes of endpoints in ascending order.
    Position n of ``groups`` (numbers of the judge's groups), ``signs`` and ``columns`` is about the n-th target.
    ``columns`` is None when the host brought no records.
    """

    number: int
    network: Mapping[str, Any]
    to_network: str | None
    family: str
    source: Endpoint
    targets: Sequence[int]
    groups: Sequence[int]
    signs: str
    columns: Columns | None

    def deviating(self) -> list[int]:
        """Return the positions of the pairs that are not as expected."""
        if sum(map(self.signs.count, GOOD)) == len(self.signs):
            return []
        return [position for position, sign in enumerate(self.signs) if sign not in GOOD]

    def reached(self) -> Iterator[int]:
        """Yield the targets that answered."""
        return compress(self.targets, self.signs.encode("ascii").translate(_IS_OPEN))

    def sign_towards(self, target: int) -> str | None:
        """Return the sign of the pair with a target, or None when there is no such pair."""
        position = bisect_left(self.targets, target)
        return self.signs[position] if self.targets[position : position + 1] == [target] else None


class _Span(NamedTuple):
    """A source, and those of its targets that are on one network."""

    source: Endpoint
    family: str
    network: str
    targets: list[int]


class Judge:
    """Knows what is expected on the networks of a mesh."""

    def __init__(self, mesh: Mapping[str, Any]) -> None:
        self._endpoints: Sequence[Endpoint] = mesh["endpoints"]
        self._networks = {network["name"]: network for network in mesh["networks"]}
        self._kinds = {name: kind_of(network) for name, network in self._networks.items()}
        self._expectations = compiled(mesh["expectations"])
        self.groups: list[Group] = []  # of the pairs that were judged, by number
        self._numbers: dict[Group, int] = {}
        self._by_kind: dict[Any, list[int]] = {}
        self._is_host = bytes(end["kind"] == "host" for end in self._endpoints)
        self._on_host: dict[Any, list[int]] = {}
        for end in self._endpoints:
            self._on_host.setdefault((end["host"], end["network"]), []).append(end["index"])

    def rows(self, found: Sequence[_mesh.Row], columns: Columns | None, first: int) -> Iterator[Row]:
        """Yield the judged rows of a host, its pairs numbered from ``first`` on; ``columns`` are its records."""
        start = 0
        for row in found:
            source = self._endpoints[row.source]
            for network, run in groupby(row.targets, key=lambda index: self._endpoints[index]["network"]):
                span = _Span(source, row.family, network, list(run))
                end = start + len(span.targets)
                yield self._row(first + start, span, columns.part(start, end) if columns else None)
                start = end

    def observation(self, row: Row, position: int) -> Observation:
        """Return one pair of a row."""
        group, meaning = self.groups[row.groups[position]], SIGNS[row.signs[position]]
        return Observation(
            row.number + position,
            row.network,
            row.family,
            row.source,
            self._endpoints[row.targets[position]],
            group.relation,
            *meaning,
            group.why,
            _STATES[row.columns.states[position]] if row.columns else None,
            row.columns,
            position,
        )

    def _row(self, number: int, span: _Span, columns: Columns | None) -> Row:
        """Judge a row."""
        groups = self._groups_of(span)
        blocked = [_BLOCKED_BIT if group.expected == BLOCKED else 0 for group in self.groups]
        states = columns.states if columns else bytes([_NO_RECORD]) * len(groups)
        signs = bytes(map(or_, map(blocked.__getitem__, groups), states)).translate(_SIGN_OF)
        own = span.source["network"]
        return Row(
            number,
            self._networks[own],
            None if span.network == own else span.network,
            span.family,
            span.source,
            span.targets,
            groups,
            signs.decode("ascii"),
            columns,
        )

    def _groups_of(self, span: _Span) -> array[int]:
        """Return the group of each pair of a row."""
        source, family, network, targets = span
        groups = array("H", bytes(2 * len(targets)))
        if network == source["network"]:
            by_kind = self._away(source, family)
            groups = array("H", map(by_kind.__getitem__, map(self._is_host.__getitem__, targets)))
            for position in _positions(targets, self._on_host[source["host"], network]):
                groups[position] = self._number(source, self._endpoints[targets[position]], family)
        said = self._expectations.get((source["network"], network), ())
        mine = [item for item in said if item.source.fits(source["id"])]
        for position, target in enumerate(self._endpoints[index] for index in targets) if mine else ():
            expectation = expected_of(mine, source, target, relation_of(source, target))
            if expectation is not None:
                groups[position] = self._number(source, target, family, expectation)
        return groups

    def _away(self, source: Endpoint, family: str) -> list[int]:
        """Return the group of a pair with a container, and of one with a host, elsewhere on the network."""
        key = (source["network"], source["kind"], family)
        if key not in self._by_kind:
            elsewhere = [{**source, "host": None, "kind": kind} for kind in ("container", "host")]
            self._by_kind[key] = [self._number(source, end, family) for end in elsewhere]
        return self._by_kind[key]

    def _number(self, source: Endpoint, target: Endpoint, family: str, expectation: Expectation | None = None) -> int:
        """Return the number of the group of a pair."""
        relation = relation_of(source, target)
        network = source["network"]
        to_network = None if target["network"] == network else target["network"]
        # Each end says which way it has to the other one: with IPv6 a container may have none where its host has one.
        shim = expectation is None and relation == OWN_HOST and family in source["shim"]
        outwards = source["kind"] == "container"
        expected, why = (
            (expectation.expected, expectation.why)
            if expectation
            else (rule(self._kinds[network], relation, shim, outwards=outwards).expected, None)
        )
        group = Group(network, to_network, family, relation, expected, why, shim)
        if group not in self._numbers:
            self._numbers[group] = len(self.groups)
            self.groups.append(group)
        return self._numbers[group]


class Unproven(NamedTuple):
    """An expectation that no pair stands for; ``hidden`` where earlier ones that say otherwise have all that fit."""

    expectation: Mapping[str, Any]
    hidden: bool


def unproven(mesh: Mapping[str, Any], rows: Sequence[Row], groups: Sequence[Group]) -> Iterator[Unproven]:
    """Yield the expectations of a mesh without a pair that fits and is judged as they say.

    ``rows`` are all that there are, ``groups`` the judge's.
    """
    for item in mesh["expectations"]:
        about = {number: group.expected for number, group in enumerate(groups) if _is_about(group, item)}
        alike = [number for number, expected in about.items() if expected == item["expected"]]
        if not _has_pair(item, alike, mesh["endpoints"], rows):
            yield Unproven(item, _has_pair(item, about, mesh["endpoints"], rows))


def _is_about(group: Group, item: Mapping[str, Any]) -> bool:
    """Tell whether an expectation can fit pairs of a group."""
    networks = (group.network, group.to_network or group.network)
    return networks == (item["network"], item["to_network"]) and item["relation"] in (None, group.relation)


def _has_pair(
    item: Mapping[str, Any], numbers: Collection[int], endpoints: Sequence[Endpoint], rows: Sequence[Row]
) -> bool:
    """Tell whether there is a pair that fits an expectation, in one of the groups of these numbers."""
    ends = {end["index"] for end in endpoints if end["network"] == item["to_network"]}
    target, source = Pattern(item["to"]), Pattern(item["from"])
    ends = {index for index in ends if target.fits(endpoints[index]["id"])} if numbers else set()
    mine = (row for row in rows if ends and row.source["network"] == item["network"] and source.fits(row.source["id"]))
    return any(number in numbers and index in ends for row in mine for index, number in zip(row.targets, row.groups))


def _positions(targets: list[int], wanted: Sequence[int]) -> Iterator[int]:
    """Yield where those of the wanted ones are that are among the targets; both are in ascending order."""
    for index in wanted:
        position = bisect_left(targets, index)
        if position < len(targets) and targets[position] == index:
            yield position
