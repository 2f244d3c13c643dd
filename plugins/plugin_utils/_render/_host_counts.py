# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many pairs there are between hosts, and how many of them are as expected. PRIVATE to the collection."""

from __future__ import annotations

from typing import Iterable, Mapping, NamedTuple, Sequence

from .._reading import Block, BlockKey


class Counts(NamedTuple):
    """How many pairs there are from one host to another one, as expected and not; the rest is without data."""

    good: int = 0
    unexpected: int = 0
    pairs: int = 0

    def plus(self, other: Counts) -> Counts:
        """Return the sum."""
        return Counts(self.good + other.good, self.unexpected + other.unexpected, self.pairs + other.pairs)

    @property
    def text(self) -> str:
        """Return ``n/m``: n of m pairs are as expected."""
        return f"{self.good}/{self.pairs}"


ByHosts = Mapping["tuple[str, str]", Counts]  # by the hosts of source and target


def by_hosts(blocks: Iterable[tuple[BlockKey, Block]]) -> dict[tuple[str, str], Counts]:
    """Sum up blocks of one network and family by the hosts of their sources and targets."""
    found: dict[tuple[str, str], Counts] = {}
    for key, block in blocks:
        ends = (key.source_host, key.target_host)
        found[ends] = found.get(ends, Counts()).plus(Counts(block.as_expected, block.unexpected, block.pairs))
    return found


def sides_of(hosts: Sequence[str], counts: ByHosts) -> dict[str, tuple[Counts, Counts]]:
    """Return the sums of each host as source, and as target."""
    outgoing = dict.fromkeys(hosts, Counts())
    incoming = dict(outgoing)
    for (source, target), one in counts.items():
        outgoing[source] = outgoing[source].plus(one)
        incoming[target] = incoming[target].plus(one)
    return {host: (outgoing[host], incoming[host]) for host in hosts}


def not_as_expected(sides: tuple[Counts, Counts]) -> int:
    """Return how many pairs of both sides are not as expected, or without data."""
    return sum(side.pairs - side.good for side in sides)
