# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From wherever a change is broken off, the steps lead to either end, and touch nothing else."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, NamedTuple

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _answers, _steps
from ansible_collections.dockerlan.fleet.plugins.module_utils._attachments import attachments_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import ConflictError, Goal, Live, Step
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.fake_daemon import FakeDaemon, RefusedError
from tests.unit.plugins.networks import body_of, spec_of_ours

NAMES = ("office", "lab", "guest")
BYSTANDER = "elsewhere"  # a network that no goal says anything about
MODES = {"macvlan": ("bridge", "private"), "ipvlan": ("l2", "l3")}


def spec(name: str, driver: str = "macvlan", mode: int = 0, parent: str = "eth0", slice_: int = 16) -> dict[str, Any]:
    """Build a network of ours, whose subnet follows from its name."""
    third, options = (*NAMES, BYSTANDER).index(name), {"parent": parent, f"{driver}_mode": MODES[driver][mode]}
    return spec_of_ours(name, third, options, driver=driver, slice_=slice_)


class Change(NamedTuple):
    """A host, and the two ends of a change of its networks."""

    daemon: FakeDaemon
    old: Goal
    new: Goal

    def live(self) -> Live:
        """Show what the host has now, as the engine would."""
        return look(self.daemon)


def look(daemon: FakeDaemon) -> Live:
    """Ask the daemon for everything, so that steps that touch too much can be seen."""
    networks = sorted((_answers.spec_of(network) for network in daemon.networks), key=lambda one: str(one["name"]))
    return Live(networks, {one["Id"]: deepcopy(one) for one in daemon.containers})


def take(daemon: FakeDaemon, step: Step) -> None:
    """Take a step; a network that was made meanwhile is found by its name."""
    if step.kind == _steps.DETACH:
        daemon.disconnect(step.network_id, step.container_id)
    elif step.kind == _steps.REMOVE:
        daemon.remove_network(step.network_id)
    elif step.kind == _steps.CREATE:
        daemon.create_network(body_of(step.spec))
    elif step.kind == _steps.ATTACH:
        daemon.connect(daemon.network(step.network_id or step.network)["Id"], step.container_id, dict(step.settings))
    else:
        daemon.start(step.container_id)


