# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The prober on a whole host's worth of real namespaces: right answers and time, with root and without Docker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _neighbour_table
from ansible_collections.dockerlan.fleet.plugins.module_utils._packing import State
from ansible_collections.dockerlan.fleet.plugins.module_utils._prober import Job, Outcome, Pace, probe

from tests.bench.field import DEAD_FROM, DEFAULT_LIMITS, LARGE_LIMITS, Field, address, limits, prepared
from tests.bench.probers import ours

pytestmark = pytest.mark.alone  # it sets limits of the kernel, and one of the tests is timed

# Asked for hundreds of neighbours that do not exist, the kernel drops packets for a moment when it asks again. That is
# what several probes are for, when they are apart; and a question of its own that it dropped it repeats after a second.
APART = Pace(probes=3, interval=0.1, timeout=1.0, rate=0)
FAST = Pace(probes=3, interval=0, timeout=1.0, rate=0)
DEAD = 10


@pytest.fixture(scope="module")
def field() -> Iterator[Field]:
    with prepared() as made:
        yield made


def wrong(jobs: Sequence[Job], outcomes: Sequence[Outcome], silent: frozenset[str] = frozenset()) -> Counter[str]:
    """Count what is not as it has to be, in words."""
    found: Counter[str] = Counter()
    for job, outcome in zip(jobs, outcomes, strict=True):
        state = outcome.record.state
        if state is not (State.LOST if job.target in silent else State.REPLY):
            found[f"{state.name} {outcome.error or ''}"] += 1
        elif not outcome.neighbour or outcome.neighbour.address != job.target:
            found["without a neighbour entry"] += 1
    return found


def test_a_hundred_by_a_hundred_is_right_under_the_kernels_default_limits(field: Field) -> None:
    with limits(DEFAULT_LIMITS):
        field.forget_neighbours()
        for _round in range(3):
            before = _neighbour_table.room("ipv4")
            assert before
            assert before.limit == DEFAULT_LIMITS[-1]
            with field.jobs() as jobs:
                probed = probe(jobs, APART, before)
            assert len(probed.outcomes) == 10_000
            assert not wrong(jobs, probed.outcomes)
            assert probed.batches > 1
            after = _neighbour_table.room("ipv4")
            assert after
            assert after.used < DEFAULT_LIMITS[1], before  # others live on this kernel, too


def test_dead_targets_do_not_stop_the_others_when_places_are_few(field: Field) -> None:
    silent = frozenset(address(DEAD_FROM + n) for n in range(DEAD))
    with limits(DEFAULT_LIMITS), field.jobs(DEAD) as jobs:
        field.forget_neighbours()
        probed = probe(jobs, APART, _neighbour_table.room("ipv4"))
    assert not wrong(jobs, probed.outcomes, silent)


def test_a_tenth_of_dead_targets_costs_one_timeout(field: Field) -> None:
    """Half a second beyond the timeout is what a machine with two idle processors stays below.

    A slower or busier one needs longer for the sending alone, and how much longer is measured first: the same probes
    with everybody alive.
    """
    with limits(LARGE_LIMITS):
        field.forget_neighbours()
        ours(field, FAST.probes)  # everybody gets to know everybody
        sending = ours(field, FAST.probes).seconds
        found = ours(field, FAST.probes, DEAD)
        field.forget_neighbours()
    assert len(found.answered) == 9_000
    assert found.batches == 1
    assert FAST.timeout <= found.seconds <= FAST.timeout + max(0.5, 2 * sending)


def test_the_limits_are_put_back() -> None:
    before = _neighbour_table.room("ipv4")
    with limits((1, 2, 4096)):
        within = _neighbour_table.room("ipv4")
    after = _neighbour_table.room("ipv4")
    assert before
    assert within
    assert after
    assert (within.limit, after.limit) == (4096, before.limit)
