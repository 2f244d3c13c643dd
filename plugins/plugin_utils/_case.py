# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a diagnosis is made from, and what it consists of. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Mapping, Sequence, Tuple

from ._observation import Observation

_HOSTS_IN_ID = 3

NetworkFamily = Tuple[str, str]


def network_family(item: Observation) -> NetworkFamily:
    """Return the network and the address family of a pair."""
    return item.network["name"], item.family


@dataclass(frozen=True)
class Case:
    """All that is known: every pair, the hosts of the report, and the local errors by host."""

    observations: Sequence[Observation]
    hosts: Sequence[Mapping[str, Any]]
    errors: Mapping[str, Sequence[str]]

    def networks(self) -> dict[NetworkFamily, list[Observation]]:
        """Return the pairs of each network and address family: a fault may be in one family only."""
        found: dict[NetworkFamily, list[Observation]] = {}
        for item in self.observations:
            found.setdefault(network_family(item), []).append(item)
        return found

    def living(self) -> list[str]:
        """Return the hosts that were not lost, in inventory order."""
        return [host["name"] for host in self.hosts if not host["lost"]]


@dataclass(frozen=True)
class Finding:
    """A cause before it is counted. ``claims`` tells whether it explains a pair that is not as expected.

    Without ``hosts`` they are those of the pairs that it gets; it must then have a ``subject`` for its id.
    """

    kind: str
    hosts: Sequence[str]
    title: str
    explanation: str
    cure: str
    claims: Callable[[Observation], bool]
    subject: str = ""

    @property
    def id(self) -> str:
        """Return the cause's id, such as ``mac-filter:host2``."""
        rest = len(self.hosts) - _HOSTS_IN_ID
        names = [*self.hosts[:_HOSTS_IN_ID], *([f"+{rest}"] if rest > 0 else [])]
        return f"{self.kind.replace('_', '-')}:{self.subject or ','.join(names)}"


def off_host_pairs(observations: Sequence[Observation]) -> dict[str, list[Observation]]:
    """Return by host the pairs between it and other hosts; each pair is in two lists."""
    found: dict[str, list[Observation]] = {}
    for item in observations:
        if item.off_host:
            for end in (item.source, item.target):
                found.setdefault(end["host"], []).append(item)
    return found