@st.composite
def lans(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """Draw the networks of a host, by name. All on one parent have one driver, as the kernel wants it."""
    drivers = {parent: draw(st.sampled_from(sorted(MODES))) for parent in ("eth0", "eth1")}
    found = {}
    for name in draw(st.sets(st.sampled_from(NAMES))):
        parent = draw(st.sampled_from(sorted(drivers)))
        found[name] = spec(name, drivers[parent], draw(st.integers(0, 1)), parent, draw(st.sampled_from([16, 32])))
        found[name]["labels"] = draw(st.sampled_from([found[name]["labels"], {}]))  # ours, or made by hand
    return found


@st.composite
def attached(draw: st.DrawFn, number: int, name: str) -> dict[str, Any]:
    """Draw how a container is made to hang on a network; fixed addresses are beyond those that Docker chooses."""
    third = (*NAMES, BYSTANDER).index(name)
    fixed = {"IPv4Address": f"10.0.{third}.{28 + number}"} if draw(st.booleans()) else {}
    aliases = draw(st.lists(st.sampled_from(["www", "mail"]), unique=True))
    return {"IPAMConfig": fixed, "Aliases": aliases, "NetworkID": "", "EndpointID": ""}


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """Draw a host and a change of it: networks are replaced, created, removed and kept, parents are swapped."""
    before, after = draw(lans()), draw(lans())
    daemon = FakeDaemon()
    for network in (*before.values(), spec(BYSTANDER, parent="eth9")):
        daemon.create_network(body_of(network))
    for number in range(draw(st.integers(0, 3))):
        on = sorted(draw(st.sets(st.sampled_from([*before, BYSTANDER]))))
        entries = {name: draw(attached(number, name)) for name in on}
        daemon.add_container(f"c{number}", 0, entries, restart=draw(st.sampled_from(["no", "always"])))
    for container in sorted(daemon.containers, key=lambda one: "IPv4Address" not in str(one)):
        if draw(st.booleans()):
            daemon.start(container["Id"])
    return Change(daemon, *ends(daemon, before, after))


def ends(daemon: FakeDaemon, before: dict[str, Any], after: dict[str, Any]) -> tuple[Goal, Goal]:
    """Build the goals; a network that stays as it is belongs to none."""
    changed = [name for name in NAMES if before.get(name) != after.get(name)]
    networks = [network for network in look(daemon).networks if network["name"] in changed]
    attachments = attachments_of(daemon.containers, networks)
    old = Goal(
        [before[name] for name in changed if name in before], [n for n in changed if n not in before], attachments
    )
    kept = [one for one in attachments if one["network"] in after]
    new = Goal([after[name] for name in changed if name in after], [n for n in changed if n not in after], kept)
    return old, new


def reached(live: Live, goal: Goal, other: Goal) -> Live:
    """Return what is there after all steps to a goal, and see that nothing is left to do then."""
    there = _steps.expected(live, _steps.steps_to(goal, other, live))
    assert _steps.steps_to(goal, other, there) == []
    return there


def rows(steps: list[Step]) -> list[Any]:
    """Show steps without ids, which a model and an engine choose differently."""
    return [(step.row(), step.spec, step.settings, step.fallback) for step in steps]


@given(changes())
def test_after_the_steps_none_is_left(change: Change) -> None:
    assert _steps.steps_to(change.old, change.new, change.live()) == []
    there = reached(change.live(), change.new, change.old)
    names = {network["name"] for network in there.networks}
    assert names >= {network["name"] for network in change.new.networks}
    assert not names & set(change.new.absent)


@given(changes())
def test_from_wherever_it_is_broken_off_both_ends_are_reached(change: Change) -> None:
    steps = _steps.steps_to(change.new, change.old, change.live())
    for taken in range(len(steps) + 1):
        half_way = _steps.expected(change.live(), steps[:taken])
        reached(half_way, change.old, change.new)
        reached(half_way, change.new, change.old)


@given(changes(), st.integers(0, 99), st.integers(0, 99))
def test_the_way_back_may_be_broken_off_too(change: Change, first: int, second: int) -> None:
    steps = _steps.steps_to(change.new, change.old, change.live())
    half_way = _steps.expected(change.live(), steps[: first % (len(steps) + 1)])
    back = _steps.steps_to(change.old, change.new, half_way)
    again = _steps.expected(half_way, back[: second % (len(back) + 1)])
    reached(again, change.old, change.new)
    reached(again, change.new, change.old)


@given(changes())
def test_the_model_does_what_an_engine_does(change: Change) -> None:
    model = change.live()
    for step in _steps.steps_to(change.new, change.old, model):
        take(change.daemon, step)
        model = _steps.expected(model, [step])
        for goal, other in ((change.old, change.new), (change.new, change.old)):
            foreseen = _steps.steps_to(goal, other, model)
            assert rows(foreseen) == rows(_steps.steps_to(goal, other, change.live()))


@given(changes(), st.integers(0, 99))
def test_an_engine_is_put_back_and_every_container_has_what_it_had(change: Change, number: int) -> None:
    before = change.live()
    steps = _steps.steps_to(change.new, change.old, before)
    for step in steps[: number % (len(steps) + 1)]:
        take(change.daemon, step)
    for step in _steps.steps_to(change.old, change.new, change.live()):
        take(change.daemon, step)
    assert state(change.live()) == state(before)


@given(changes(), st.integers(0, 99), st.booleans())
def test_a_reboot_half_way_loses_nothing_either(change: Change, number: int, forward: bool) -> None:
    steps = _steps.steps_to(change.new, change.old, change.live())
    for step in steps[: number % (len(steps) + 1)]:
        take(change.daemon, step)
    change.daemon.reboot()
    goal, other = (change.new, change.old) if forward else (change.old, change.new)
    for _round in range(2):
        for step in _steps.steps_to(goal, other, change.live()):
            take(change.daemon, step)
    assert _steps.steps_to(goal, other, change.live()) == []
    running = {one["container_id"] for one in goal.attachments if one["running"] and one["restarts"]}
    assert all(change.daemon.container(container)["State"]["Pid"] for container in running)


@given(changes())
def test_nothing_is_touched_that_no_goal_is_about(change: Change) -> None:
    before = change.live()
    concerned = {one["container_id"] for one in change.old.attachments}
    steps = _steps.steps_to(change.new, change.old, before)
    assert {step.network for step in steps} <= {*change.new.names(), *change.old.names()}
    assert {step.container_id for step in steps if step.container_id} <= concerned
    for step in steps:
        take(change.daemon, step)
    after = change.live()
    goals = {*change.new.names(), *change.old.names()}
    assert [one for one in after.networks if one["name"] not in goals] == [
        one for one in before.networks if one["name"] not in goals
    ]
    for key, container in before.containers.items():
        now = after.containers[key]
        assert key in concerned or now == container
        for name, entry in container["NetworkSettings"]["Networks"].items():
            assert name in goals or now["NetworkSettings"]["Networks"][name] == entry


@given(changes(), st.integers(0, 99))
def test_the_order_is_the_one_that_the_kernel_allows(change: Change, number: int) -> None:
    steps = _steps.steps_to(change.new, change.old, change.live())
    half_way = _steps.expected(change.live(), steps[: number % (len(steps) + 1)])
    for way in (steps, _steps.steps_to(change.old, change.new, half_way)):
        order = [_steps.KINDS.index(step.kind) for step in way]
        assert order == sorted(order)
        for kind, running_first in ((_steps.DETACH, False), (_steps.ATTACH, True)):
            runs = [runs_in(change, step) for step in way if step.kind == kind]
            assert runs == sorted(runs, reverse=running_first)
        chosen = [
            not step.settings["IPAMConfig"] for step in way if step.kind == _steps.ATTACH and runs_in(change, step)
        ]
        assert chosen == sorted(chosen)


@given(changes())
def test_a_container_that_is_gone_gets_no_step(change: Change) -> None:
    live = change.live()._replace(containers={})
    steps = _steps.steps_to(change.new, change.old, live)
    assert not [step for step in steps if step.container_id]
    reached(live, change.new, change.old)


def runs_in(change: Change, step: Step) -> bool:
    """Tell whether the container of a step runs."""
    return bool(change.daemon.container(step.container_id)["State"]["Pid"])


def state(live: Live) -> Any:
    """Show everything that a user could notice, without ids, and without what an engine adds by itself."""
    networks = [{key: value for key, value in network.items() if key != "id"} for network in live.networks]
    return networks, {
        container["Name"]: (container["State"]["Pid"] > 0, attachments(container, live))
        for container in live.containers.values()
    }


def attachments(container: Any, live: Live) -> list[Any]:
    """Show what a container has. An address that Docker chose is a fixed one afterwards, so that it stays."""
    fields = ("network", "running", "ipv4", "settings")
    found = attachments_of([container], live.networks)
    asked = [(one["fixed"]["ipv4"] if not one["running"] else None) for one in found]
    return sorted(([one[field] for field in fields], fixed) for one, fixed in zip(found, asked, strict=True))


def host(*names: str, driver: str = "macvlan") -> FakeDaemon:
    """Build a host with networks and a running container on all of them."""
    daemon = FakeDaemon()
    for name in names:
        daemon.create_network(body_of(spec(name, driver)))
    daemon.add_container("web", 0, {name: {"NetworkID": "", "EndpointID": "", "IPAMConfig": {}} for name in names})
    daemon.start("web")
    return daemon


@pytest.mark.parametrize("marked", [True, False])
def test_a_network_that_is_neither_is_a_conflict(marked: bool) -> None:
    daemon = host("office")
    old, new = ends(daemon, {"office": spec("office")}, {"office": spec("office", "ipvlan")})
    [network] = daemon.networks
    network["Internal"] = True
    if not marked:
        network["Labels"] = {}
        with pytest.raises(ConflictError, match="office"):
            _steps.steps_to(new, old, look(daemon))
        return
    # It has our label: it is what the engine made of it, perhaps something else than it was asked for.
    kinds = [step.kind for step in _steps.steps_to(new, old, look(daemon))]
    assert kinds == [_steps.DETACH, _steps.REMOVE, _steps.CREATE, _steps.ATTACH]


def test_somebody_elses_network_in_the_way_of_removing_is_left() -> None:
    daemon = host("office")
    old, new = ends(daemon, {"office": spec("office")}, {})
    daemon.networks[0].update(Internal=True, Labels={})
    assert _steps.steps_to(new, old, look(daemon)) == []
    with pytest.raises(ConflictError):
        _steps.steps_to(old, new, look(daemon))


def test_of_all_networks_of_one_name_only_one_stays() -> None:
    daemon = host("office")
    old, new = ends(daemon, {"office": spec("office")}, {"office": spec("office", "ipvlan")})
    second = {**deepcopy(daemon.networks[0]), "Id": "f" * 64, "Driver": "ipvlan", "Options": new.networks[0]["options"]}
    daemon.networks += [second, {**second, "Id": "e" * 64}]
    steps = _steps.steps_to(new, old, look(daemon))
    assert [(step.kind, step.network_id) for step in steps] == [
        (_steps.DETACH, daemon.networks[0]["Id"]),
        (_steps.REMOVE, daemon.networks[0]["Id"]),
        (_steps.REMOVE, "e" * 64),
        (_steps.ATTACH, "f" * 64),
    ]


def test_what_a_failed_connect_leaves_behind_is_connected_over_and_not_detached() -> None:
    daemon = host("office")
    old, new = ends(daemon, {"office": spec("office")}, {"office": spec("office", "ipvlan")})
    for step in _steps.steps_to(new, old, look(daemon))[:3]:
        take(daemon, step)
    daemon.add_network("other", Driver="macvlan")
    daemon.add_container("rival", 0, {"other": {"NetworkID": "", "EndpointID": ""}})
    daemon.start("rival")
    with pytest.raises(RefusedError, match="busy"):
        daemon.connect(daemon.networks[0]["Id"], "web", {})
    daemon.stop("rival")
    assert [step.kind for step in _steps.steps_to(new, old, look(daemon))] == [_steps.ATTACH]


def test_a_stopped_container_that_asks_for_another_address_is_detached_first() -> None:
    daemon = FakeDaemon()
    daemon.create_network(body_of(spec("office")))
    entry = {"NetworkID": "", "EndpointID": "", "IPAMConfig": {"IPv4Address": "10.0.0.20"}}
    daemon.add_container("web", 0, {"office": entry})
    old, new = ends(daemon, {"office": spec("office")}, {"office": spec("office", "ipvlan")})
    entry["IPAMConfig"] = {"IPv4Address": "10.0.0.21"}
    steps = _steps.steps_to(old, new, look(daemon))
    assert [step.kind for step in steps] == [_steps.DETACH, _steps.ATTACH]
    for step in steps:
        take(daemon, step)
    assert daemon.container("web")["NetworkSettings"]["Networks"]["office"]["IPAMConfig"] == {
        "IPv4Address": "10.0.0.20"
    }


def test_a_row_names_what_the_step_is_about() -> None:
    assert Step(_steps.ATTACH, "office", "web", "1", "2").row() == {
        "step": "attach",
        "network": "office",
        "container": "web",
    }
    assert Step(_steps.START, "", "web").row() == {"step": "start", "network": None, "container": "web"}


@pytest.mark.parametrize(
    ("ran", "policy", "started"), [(True, "always", True), (True, "no", False), (False, "always", False)]
)
def test_what_ran_and_would_have_been_restarted_is_started(ran: bool, policy: str, started: bool) -> None:
    daemon = host("office", "lab")
    daemon.container("web")["HostConfig"]["RestartPolicy"]["Name"] = policy
    if not ran:
        daemon.stop("web")
    old, new = ends(daemon, {"office": spec("office"), "lab": spec("lab")}, {"lab": spec("lab", "ipvlan")})
    if ran:
        daemon.stop("web")
    starts = [step for step in _steps.steps_to(new, old, look(daemon)) if step.kind == _steps.START]
    assert [(step.container, step.container_id) for step in starts] == [("web", daemon.containers[0]["Id"])] * started
    there = _steps.expected(look(daemon), starts)
    assert bool(_answers.process_of(there.containers[daemon.containers[0]["Id"]])) is started


def test_only_an_address_that_docker_chose_may_become_another() -> None:
    daemon = host("office", "lab")
    daemon.disconnect(daemon.network("lab")["Id"], "web")
    daemon.connect(daemon.network("lab")["Id"], "web", {"IPAMConfig": {"IPv4Address": "10.0.1.20"}})
    before = {name: spec(name) for name in ("office", "lab")}
    old, new = ends(daemon, before, {name: spec(name, "ipvlan") for name in before})
    attaches = [step for step in _steps.steps_to(new, old, look(daemon)) if step.kind == _steps.ATTACH]
    kept = {"DriverOpts": {_answers.KEPT_CHOICE: "10.0.0.16"}, "IPAMConfig": {"IPv4Address": "10.0.0.16"}}
    assert [(step.network, step.settings, step.fallback) for step in attaches] == [
        ("lab", {"IPAMConfig": {"IPv4Address": "10.0.1.20"}}, {}),
        ("office", kept, {"IPAMConfig": {}}),
    ]


def test_who_is_detached_last_and_who_is_attached_first() -> None:
    daemon = FakeDaemon()
    daemon.create_network(body_of(spec("office")))
    made = {"stopped": "10.0.0.30", "free": "", "running": "10.0.0.31", "sleeping": ""}
    for name, address in made.items():
        asked = {"IPv4Address": address} if address else {}
        daemon.add_container(name, 0, {"office": {"NetworkID": "", "EndpointID": "", "IPAMConfig": asked}})
    daemon.start("free")
    daemon.start("running")
    # The new network does not give out the address that Docker chose.
    old, new = ends(daemon, {"office": spec("office")}, {"office": spec("office", "ipvlan", slice_=64)})
    steps = _steps.steps_to(new, old, look(daemon))
    order = {kind: [step.container for step in steps if step.kind == kind] for kind in _steps.KINDS}
    assert order[_steps.DETACH] == ["stopped", "sleeping", "free", "running"]
    assert order[_steps.ATTACH] == ["running", "free", "stopped", "sleeping"]
