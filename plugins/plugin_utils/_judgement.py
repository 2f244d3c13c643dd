# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge each pair: what is expected of it, by the contract or by an expectation, against what was observed. PRIVATE."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping, Optional, Sequence, Tuple

from ..module_utils._mesh import Pair
from ..module_utils._packing import Record, State
from ._contract import BLOCKED, OPEN, OWN_HOST, kind_of, relation_of, rule
from ._expectations import compiled, expected_of
from ._observation import AS_EXPECTED, NO_DATA, UNEXPECTED_BLOCKED, UNEXPECTED_OPEN, Observation

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

Endpoint = Mapping[str, Any]
Judged = Iterable[Tuple[Pair, Optional[Record]]]


class Judge:
    """Knows what is expected on the networks of a mesh. Rules are looked up once, not for each of a million pairs."""

    def __init__(self, mesh: Mapping[str, Any]) -> None:
        self._mesh = mesh
        self._networks = {network["name"]: network for network in mesh["networks"]}
        self._kinds = {name: kind_of(network) for name, network in self._networks.items()}
        self._expectations = compiled(mesh["expectations"])
        self._spoken_of = {(item["network"], item["to_network"]) for item in mesh["expectations"]}
        self._rules: dict[tuple[str, str, bool], str] = {}

    def observations(self, judged: Judged, first: int) -> Iterator[Observation]:
        """Yield an observation for each pair with its record, numbered from ``first`` on."""
        endpoints: Sequence[Endpoint] = self._mesh["endpoints"]
        for number, (pair, record) in enumerate(judged, first):
            family, source, target = pair.family, endpoints[pair.source], endpoints[pair.target]
            network = self._networks[source["network"]]
            relation = relation_of(source, target)
            expected, why = self._expected(source, target, family, relation)
            observed = NO_DATA if record is None else OBSERVED[record.state]
            status = _status(expected, observed)
            yield Observation(
                number, network, family, source, target, relation, expected, observed, status, why, record
            )

    def _expected(self, source: Endpoint, target: Endpoint, family: str, relation: str) -> tuple[str, str | None]:
        networks = (source["network"], target["network"])
        if networks in self._spoken_of:
            expectation = expected_of(self._expectations, networks, source, target, relation)
            if expectation is not None:
                return expectation.expected, expectation.why
        # Each end says which way it has to the other one: with IPv6 a container may have none where its host has one.
        shim = relation == OWN_HOST and family in source["shim"]
        key = (source["network"], relation, shim)
        if key not in self._rules:
            self._rules[key] = rule(self._kinds[key[0]], relation, shim).expected
        return self._rules[key], None


def _status(expected: str, observed: str) -> str:
    if observed == NO_DATA:
        return NO_DATA
    if observed == expected:
        return AS_EXPECTED
    return UNEXPECTED_OPEN if observed == OPEN else UNEXPECTED_BLOCKED
