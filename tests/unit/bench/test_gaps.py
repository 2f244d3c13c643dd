# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arithmetic of interruptions."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.gaps import Record, Stream, middle_and_worst, record_of

OLD, NEW = "192.168.56.133", "192.168.56.129"


def every_10_ms(first: float, last: float) -> tuple[float, ...]:
    return tuple(first + 10 * n for n in range(round((last - first) / 10) + 1))


def record(old: Sequence[float], new: Sequence[float] = (), until: float = 5000) -> Record:
    return Record(1000, until, {OLD: Stream(500, tuple(old)), NEW: Stream(500, tuple(new))})


@given(st.integers(2, 100), st.integers(1, 400), st.integers(2, 100))
def test_the_silence_is_from_the_last_reply_to_the_first(before: int, silent: int, after: int) -> None:
    last = 10 * before
    back = last + 10 + 10 * silent
    times = (*every_10_ms(10, last), *every_10_ms(back, back + 10 * after))
    assert record(times, until=times[-1] + 5).interruption(OLD, OLD) == back - last


def test_who_comes_back_elsewhere_is_heard_there() -> None:
    seen = record(every_10_ms(10, 1000), every_10_ms(2500, 5000))
    assert seen.interruption(OLD, NEW) == 1500
    assert seen.interruption(OLD, OLD) is None


def test_containers_that_swap_addresses_are_told_apart() -> None:
    seen = record(
        (*every_10_ms(10, 1000), *every_10_ms(2000, 5000)),
        (*every_10_ms(10, 1200), *every_10_ms(2600, 5000)),
    )
    assert (seen.interruption(OLD, NEW), seen.interruption(NEW, OLD)) == (1600, 800)


def test_an_address_that_never_answered_has_no_silence_that_ends() -> None:
    assert record([]).silence(OLD) == (None, None)
    assert record(every_10_ms(10, 1000)).interruption(OLD, NEW) is None


def test_lost_are_the_pings_without_a_reply() -> None:
    assert Stream(100, every_10_ms(10, 900)).lost == 10


def test_of_two_replies_to_one_ping_the_first_counts() -> None:
    found = record_of(
        {"quiet_until": 20, "until": 40, "addresses": {OLD: {"sent": 3, "replies": [[0, 1.5], [0, 9.0], [1, 11.0]]}}}
    )
    assert found.streams[OLD] == Stream(3, (1.5, 11.0))
    assert (found.quiet_until, found.until) == (20, 40)


def test_the_quiet_gap_ends_where_the_change_may_begin() -> None:
    times = (100.0, 1500.0, 1510.0, 1540.0, 2000.0, 3000.0)  # quiet from 1000 to 2000
    seen = Record(2000, 4000, {OLD: Stream(9, times), NEW: Stream(9, ())})
    assert seen.quiet_gap() == 460


@pytest.mark.parametrize(
    ("values", "expected"),
    [([3.0, None, 1.0, 8.0], (3.0, 8.0)), ([None], None), ([], None), ([2.0, 4.0], (3.0, 4.0))],
)
def test_middle_and_worst(values: list[float | None], expected: tuple[float, float] | None) -> None:
    assert middle_and_worst(values) == expected
