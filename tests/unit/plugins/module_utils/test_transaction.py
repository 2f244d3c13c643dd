# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever call of a change fails, in whatever way: the old or the new state is there in full, at once or later.

The engine is only its API; the faults are put into every step that the code itself lists.
"""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _calls, _docker, _journal, _steps, _transaction
from ansible_collections.dockerlan.fleet.plugins.module_utils._transaction import ChangeError, Host

from tests.unit.plugins import fake_engine
from tests.unit.plugins.changes import (
    AFTER,
    FIRST_FORWARD,
    STEPS,
    Clock,
    every_step,
    goals,
    journal,
    mixed,
    recovered,
    spec,
    state,
)
from tests.unit.plugins.fake_engine import FakeEngine
from tests.unit.plugins.networks import body_of

pytest.importorskip("docker")


def test_every_kind_of_step_but_a_start_is_listed() -> None:
    assert {step.kind for step in STEPS} == set(_steps.KINDS) - {_steps.START}


def test_a_change(engine: FakeEngine, host: Host) -> None:
    course = _transaction.change(host, *mixed(engine))
    assert [step.row() for step in course.taken] == [step.row() for step in STEPS]
    assert engine.mutations == len(STEPS)
    networks, containers = state(engine)
    assert networks == {one["name"]: {**one, "attachable": False, "other": {}} for one in AFTER}
    assert containers == {
        "/fixed": (True, [["a", True, "10.0.97.30", {"Aliases": ["www"]}]]),
        "/dynamic": (True, [["a", True, "10.0.97.16", {}]]),
        "/stopped": (False, [["a", False, None, {}]]),
    }
    assert course.created == {network["Name"]: network["Id"] for network in engine.networks}
    assert not journal(host)


@pytest.mark.parametrize("fault", fake_engine.FAULTS)
@every_step
def test_a_fault_at_any_call_puts_back_what_was_there(
    engine: FakeEngine, host: Host, clock: Clock, number: int, fault: str
) -> None:
    before = state(engine)
    engine.faults[number] = fault
    began = clock.now
    with pytest.raises(ChangeError) as caught:
        _transaction.change(host, *mixed(engine))
    if fault in (fake_engine.REFUSED, fake_engine.UNANSWERED):
        assert state(engine) == before
        assert not journal(host)
        nothing_done = number == 1 and fault == fake_engine.REFUSED
        assert ("Nothing was changed" if nothing_done else "What was there before was put back: ") in str(caught.value)
        return
    assert clock.now - began > _transaction._ENGINE_RETURNS_SECONDS
    assert "What was there before is not put back yet: " in str(caught.value)
    assert f"the journal in {host.state_dir} stays until then" in str(caught.value)
    assert journal(host)
    engine.dead = False
    recovered(engine, host, before)


@every_step
@pytest.mark.parametrize("reboot", [False, True])
def test_a_killed_change_is_finished_or_undone_by_the_next_run(
    engine: FakeEngine, host: Host, monkeypatch: pytest.MonkeyPatch, number: int, reboot: bool
) -> None:
    before = state(engine)
    take, count = _calls.take, itertools.count(1)

    def killed(connected: _docker.Engine, step: _steps.Step) -> str:
        if next(count) == number:
            raise KeyboardInterrupt  # like a signal: nothing is put back
        return take(connected, step)

    with monkeypatch.context() as patched:
        patched.setattr(_calls, "take", killed)
        with pytest.raises(KeyboardInterrupt):
            _transaction.change(host, *mixed(engine))
    entry = _journal.read(host.state_dir, lambda: "engine-1")
    assert entry is not None
    assert entry.goal == (_journal.OLD if number < FIRST_FORWARD else _journal.NEW)
    if reboot:
        engine.reboot()
        (host.state_dir / "journal.new").write_text("{")
    done = _transaction.recover(host)
    assert done is not None
    assert (done.goal, done.since) == (entry.goal, entry.since)
    if entry.goal == _journal.OLD:
        assert state(engine) == before
    else:
        networks, containers = state(engine)
        assert networks["a"]["driver"] == "ipvlan"
        assert containers["/fixed"] == (True, [["a", True, "10.0.97.30", {"Aliases": ["www"]}]])
        assert containers["/dynamic"] == (True, [["a", True, "10.0.97.16", {}]])
    assert not journal(host)


def test_a_kill_while_putting_back_is_put_back_by_the_next_run(engine: FakeEngine, host: Host, clock: Clock) -> None:
    before = state(engine)
    for number in range(10, 16):
        engine.faults = {9: fake_engine.REFUSED, number: fake_engine.CRASH_AFTER}
        engine.mutations = 0
        with pytest.raises(ChangeError, match=r"it is broken.*not put back yet"):
            _transaction.change(host, *mixed(engine))
        engine.dead = False
        done = _transaction.recover(host)
        assert done is not None
        assert done.goal == _journal.OLD
        assert state(engine) == before
    assert clock.now


def test_a_recovery_that_cannot_go_forward_goes_back(engine: FakeEngine, host: Host) -> None:
    before = state(engine)
    old, new = mixed(engine)
    entry = _journal.Entry("engine-1", "2026-01-31T12:00:00Z", _journal.NEW, old, new)
    _journal.write(host.state_dir, entry)
    engine.failures["POST /networks/create c"] = (400, "invalid subinterface vlan name nope0, example is eth0.10")
    done = _transaction.recover(host)
    assert done is not None
    assert done.goal == _journal.OLD
    assert state(engine) == before
    assert not journal(host)


def test_the_text_says_what_failed_why_and_what_became_of_it(engine: FakeEngine, host: Host) -> None:
    engine.failures["POST /networks/create c"] = (400, "invalid subinterface vlan name nope0, example is eth0.10")
    with pytest.raises(ChangeError) as caught:
        _transaction.change(host, *mixed(engine))
    assert str(caught.value) == (
        "create c: the parent link 'nope0' does not exist on this host. Cure: check the name with 'ip link'; Docker "
        "itself only makes VLAN links, named LINK.ID. Docker says: invalid subinterface vlan name nope0, example is "
        "eth0.10. What was there before was put back: remove a, create a, create b, attach fixed to a, attach fixed to "
        "b, attach dynamic to a, attach stopped to a"
    )


def test_what_the_engine_makes_differently_is_put_back(engine: FakeEngine, host: Host) -> None:
    engine.networks.clear()
    engine.containers.clear()
    engine.created_with = {"EnableIPv6": True}
    words = r"Network 'c': the engine made something else than it was asked for: enable_ipv6 is True, declared is False"
    with pytest.raises(ChangeError, match=words + r"\. What was there before was put back: remove c"):
        _transaction.change(host, *goals(engine, [spec("c")], []))
    assert engine.networks == []
    assert not journal(host)


def test_a_network_of_ipv6_alone_is_made_by_engines_that_can_and_is_then_as_declared(
    engine: FakeEngine, host: Host
) -> None:
    pool = {"subnet": "fdb2::/64", "ip_range": "fdb2::10/124", "gateway": "fdb2::1", "aux_addresses": {}}
    wanted = {**spec("c"), "enable_ipv6": True, "ipam": [pool]}
    with pytest.raises(ChangeError, match=r"ipam\[172\.18\.0\.0/16\] is .*, declared is not set"):
        _transaction.change(host, *goals(engine, [wanted], []))
    engine.switches_ipv4 = True
    _transaction.change(host, *goals(engine, [wanted], []))
    assert [network["EnableIPv4"] for network in engine.networks if network["Name"] == "c"] == [False]
    assert goals(engine, [wanted], [])[1].networks == []  # nothing is left to do


def test_somebody_elses_network_is_never_taken_back(engine: FakeEngine, host: Host) -> None:
    ends = goals(engine, [spec("c")], [])
    theirs = {**spec("c"), "internal": True, "labels": {}}
    engine.create_network(body_of(theirs))  # meanwhile
    with pytest.raises(ChangeError, match="the network 'c' is neither what it was nor what it was to become"):
        _transaction.change(host, *ends)
    assert "c" in {network["Name"] for network in engine.networks}


def test_a_conflict_is_told_and_the_journal_stays(engine: FakeEngine, host: Host) -> None:
    old, new = mixed(engine)
    _journal.write(host.state_dir, _journal.Entry("engine-1", "2026-01-31T12:00:00Z", _journal.OLD, old, new))
    engine.networks[0].update(Internal=True, Labels={})
    before = len(engine.calls)
    for look in (_transaction.unfinished, _transaction.recover):
        with pytest.raises(ChangeError, match=r"'a' is neither .* into order by hand, then remove the journal"):
            look(host)
    assert all(call.startswith("GET") for call in engine.calls[before:])
    assert journal(host)


def test_the_journal_of_another_engine_is_refused(engine: FakeEngine, host: Host) -> None:
    _journal.write(host.state_dir, _journal.Entry("engine-1", "2026-01-31T12:00:00Z", _journal.OLD, *mixed(engine)))
    engine.id = "engine-2"
    for look in (_transaction.unfinished, _transaction.recover):
        with pytest.raises(_journal.JournalError, match=r"another Docker Engine \(engine-1\)\. Cure: run against that"):
            look(host)
    assert journal(host)


@pytest.mark.parametrize("containers", [0, 1, 5])
def test_how_many_calls_a_replacement_takes(engine: FakeEngine, host: Host, containers: int) -> None:
    engine.containers.clear()
    for number in range(containers):
        engine.add_container(f"c{number}", 0, {"a": {"IPAMConfig": {}, "NetworkID": "", "EndpointID": ""}})
        engine.start(f"c{number}")
    ends = goals(engine, [spec("a", "ipvlan")], [])
    before = len(engine.calls)
    _transaction.change(host, *ends)
    calls = engine.calls[before:]
    changing = [call for call in calls if not call.startswith("GET")]
    assert len(changing) == 2 * containers + 2  # each detached and attached; one network removed, one created
    # The id of the engine; the networks three times, the containers twice: before, after the creation, at the end.
    assert len(calls) - len(changing) == 1 + 3 + 2 * containers


def test_an_interruption_is_from_the_detach_to_the_end_of_the_attach(
    engine: FakeEngine, host: Host, clock: Clock
) -> None:
    course = _transaction.change(host, *mixed(engine))
    assert clock.now > 1000
    rows = {(engine.container(key)["Name"], name): value for (key, name), value in course.interruptions_ms.items()}
    # The clock ticks once at the begin of a step, and once at the end of an attach.
    assert rows == {("/fixed", "a"): 8, ("/dynamic", "a"): 9, ("/stopped", "a"): 13}


def test_looking_at_no_networks_asks_nothing(engine: FakeEngine, host: Host) -> None:
    before = len(engine.calls)
    assert _docker.containers_on(host.engine, []) == {}
    assert len(engine.calls) == before
    [office] = [network for network in _docker.list_networks(host.engine) if network["name"] == "b"]
    found = _docker.containers_on(host.engine, [office])
    assert [container["Name"] for container in found.values()] == ["/fixed"]
    assert engine.calls[before + 1 :] == ["GET /containers/json", f"GET /containers/{engine.containers[0]['Id']}/json"]


def test_the_version_of_the_api_is_numbers(host: Host) -> None:
    assert _transaction.api_of(host.engine) == (1, 45)
