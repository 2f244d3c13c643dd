# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Intervals of addresses, as integers: an IPv6 range is too large to be enumerated. PRIVATE to the collection."""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from itertools import accumulate
from typing import Generic, Iterable, NamedTuple, Sequence, TypeVar, Union

T = TypeVar("T")
Address = Union[IPv4Address, IPv6Address]
Network = Union[IPv4Network, IPv6Network]


class Interval(NamedTuple):
    """Addresses from ``first`` to ``last``, both included, as integers."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """Return the number of addresses."""
        return self.last - self.first + 1

    def overlaps(self, other: Interval) -> bool:
        """Tell whether the two have an address in common."""
        return self.first <= other.last and other.first <= self.last

    def contains(self, other: Interval) -> bool:
        """Tell whether all of ``other`` lies in this interval."""
        return self.first <= other.first and other.last <= self.last

    def clipped(self, other: Interval) -> Interval:
        """Return what the two, which overlap, have in common."""
        return Interval(max(self.first, other.first), min(self.last, other.last))


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


@dataclass(frozen=True)
class Occupied(Generic[T]):
    """Things with the addresses they occupy, to be asked what touches a block; made by ``occupied``.

    ``items`` are in ascending order, ``reach`` is the highest address of all items up to each one.
    """

    items: Sequence[tuple[Interval, T]]
    firsts: Sequence[int]
    reach: Sequence[int]

    def touching(self, block: Interval) -> list[tuple[Interval, T]]:
        """Return the items that have an address in common with the block, in ascending order."""
        found = []
        index = bisect_right(self.firsts, block.last) - 1
        while index >= 0 and self.reach[index] >= block.first:
            if self.items[index][0].last >= block.first:
                found.append(self.items[index])
            index -= 1
        return found[::-1]


def occupied(items: Iterable[tuple[Interval, T]]) -> Occupied[T]:
    """Put the items in order; those with the same addresses stay in the order in which they come."""
    ordered = sorted(items, key=lambda item: item[0])
    return Occupied(
        ordered,
        [interval.first for interval, _thing in ordered],
        list(accumulate((interval.last for interval, _thing in ordered), max)),
    )


@dataclass
class FreeSpace:
    """The blocks inside ``space`` that touch nothing taken; ``taken`` is disjoint and ascending (see ``merged``).

    Jumps over whatever is taken, so that the effort grows with the number of intervals and of blocks asked for, not
    with the size of the space.
    """

    space: Interval
    taken: list[Interval]
    _searched: dict[int, int] = field(default_factory=dict)

    def take(self, size: int) -> Interval | None:
        """Take the first free block of ``size`` addresses, aligned to its size, or return None when there is none.

        ``size`` is a power of two, and ``space`` is aligned to it.
        """
        start = self._searched.get(size, self.space.first)
        while start + size - 1 <= self.space.last:
            block = Interval(start, start + size - 1)
            obstacle = self._last_up_to(block)
            if obstacle is None or obstacle.last < block.first:
                insort(self.taken, block)
                break
            start = (obstacle.last // size + 1) * size
        # Nothing is ever given back: what is behind needs not be searched again for blocks of this size.
        self._searched[size] = start
        return Interval(start, start + size - 1) if start + size - 1 <= self.space.last else None

    def _last_up_to(self, block: Interval) -> Interval | None:
        index = bisect_right(self.taken, (block.last, math.inf)) - 1
        return self.taken[index] if index >= 0 else None


def count_touched(space: Interval, size: int, taken: Iterable[Interval]) -> int:
    """Count the aligned blocks of ``size`` addresses inside ``space`` that something taken touches."""
    blocks = merged(
        Interval(max(item.first, space.first) // size, min(item.last, space.last) // size)
        for item in taken
        if item.overlaps(space)
    )
    return sum(block.last - block.first + 1 for block in blocks)
