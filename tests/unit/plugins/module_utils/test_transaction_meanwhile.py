# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others do while a host is changed: the engine, its user, its containers, whoever sends signals."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import _calls, _docker, _journal, _steps, _transaction
from ansible_collections.dockerlan.fleet.plugins.module_utils._transaction import ChangeError, Host

from tests.unit.plugins import fake_engine
from tests.unit.plugins.changes import STEPS, Clock, every_step, journal, mixed, state
from tests.unit.plugins.fake_engine import FakeEngine

pytest.importorskip("docker")


def test_a_change_and_a_recovery_ignore_signals_and_heed_them_afterwards(
    engine: FakeEngine, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
    before, take, within = [signal.getsignal(number) for number in numbers], _calls.take, set()

    def noted(connected: _docker.Engine, step: _steps.Step) -> str:
        within.update(signal.getsignal(number) for number in numbers)
        return take(connected, step)

    monkeypatch.setattr(_calls, "take", noted)
    old, new = mixed(engine)
    _journal.write(host.state_dir, _journal.Entry("engine-1", "2026-01-31T12:00:00Z", _journal.NEW, old, new))
    for run in (_transaction.recover, lambda host: _transaction.change(host, new, old)):
        run(host)
        assert within == {signal.SIG_IGN}
        within.clear()
        assert [signal.getsignal(number) for number in numbers] == before


@contextmanager
def thief(engine: FakeEngine, address: str) -> Iterator[None]:
    """Have a container take an address on the network a as soon as that is there again."""
    entry = {"IPAMConfig": {"IPv4Address": address}, "NetworkID": "", "EndpointID": ""}
    engine.add_container("thief", 0, {"a": entry})
    take = _calls.take

    def steal(connected: _docker.Engine, step: _steps.Step) -> str:
        made = take(connected, step)
        if (step.kind, step.network) == (_steps.CREATE, "a"):
            engine.start("thief")
        return made

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_calls, "take", steal)
        yield


def test_an_address_of_dockers_choice_that_was_taken_becomes_another_one(engine: FakeEngine, host: Host) -> None:
    ends = mixed(engine)
    with thief(engine, "10.0.97.16"):
        _transaction.change(host, *ends)
    assert engine.container("dynamic")["NetworkSettings"]["Networks"]["a"]["IPAddress"] == "10.0.97.17"
    assert not journal(host)


def test_a_fixed_address_that_was_taken_is_an_error(engine: FakeEngine, host: Host) -> None:
    before, ends = state(engine), mixed(engine)
    with thief(engine, "10.0.97.30"), pytest.raises(ChangeError) as caught:
        _transaction.change(host, *ends)
    assert str(caught.value).startswith("attach fixed to a: ")
    # The thief is nobody whom this change may detach.
    assert "What was there before is not put back yet: remove a: " in str(caught.value)
    assert "has active endpoints" in str(caught.value)
    assert journal(host)
    engine.containers[:] = [one for one in engine.containers if one["Name"] != "/thief"]
    assert _transaction.recover(host) is not None
    assert state(engine) == before


@every_step
def test_a_container_that_its_owner_removes_is_no_error(engine: FakeEngine, host: Host, number: int) -> None:
    take, count = _calls.take, itertools.count(1)

    def lose(connected: _docker.Engine, step: _steps.Step) -> str:
        if next(count) == number:
            engine.containers[:] = [one for one in engine.containers if one["Name"] != "/dynamic"]
        return take(connected, step)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_calls, "take", lose)
        _transaction.change(host, *mixed(engine))
    assert {one["Name"] for one in engine.networks} == {"a", "c"}
    assert not journal(host)


