# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arithmetic on intervals, held against plain sets of addresses."""

from __future__ import annotations

import itertools
from ipaddress import ip_address, ip_network

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._intervals import (
    FreeSpace,
    Interval,
    count_touched,
    interval_of,
    merged,
    occupied,
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


def taken_from(space: FreeSpace, size: int) -> list[Interval]:
    """Take blocks of one size until there are no more, or more than there can be."""
    found = (space.take(size) for _block in range(SPACE.size + 1))
    return list(itertools.takewhile(lambda block: block is not None, found))


@given(intervals(), SIZES)
def test_free_blocks_are_all_blocks_that_touch_nothing(items: list[Interval], size: int) -> None:
    free = [block for block in blocks(size) if not members([block]) & members(items)]
    assert taken_from(FreeSpace(SPACE, merged(items)), size) == free


@given(intervals(), st.lists(SIZES, max_size=12))
def test_blocks_of_different_sizes_are_the_first_that_fit(items: list[Interval], sizes: list[int]) -> None:
    space, used = FreeSpace(SPACE, merged(items)), members(items)
    for size in sizes:
        block = space.take(size)
        assert block == next((item for item in blocks(size) if not members([item]) & used), None)
        used |= members([block] if block else [])


@given(intervals(), SIZES)
def test_touched_and_free_blocks_are_all_blocks(items: list[Interval], size: int) -> None:
    free = len(taken_from(FreeSpace(SPACE, merged(items)), size))
    assert count_touched(SPACE, size, items) + free == len(blocks(size))


def test_a_huge_space_is_not_enumerated() -> None:
    space = interval_of(ip_network("fd00::/16"))
    free = FreeSpace(space, [Interval(space.first, space.last - 2**16)])
    assert free.take(2**16) == Interval(space.last - 2**16 + 1, space.last)
    assert free.take(2**16) is None


@given(intervals(), intervals())
def test_what_touches_a_block_is_found_in_order(items: list[Interval], others: list[Interval]) -> None:
    found = occupied((item, number) for number, item in enumerate(items))
    for block in others:
        touching = [(item, number) for number, item in enumerate(items) if item.overlaps(block)]
        assert found.touching(block) == sorted(touching)


def test_the_common_part_and_the_size() -> None:
    assert Interval(1, 9).clipped(Interval(5, 12)) == Interval(5, 9)
    assert Interval(5, 9).size == 5


def test_an_address_is_an_interval_of_one() -> None:
    assert interval_of(ip_address("0.0.0.7")) == Interval(7, 7)


def test_containing_and_overlapping() -> None:
    assert Interval(1, 9).contains(Interval(1, 9))
    assert not Interval(1, 9).contains(Interval(1, 10))
    assert Interval(1, 9).overlaps(Interval(9, 12))
    assert not Interval(1, 9).overlaps(Interval(10, 12))
