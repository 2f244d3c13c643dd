# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Intervals of addresses, as integers: an IPv6 range is too large to be enumerated. PRIVATE to the collection."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Iterable, Iterator, NamedTuple, Union

Address = Union[IPv4Address, IPv6Address]
Network = Union[IPv4Network, IPv6Network]


class Interval(NamedTuple):
    """Addresses from ``first`` to ``last``, both included, as integers."""

    first: int
    last: int

    def overlaps(self, other: Interval) -> bool:
        """Tell whether the two have an address in common."""
        return self.first <= other.last and other.first <= self.last

    def contains(self, other: Interval) -> bool:
        """Tell whether all of ``other`` lies in this interval."""
        return self.first <= other.first and other.last <= self.last


def interval_of(item: Address | Network) -> Interval:
    """Return the interval of an address or of a network."""
    if isinstance(item, (IPv4Address, IPv6Address)):
        return Interval(int(item), int(item))
    return Interval(int(item.network_address), int(item.broadcast_address))


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the same addresses as disjoint intervals in ascending order, neighbours joined."""
    result: list[Interval] = []
    for interval in sorted(intervals):
        if result and interval.first <= result[-1].last + 1:
            result[-1] = Interval(result[-1].first, max(result[-1].last, interval.last))
        else:
            result.append(interval)
    return result


def free_blocks(space: Interval, size: int, taken: Iterable[Interval]) -> Iterator[Interval]:
    """Yield, in ascending order, the aligned blocks of ``size`` addresses inside ``space`` that touch nothing taken.

    ``size`` is a power of two and ``space`` is aligned to it. Jumps over whatever is taken, so that the effort grows
    with the number of intervals and of blocks asked for, not with the size of the space.
    """
    start = space.first
    for obstacle in merged(taken):
        while start + size <= min(obstacle.first, space.last + 1):
            yield Interval(start, start + size - 1)
            start += size
        if obstacle.last >= start:
            start = (obstacle.last // size + 1) * size
    while start + size - 1 <= space.last:
        yield Interval(start, start + size - 1)
        start += size


def count_touched(space: Interval, size: int, taken: Iterable[Interval]) -> int:
    """Count the aligned blocks of ``size`` addresses inside ``space`` that something taken touches."""
    blocks = merged(
        Interval(max(item.first, space.first) // size, min(item.last, space.last) // size)
        for item in taken
        if item.overlaps(space)
    )
    return sum(block.last - block.first + 1 for block in blocks)
