# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever call of a change fails, in whatever way: the old or the new state is there in full, at once or later.

The engine is only its API; the faults are put into every step that the code itself lists.
"""

from __future__ import annotations

import errno
import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import (
    _answers,
    _calls,
    _docker,
    _journal,
    _networks,
    _steps,
    _transaction,
)
from ansible_collections.dockerlan.fleet.plugins.module_utils._attachments import attachments_of
from ansible_collections.dockerlan.fleet.plugins.module_utils._steps import Goal
from ansible_collections.dockerlan.fleet.plugins.module_utils._transaction import ChangeError, Host

from tests.unit.plugins import fake_engine
from tests.unit.plugins.fake_daemon import FakeDaemon
from tests.unit.plugins.fake_engine import FakeEngine

pytest.importorskip("docker")


def spec(name: str, driver: str = "macvlan", parent: str = "eth0", slice_: int = 16) -> dict[str, Any]:
    """Build a network of ours, whose subnet follows from its name."""
    third = ord(name[0])
    pool = {"subnet": f"10.0.{third}.0/24", "ip_range": f"10.0.{third}.{slice_}/28", "gateway": f"10.0.{third}.1"}
    return {
        "name": name,
        "driver": driver,
        "internal": False,
        "enable_ipv6": False,
        "options": {"parent": parent, f"{driver}_mode": "bridge" if driver == "macvlan" else "l2"},
        "labels": {_steps.LAN_LABEL: name},
        "ipam": [{**pool, "aux_addresses": {}}],
    }


BEFORE = [spec("a"), spec("b", parent="eth1")]
AFTER = [spec("a", "ipvlan"), spec("c", parent="eth1")]


class Clock:
    """Time that passes when somebody sleeps, so that nobody has to."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.wake: Callable[[], None] = lambda: None

    def monotonic(self) -> float:
        """Tell the time, a bit later each time."""
        self.now += 0.001
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.wake()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replace the clock of the transaction, and nobody else's."""
    made = Clock()
    known = {"strftime": time.strftime, "gmtime": time.gmtime, "monotonic": made.monotonic, "sleep": made.sleep}
    monkeypatch.setattr(_transaction, "time", SimpleNamespace(**known))
    return made


@pytest.fixture
def host(engine: FakeEngine, tmp_path: Path) -> Iterator[Host]:
    """Connect to an engine that has the networks before, with containers of all kinds on the first two."""
    prepare(engine)
    with _docker.connected(engine.url, 5) as connected:
        yield Host(connected, tmp_path)


def body_of(network: dict[str, Any]) -> dict[str, Any]:
    """Spell a spec as the engine's API does."""
    fields = {"subnet": "Subnet", "ip_range": "IPRange", "gateway": "Gateway", "aux_addresses": "AuxiliaryAddresses"}
    pools = [{fields[key]: value for key, value in pool.items()} for pool in network["ipam"]]
    same = {key.capitalize(): network[key] for key in ("name", "driver", "internal", "options", "labels")}
    return {**same, "EnableIPv6": network["enable_ipv6"], "IPAM": {"Driver": "default", "Config": pools}}


def prepare(engine: FakeDaemon) -> None:
    """Add the networks, and containers: fixed with an alias, dynamic, stopped; the first is on both networks."""
    for network in BEFORE:
        engine.create_network(body_of(network))

    def entry(address: str | None, *aliases: str) -> dict[str, Any]:
        asked = {"IPv4Address": address} if address else {}
        return {"IPAMConfig": asked, "Aliases": [*aliases], "NetworkID": "", "EndpointID": ""}

    engine.add_container("fixed", 0, {"a": entry("10.0.97.30", "www"), "b": entry("10.0.98.30")}, restart="always")
    engine.add_container("dynamic", 0, {"a": entry(None)}, restart="always")
    engine.add_container("stopped", 0, {"a": entry("10.0.97.31")})
    engine.start("fixed")
    engine.start("dynamic")