def test_putting_back_goes_as_far_as_it_goes(engine: FakeEngine, host: Host) -> None:
    before, take = state(engine), _calls.take

    def refuse(connected: _docker.Engine, step: _steps.Step) -> str:
        if (step.kind, step.container) == (_steps.ATTACH, "fixed"):
            engine.failures[f"POST /networks/{step.network_id}/connect"] = (500, "no luck today")
        try:
            return take(connected, step)
        finally:
            engine.failures.clear()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_calls, "take", refuse)
        with pytest.raises(ChangeError) as caught:
            _transaction.change(host, *mixed(engine))
    luck = "Docker says: no luck today"
    assert str(caught.value).startswith(
        f"attach fixed to a: {luck}. What was there before is not put back yet: "
        f"attach fixed to a: {luck}; attach fixed to b: {luck}. "
    )
    assert state(engine)[0] == before[0]
    for name in ("/dynamic", "/stopped"):
        assert state(engine)[1][name] == before[1][name]
    assert journal(host)
    assert _transaction.recover(host) is not None
    assert state(engine) == before


@pytest.mark.parametrize("second", range(1, 8))
def test_what_fails_once_while_putting_back_is_tried_again(engine: FakeEngine, host: Host, second: int) -> None:
    before = state(engine)
    first = len(STEPS) - 1
    engine.faults = {first: fake_engine.REFUSED, first + second: fake_engine.REFUSED}
    with pytest.raises(ChangeError, match="What was there before was put back"):
        _transaction.change(host, *mixed(engine))
    assert engine.mutations > first + second
    assert state(engine) == before
    assert not journal(host)


def test_a_second_network_of_the_name_that_comes_meanwhile_puts_back(engine: FakeEngine, host: Host) -> None:
    before, ends, take = state(engine), mixed(engine), _calls.take

    def double(connected: _docker.Engine, step: _steps.Step) -> str:
        made = take(connected, step)
        if (step.kind, step.network) == (_steps.CREATE, "c"):
            engine.networks.append({**engine.network("c"), "Id": "f" * 64})
        return made

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_calls, "take", double)
        with pytest.raises(
            ChangeError, match=r"'c': .* than it was asked for: there are 2 networks of this name\. What"
        ):
            _transaction.change(host, *ends)
    assert state(engine) == before


def stopped_meanwhile(engine: FakeEngine, host: Host) -> _transaction.Course:
    """Change while all running containers end after they were detached."""
    take = _calls.take

    def end(connected: _docker.Engine, step: _steps.Step) -> str:
        made = take(connected, step)
        if step.kind == _steps.CREATE:
            for name in ("fixed", "dynamic"):
                engine.stop(name)
        return made

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_calls, "take", end)
        return _transaction.change(host, *mixed(engine))


def test_what_ended_meanwhile_is_started_if_its_policy_says_so(engine: FakeEngine, host: Host) -> None:
    engine.container("dynamic")["HostConfig"]["RestartPolicy"]["Name"] = "no"
    course = stopped_meanwhile(engine, host)
    assert [step.container for step in course.taken if step.kind == _steps.START] == ["fixed"]
    runs = {name: engine.container(name)["State"]["Pid"] > 0 for name in ("fixed", "dynamic", "stopped")}
    assert runs == {"fixed": True, "dynamic": False, "stopped": False}


def test_a_container_that_always_ends_is_started_only_once(engine: FakeEngine, host: Host) -> None:
    engine.short_lived = {"fixed", "dynamic"}
    course = stopped_meanwhile(engine, host)
    assert [step.container for step in course.taken if step.kind == _steps.START] == ["fixed", "dynamic"]
    assert len([call for call in engine.calls if call.endswith("/start")]) == 2
    assert not journal(host)


def test_a_start_that_fails_does_not_fail_the_change(engine: FakeEngine, host: Host) -> None:
    container = engine.container("fixed")["Id"]
    engine.failures[f"POST /containers/{container}/start"] = (500, "exec format error")
    course = stopped_meanwhile(engine, host)
    assert "start fixed: Docker says: exec format error" in course.failures
    assert not journal(host)


def test_an_engine_that_is_back_in_time_is_waited_for(engine: FakeEngine, host: Host, clock: Clock) -> None:
    before = state(engine)
    engine.faults[5] = fake_engine.CRASH_AFTER

    def come_back() -> None:
        engine.dead = clock.now < 1010

    clock.wake = come_back
    with pytest.raises(ChangeError, match="What was there before was put back"):
        _transaction.change(host, *mixed(engine))
    assert state(engine) == before
    assert not journal(host)
