# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arithmetic on intervals, held against plain sets of addresses."""

from __future__ import annotations

import itertools
from ipaddress import ip_address, ip_network

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._intervals import (
    Interval,
    count_touched,
    free_blocks,
    interval_of,
    merged,
)
from hypothesis import given
from hypothesis import strategies as st

SPACE = Interval(64, 127)
SIZES = st.sampled_from([1, 2, 4, 8, 16])


def intervals() -> st.SearchStrategy[list[Interval]]:
    ends = st.tuples(st.integers(0, 200), st.integers(0, 20))
    return st.lists(ends.map(lambda pair: Interval(pair[0], pair[0] + pair[1])), max_size=12)


def members(items: list[Interval]) -> set[int]:
    return {number for item in items for number in range(item.first, item.last + 1)}


def blocks(size: int) -> list[Interval]:
    return [Interval(first, first + size - 1) for first in range(SPACE.first, SPACE.last + 1, size)]


@given(intervals())
def test_merging_keeps_the_addresses_and_separates_the_intervals(items: list[Interval]) -> None:
    result = merged(items)
    assert members(result) == members(items)
    assert all(one.last + 1 < other.first for one, other in itertools.pairwise(result))


def test_neighbours_are_joined() -> None:
    assert merged([Interval(5, 9), Interval(0, 4)]) == [Interval(0, 9)]


@given(intervals(), SIZES)
def test_free_blocks_are_all_blocks_that_touch_nothing(items: list[Interval], size: int) -> None:
    assert list(free_blocks(SPACE, size, items)) == [b for b in blocks(size) if not members([b]) & members(items)]


@given(intervals(), SIZES)
def test_touched_and_free_blocks_are_all_blocks(items: list[Interval], size: int) -> None:
    free = len(list(free_blocks(SPACE, size, items)))
    assert count_touched(SPACE, size, items) + free == len(blocks(size))


def test_a_huge_space_is_not_enumerated() -> None:
    space = interval_of(ip_network("fd00::/16"))
    taken = [Interval(space.first, space.last - 2**16)]
    assert next(free_blocks(space, 2**16, taken)) == Interval(space.last - 2**16 + 1, space.last)


def test_an_address_is_an_interval_of_one() -> None:
    assert interval_of(ip_address("0.0.0.7")) == Interval(7, 7)


def test_containing_and_overlapping() -> None:
    assert Interval(1, 9).contains(Interval(1, 9))
    assert not Interval(1, 9).contains(Interval(1, 10))
    assert Interval(1, 9).overlaps(Interval(9, 12))
    assert not Interval(1, 9).overlaps(Interval(10, 12))