def goals(engine: FakeDaemon, wanted: list[dict[str, Any]], absent: list[str]) -> tuple[Goal, Goal]:
    """Decide as the module does."""
    live = sorted((_answers.spec_of(network) for network in engine.networks), key=lambda one: str(one["name"]))
    decisions = [*_networks.decide_present(wanted, live), *_networks.decide_absent(absent, live)]
    return _networks.goals(decisions, attachments_of(engine.containers, _networks.going(decisions)))


def mixed(engine: FakeDaemon) -> tuple[Goal, Goal]:
    """Replace a, remove b, create c."""
    return goals(engine, AFTER, ["b"])


def state(engine: FakeEngine) -> Any:
    """Show everything that a user could notice, without ids."""
    specs = [_answers.spec_of(network) for network in engine.networks]
    networks = {spec["name"]: {key: value for key, value in spec.items() if key != "id"} for spec in specs}
    fields = ("network", "running", "ipv4", "settings")
    rows = attachments_of(engine.containers, specs)
    return networks, {
        container["Name"]: (
            container["State"]["Pid"] > 0,
            sorted([row[field] for field in fields] for row in rows if row["container_id"] == container["Id"]),
        )
        for container in engine.containers
    }


def journal(host: Host) -> bool:
    """Tell whether there is a journal."""
    return (host.state_dir / "journal.json").exists()


def listed() -> list[_steps.Step]:
    """List the steps of the mixed change, as the code does: each fault below is tried at each of them."""
    daemon = FakeDaemon()
    prepare(daemon)
    networks = [_answers.spec_of(network) for network in daemon.networks]
    old, new = mixed(daemon)
    return _steps.steps_to(new, old, _steps.Live(networks, {one["Id"]: one for one in daemon.containers}))


STEPS = listed()
every_step = pytest.mark.parametrize(
    "number", range(1, len(STEPS) + 1), ids=[f"{step.kind}-{step.container or step.network}" for step in STEPS]
)
# From the first attach on a change that breaks off is finished.
FIRST_FORWARD = [step.kind for step in STEPS].index(_steps.ATTACH) + 1


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


def recovered(engine: FakeEngine, host: Host, before: Any) -> None:
    """Recover, and see that one end is there in full: the new one, once it was the goal."""
    entry = _journal.read(host.state_dir, lambda: "engine-1")
    assert entry is not None
    foreseen = _transaction.unfinished(host)
    assert journal(host)
    done = _transaction.recover(host)
    assert foreseen is not None
    assert done is not None
    assert (done.goal, [step.row() for step in done.steps]) == (foreseen.goal, [step.row() for step in foreseen.steps])
    if done.goal == _journal.OLD:
        assert state(engine) == before
    else:
        assert {one["Name"]: one["Driver"] for one in engine.networks} == {"a": "ipvlan", "c": "macvlan"}
    assert not journal(host)
    assert _transaction.recover(host) is None
    assert _transaction.unfinished(host) is None


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


def test_an_unwritable_directory_is_told_before_anything_is_done(engine: FakeEngine, host: Host) -> None:
    (host.state_dir / "file").write_text("")
    with pytest.raises(_journal.JournalError, match="name a directory of the user with state_dir"):
        _transaction.change(host._replace(state_dir=host.state_dir / "file"), *mixed(engine))
    assert engine.mutations == 0


@contextmanager
def full_disk(first: int, *, read_only: bool = False) -> Iterator[list[str]]:
    """Let the journal be written only before the given time; lend the goals that were to be written."""
    write, goals_written = _journal.write, []

    def fail(directory: Path, *_entry: object) -> None:
        raise _journal._unwritable(directory, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    def full(directory: Path, entry: _journal.Entry) -> None:
        goals_written.append(entry.goal)
        (write if len(goals_written) < first else fail)(directory, entry)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_journal, "write", full)
        if read_only:
            patched.setattr(_journal, "delete", fail)
        yield goals_written


