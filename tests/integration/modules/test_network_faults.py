# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Something goes wrong at each step of a change in turn: nothing is lost, and one more run is enough.

The steps are those that the code itself lists for the scenario, so a new one is tested as soon as it exists. The cases
run on all hosts of the lab side by side, each host going back and forth between the two states.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _steps
from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import Step

from tests.integration.modules.conftest import HOSTS, Hosts
from tests.integration.modules.scenario import (
    CRASH,
    OTHER_MODE,
    RESTART,
    Stage,
    assert_kept,
    assert_kept_in_crash,
    assert_network,
    in_mode,
    steps_of_change,
    steps_of_recovery,
)

FAULTS: dict[str, dict[str, Any]] = {
    "module-killed-before": {"moment": "before", "action": "kill"},
    "module-killed-after": {"moment": "after", "action": "kill"},
    "engine-killed-before": {"moment": "before", "action": "drop", "command": f"{CRASH}; {RESTART}"},
    "engine-killed-after": {"moment": "after", "action": "drop", "command": f"{CRASH}; {RESTART}"},
    "refused": {"moment": "before", "action": "refuse"},
}
CASE_SECONDS = 120


class Case(NamedTuple):
    """A fault at a step, the n-th of a change, or of putting back what was there before it."""

    fault: str
    number: int
    step: str
    recovery: bool = False

    def __str__(self) -> str:
        return f"{'recovery' if self.recovery else 'change'}-{self.number:02}-{self.step}-{self.fault}"


def described(step: Step) -> str:
    """Name a step."""
    return "-".join(part for part in (step.kind, step.container) if part)


def first_of_each_kind(steps: list[Step]) -> list[int]:
    """Select the first step of every kind, by number."""
    kinds = [step.kind for step in steps]
    return [kinds.index(kind) for kind in dict.fromkeys(kinds)]


def all_cases() -> list[Case]:
    """List all faults at all steps of a change, and at one step of each kind when it is undone."""
    change, recovery = steps_of_change(HOSTS[0]), steps_of_recovery(HOSTS[0])
    return [
        *(Case(fault, number, described(step)) for number, step in enumerate(change) for fault in FAULTS),
        *(Case(fault, n, described(recovery[n]), True) for n in first_of_each_kind(recovery) for fault in FAULTS),
    ]


CASES = all_cases()


def test_every_kind_of_step_is_among_the_cases() -> None:
    change, recovery = steps_of_change(HOSTS[0]), steps_of_recovery(HOSTS[0])
    assert {step.kind for step in [*change, *recovery]} == set(_steps.KINDS)
    assert {step.kind for step in change} >= set(_steps.KINDS) - {_steps.START}
    assert len({case.number for case in CASES if not case.recovery}) == len(change)


def test_the_steps_are_those_that_check_mode_says_and_that_are_taken(stages: list[Stage]) -> None:
    stage = stages[0]
    rows = [step.row() for step in steps_of_change(stage.host)]
    old, new = in_mode(stage.host, "bridge"), in_mode(stage.host, "private")
    stage.build(old)
    before = stage.containers()
    stage.arm({})
    assert stage.to(new, "--check", proxy=True)["steps"] == rows
    assert stage.calls() == []
    assert stage.to(new, proxy=True)["steps"] == rows
    assert stage.calls() == [row["step"] for row in rows]
    assert_network(stage, new)
    assert_kept(before, stage.containers())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_after_a_fault_and_one_more_run_one_state_is_complete(case: Case, rehearsals: dict[Case, Future[None]]) -> None:
    rehearsals[case].result(timeout=CASE_SECONDS * len(CASES))


@pytest.fixture(scope="module")
def stages(booted_hosts: Hosts) -> Iterator[list[Stage]]:
    """Build the scenario on every host."""
    found = [Stage(booted_hosts, host) for host in HOSTS]
    for stage in found:
        stage.serve()
        stage.build(in_mode(stage.host, "bridge"))
    yield found
    booted_hosts.clean()


@pytest.fixture(scope="module")
def rehearsals(request: pytest.FixtureRequest, stages: list[Stage]) -> Iterator[dict[Case, Future[None]]]:
    """Begin with all cases that were selected, on all hosts at once, and hand out what becomes of them."""
    specs = [getattr(item, "callspec", None) for item in request.session.items]
    cases = [spec.params["case"] for spec in specs if spec and isinstance(spec.params.get("case"), Case)]
    workers = [ThreadPoolExecutor(1, thread_name_prefix=stage.host) for stage in stages]
    turns = [number % len(stages) for number in range(len(cases))]
    yield {case: workers[turn].submit(rehearse, stages[turn], case) for case, turn in zip(cases, turns, strict=True)}
    for worker in workers:
        worker.shutdown(cancel_futures=True)


def rehearse(stage: Stage, case: Case) -> None:
    """Go through a case; one that fails must not make the next ones fail too."""
    try:
        go_wrong(stage, case)
    except BaseException:
        stage.await_engine()
        stage.build(in_mode(stage.host, "bridge"))
        raise


def go_wrong(stage: Stage, case: Case) -> None:
    """Change the network with a fault on the way, run once more, and see that nothing is lost."""
    mode = mode_of(stage)
    stage.ready()
    before = stage.containers()
    target = in_mode(stage.host, OTHER_MODE[mode])
    if case.recovery:
        break_off(stage, target)
    stage.arm({**FAULTS[case.fault], "call": case.number})
    result = stage.to(target, proxy=True)
    assert stage.calls()[case.number] == case.step.partition("-")[0]
    stage.await_engine()
    finish(stage, result)
    if case.recovery or case.fault.startswith("engine"):
        assert_kept_in_crash(stage, before)
    else:
        assert_kept(before, stage.containers())


def mode_of(stage: Stage) -> str:
    """Tell the mode of the network."""
    [live] = stage.networks()
    return str(live["options"]["macvlan_mode"])


def break_off(stage: Stage, target: dict[str, Any]) -> None:
    """Kill module and engine as soon as the network is removed, and have a service manager start the engine again."""
    removal = [step.kind for step in steps_of_change(stage.host)].index(_steps.REMOVE)
    stage.arm({"call": removal, "moment": "after", "action": "kill"})
    assert stage.to(target, proxy=True)["failed"]
    stage.shell(f"{CRASH}; {RESTART}")
    stage.await_engine()


def finish(stage: Stage, result: dict[str, Any]) -> None:
    """See that a state is complete, after one more run if the first has left a journal; a further one does nothing."""
    journal = stage.journal()
    mode = journal[journal["goal"]]["networks"][0]["options"]["macvlan_mode"] if journal else mode_of(stage)
    wanted = in_mode(stage.host, mode)
    if journal:
        once_more = stage.to(wanted)
        assert not once_more["failed"], (result, once_more)
        assert once_more["recovered"]["goal"] == journal["goal"]
    assert_network(stage, wanted)
    again = stage.to(wanted)
    assert (again["failed"], again["changed"]) == (False, False), (result, again)
