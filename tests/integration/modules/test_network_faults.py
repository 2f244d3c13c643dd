# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Something goes wrong at each step of a change in turn: nothing is lost, and one more run is enough.

The steps are those that the code itself lists for the scenario, so a new one is tested as soon as it exists. The cases
run on all hosts of the lab side by side, each host going back and forth between two modes.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _steps

from tests.integration.modules.conftest import HOSTS, Hosts
from tests.integration.modules.rehearsal import (
    FAULTS,
    Case,
    assert_complete,
    assert_kept,
    cases_of,
    number_of,
    rehearse,
)
from tests.integration.modules.scenario import Stage, modes, steps_of_change, steps_of_recovery

CASE_SECONDS = 120
CHANGE, RECOVERY = steps_of_change(HOSTS[0]), steps_of_recovery(HOSTS[0])
# When a change is undone the same code takes the steps, so one of each kind is enough.
_OF_EACH_KIND = [number_of(kind, RECOVERY) for kind in dict.fromkeys(step.kind for step in RECOVERY)]
CASES = [*cases_of(CHANGE, range(len(CHANGE)), FAULTS), *cases_of(RECOVERY, _OF_EACH_KIND, FAULTS, recovery=True)]


def test_every_kind_of_step_is_among_the_cases() -> None:
    assert {case.kind() for case in CASES} == set(_steps.KINDS)
    assert [step.kind for step in RECOVERY].count(_steps.START) == 1


def test_the_steps_are_those_that_check_mode_says_and_that_are_taken(stages: list[Stage]) -> None:
    stage, rows = stages[0], [step.row() for step in CHANGE]
    stage.build()
    before, (_old, new) = stage.containers(), stage.states
    stage.arm({})
    assert stage.to(new, "--check", proxy=True)["steps"] == rows
    assert stage.calls() == []
    assert stage.to(new, proxy=True)["steps"] == rows
    assert stage.calls() == [row["step"] for row in rows]
    assert_complete(stage, new)
    assert_kept(before, stage.containers())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_after_a_fault_and_one_more_run_one_state_is_complete(case: Case, rehearsals: dict[Case, Future[None]]) -> None:
    rehearsals[case].result(timeout=CASE_SECONDS * len(CASES))


@pytest.fixture(scope="module")
def stages(booted_hosts: Hosts) -> Iterator[list[Stage]]:
    """Build the scenario on every host."""
    found = [Stage(booted_hosts, host, modes(host)) for host in HOSTS]
    for stage in found:
        stage.serve()
        stage.build()
    yield found
    booted_hosts.clean()


@pytest.fixture(scope="module")
def rehearsals(request: pytest.FixtureRequest, stages: list[Stage]) -> Iterator[dict[Case, Future[None]]]:
    """Begin with all cases that were selected, on all hosts at once, and hand out what becomes of them."""
    specs = [getattr(item, "callspec", None) for item in request.session.items if item.path == request.path]
    cases = [spec.params["case"] for spec in specs if spec]
    workers = [ThreadPoolExecutor(1, thread_name_prefix=stage.host) for stage in stages]
    turns = [number % len(stages) for number in range(len(cases))]
    yield {case: workers[turn].submit(rehearse, stages[turn], case) for case, turn in zip(cases, turns, strict=True)}
    for worker in workers:
        worker.shutdown(cancel_futures=True)
