# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Go through a change in which something goes wrong, and see that nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.dockerlan.fleet.plugins.module_utils import _steps
from ansible_collections.dockerlan.fleet.plugins.module_utils._compare import compare
from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import Step

from tests.integration.modules.scenario import Stage, steps_of_change

CRASH = "sh /lab/guest/engine.sh crash"
# As a service manager does it: a while later, and on its own.
RESTART = "setsid sh -c 'sleep 1; exec sh /lab/guest/engine.sh start' >/dev/null 2>&1 </dev/null &"
FAULTS: dict[str, dict[str, Any]] = {
    "module-killed-before": {"moment": "before", "action": "kill"},
    "module-killed-after": {"moment": "after", "action": "kill"},
    "engine-killed-before": {"moment": "before", "action": "drop", "command": f"{CRASH}; {RESTART}"},
    "engine-killed-after": {"moment": "after", "action": "drop", "command": f"{CRASH}; {RESTART}"},
    "refused": {"moment": "before", "action": "refuse"},
}


class Case(NamedTuple):
    """A fault at a step: the n-th, from 0, of a change, or of putting back what was there before it."""

    fault: str
    number: int
    step: str
    recovery: bool = False

    def kind(self) -> str:
        """Tell the kind of the step."""
        return self.step.partition("-")[0]

    def __str__(self) -> str:
        return f"{'recovery' if self.recovery else 'change'}-{self.number:02}-{self.step}-{self.fault}"


def cases_of(steps: list[Step], numbers: Iterable[int], faults: Iterable[str], recovery: bool = False) -> list[Case]:
    """List all faults at the steps of these numbers."""
    names = ["-".join(part for part in (step.kind, step.container) if part) for step in steps]
    wanted = list(faults)
    return [Case(fault, number, names[number], recovery) for number in numbers for fault in wanted]


def number_of(kind: str, steps: list[Step]) -> int:
    """Find the first step of a kind."""
    return [step.kind for step in steps].index(kind)


def rehearse(stage: Stage, case: Case) -> None:
    """Go through a case; one that fails must not make the next ones fail too."""
    try:
        go_wrong(stage, case)
    except BaseException:
        stage.await_engine()
        stage.build()
        raise


def go_wrong(stage: Stage, case: Case) -> None:
    """Change the network with a fault on the way, run once more, and see that one state is complete."""
    stage.ready()
    before, target = stage.containers(), stage.other_state()
    if case.recovery:
        break_off(stage, target)
    stage.arm({**FAULTS[case.fault], "call": case.number})
    result = stage.to(target, proxy=True)
    assert stage.calls()[case.number] == case.kind()
    stage.await_engine()
    assert (stage.journal() or {}).get("goal") == goal_left_by(case), result
    assert case.recovery or result["failed"]
    finish(stage, result)
    if case.recovery or case.fault.startswith("engine"):
        assert_kept_in_crash(stage, before)
    else:
        assert_kept(before, stage.containers())


def goal_left_by(case: Case) -> str | None:
    """Tell which state the journal asks for. Only a module that was killed leaves one: the engine is waited for."""
    if not case.fault.startswith("module"):
        return None
    return "new" if case.kind() == _steps.ATTACH and not case.recovery else "old"


def break_off(stage: Stage, target: Mapping[str, Any]) -> None:
    """Kill module and engine as soon as the network is removed, and have a service manager start the engine again."""
    removal = number_of(_steps.REMOVE, steps_of_change(stage.host))
    stage.arm({**FAULTS["module-killed-after"], "call": removal})
    assert stage.to(target, proxy=True)["failed"]
    stage.shell(f"{CRASH}; {RESTART}")
    stage.await_engine()


def finish(stage: Stage, result: Mapping[str, Any]) -> None:
    """See that a state is complete, after one more run if the first has left a journal; a further one does nothing."""
    journal = stage.journal()
    goal = journal[journal["goal"]]["networks"] if journal else stage.networks()
    [wanted] = [state for state in stage.states if [compare(state, network) for network in goal] == [[]]]
    if journal:
        once_more = stage.to(wanted)
        assert not once_more["failed"], (result, once_more)
        assert once_more["recovered"]["goal"] == journal["goal"]
    assert_complete(stage, wanted)
    again = stage.to(wanted)
    assert (again["failed"], again["changed"]) == (False, False), (result, again)


def assert_complete(stage: Stage, spec: Mapping[str, Any]) -> None:
    """See that the network is there, once, as declared, that all containers are on it, and that no change is open."""
    [live] = stage.networks()
    assert compare(spec, live) == []
    known = {name: entry_of(one)["NetworkID"] for name, one in stage.containers().items()}
    # A container that has never run does not know the id yet.
    assert {name: key for name, key in known.items() if key not in ("", live["id"])} == {}
    assert stage.journal() is None


def assert_kept(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """See that each container is attached, and runs, with what it had."""
    assert {name: held(one) for name, one in after.items()} == {name: held(one) for name, one in before.items()}


def assert_kept_in_crash(stage: Stage, before: Mapping[str, Any]) -> None:
    """See that each container is attached with what it had, as far as a crash of the engine leaves it to it.

    What ran and has no restart policy stands still, and has to be started. An address that Docker chose may be another
    one then, when the crash came before the container was detached.
    """
    after = stage.containers()
    assert after.keys() == before.keys()
    for name, container in after.items():
        had, has = held(before[name]), held(container)
        assert has["aliases"] == had["aliases"]
        assert has["runs"] or (has["ipv4"] in (None, had["ipv4"]) and has["ipv6"] in (None, had["ipv6"]))
    assert [name for name in ("always", "unless") if not after[name]["State"]["Running"]] == []
    start_again(stage, before)
    for name, container in stage.containers().items():
        assert container["State"]["Running"] == before[name]["State"]["Running"], name
        asked = {family: address for family, address in asked_for(before[name]).items() if address}
        assert {family: held(container)[family] for family in asked} == asked


def start_again(stage: Stage, before: Mapping[str, Any]) -> None:
    """Start what ran before."""
    running = [name for name, one in before.items() if one["State"]["Running"]]
    stage.shell(f"docker start {' '.join(running)}")


def entry_of(container: Mapping[str, Any]) -> dict[str, Any]:
    """Find what an inspected container says of the LAN; it fails when it is not on it."""
    return dict(container["NetworkSettings"]["Networks"]["office"])


def held(container: Mapping[str, Any]) -> dict[str, Any]:
    """Tell what a container has on the LAN: when it runs its addresses, else those that it will ask for."""
    entry, runs = entry_of(container), container["State"]["Running"]
    live = {"ipv4": entry["IPAddress"], "ipv6": entry["GlobalIPv6Address"]}
    aliases = sorted(set(entry["Aliases"] or []) - {container["Id"][:12]})
    return {"runs": runs, "aliases": aliases, **(live if runs else asked_for(container))}


def asked_for(container: Mapping[str, Any]) -> dict[str, Any]:
    """Tell the addresses that a container always has, because somebody has asked for them."""
    found = entry_of(container)["IPAMConfig"] or {}
    return {"ipv4": found.get("IPv4Address"), "ipv6": found.get("IPv6Address")}