def refuse_attach(engine: FakeEngine) -> None:
    """Refuse the first attach: the journal's goal is the new state by then."""
    engine.faults[FIRST_FORWARD] = fake_engine.REFUSED


def test_a_journal_that_asks_for_the_old_state_already_need_not_be_written(engine: FakeEngine, host: Host) -> None:
    before = state(engine)
    with full_disk(2) as goals_written, pytest.raises(ChangeError) as caught:
        _transaction.change(host, *mixed(engine))
    assert str(caught.value).startswith(f"The directory {host.state_dir}, ")
    assert "No space left on device" in str(caught.value)
    assert "What was there before was put back: " in str(caught.value)
    assert goals_written == [_journal.OLD, _journal.NEW]
    assert state(engine) == before
    assert not journal(host)


def test_a_journal_that_cannot_be_turned_back_keeps_nobody_detached(engine: FakeEngine, host: Host) -> None:
    before = state(engine)
    refuse_attach(engine)
    with full_disk(3) as goals_written, pytest.raises(ChangeError) as caught:
        _transaction.change(host, *mixed(engine))
    assert str(caught.value).startswith("attach ")
    assert "What was there before was put back: " in str(caught.value)
    assert f"The directory {host.state_dir}, " in str(caught.value)
    assert goals_written == [_journal.OLD, _journal.NEW, _journal.OLD]
    assert state(engine) == before
    assert not journal(host)


@pytest.mark.parametrize(("first", "goal"), [(2, _journal.OLD), (3, _journal.NEW)])
def test_a_disk_that_becomes_read_only_keeps_nobody_detached(
    engine: FakeEngine, host: Host, first: int, goal: str
) -> None:
    before = state(engine)
    if goal == _journal.NEW:
        refuse_attach(engine)
    with full_disk(first, read_only=True), pytest.raises(ChangeError) as caught:
        _transaction.change(host, *mixed(engine))
    assert "What was there before was put back: " in str(caught.value)
    assert f"The directory {host.state_dir}, " in str(caught.value)
    assert "not put back yet" not in str(caught.value)
    assert ("makes the change again" in str(caught.value)) is (goal == _journal.NEW)
    assert state(engine) == before
    entry = _journal.read(host.state_dir, lambda: "engine-1")
    assert entry is not None
    assert entry.goal == goal
    recovered(engine, host, before)


@pytest.mark.parametrize("number", range(1, 9))
def test_what_breaks_off_while_the_journal_cannot_be_turned_back_comes_to_an_end(
    engine: FakeEngine, host: Host, clock: Clock, number: int
) -> None:
    before = state(engine)
    refuse_attach(engine)
    engine.faults[FIRST_FORWARD + number] = fake_engine.CRASH_AFTER
    with full_disk(3), pytest.raises(ChangeError, match="is not put back yet: ") as caught:
        _transaction.change(host, *mixed(engine))
    assert f"The directory {host.state_dir}, " in str(caught.value)
    engine.dead = False
    engine.faults.clear()
    recovered(engine, host, before)
    assert clock.now > 1000


@pytest.mark.parametrize(("goal", "written"), [(_journal.OLD, []), (_journal.NEW, [_journal.OLD])])
def test_a_recovery_that_fails_on_a_full_disk_puts_back(
    engine: FakeEngine, host: Host, goal: str, written: list[str]
) -> None:
    before = state(engine)
    entry = _journal.Entry("engine-1", "2026-01-31T12:00:00Z", goal, *mixed(engine))
    _journal.write(host.state_dir, entry)
    engine.disconnect(engine.network("a")["Id"], engine.container("fixed")["Id"])
    engine.faults = {1: fake_engine.REFUSED}
    with full_disk(1) as goals_written:
        done = _transaction.recover(host)
    assert done is not None
    assert done.goal == _journal.OLD
    assert goals_written == written
    assert state(engine) == before
    assert not journal(host)


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
