# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network module against an engine's API: each change first in check mode, then for real, then again."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.module_utils import (
    _calls,
    _docker,
    _journal,
    _networks,
    _steps,
    _transaction,
)
from ansible_collections.dockerlan.fleet.plugins.module_utils._attachments import attachments_of

from tests.unit.plugins.fake_engine import REFUSED, FakeEngine
from tests.unit.plugins.module_runner import PACKAGE, ROOT, run_module

pytest.importorskip("docker")

Run = Callable[..., dict[str, Any]]
OFFICE: dict[str, Any] = {
    "name": "office",
    "driver": "ipvlan",
    "options": {"parent": "eth0", "ipvlan_mode": "l2"},
    "labels": {"dockerlan.fleet.lan": "office"},
    "ipam": [{"subnet": "192.168.56.0/24", "ip_range": "192.168.56.128/28", "gateway": "192.168.56.1"}],
}


MACVLAN: dict[str, Any] = {**OFFICE, "driver": "macvlan", "options": {"parent": "eth0", "macvlan_mode": "bridge"}}


@pytest.fixture
def network(engine: FakeEngine, tmp_path: Path) -> Run:
    """Run the module with a journal of its own."""

    def run(params: dict[str, Any], *, check: bool = False) -> dict[str, Any]:
        return run_module(
            "network", {"docker_host": engine.url, "state_dir": f"{tmp_path}/state", **params}, check=check
        )

    return run


def changes(engine: FakeEngine) -> list[str]:
    """List the calls that change something."""
    return [call for call in engine.calls if not call.startswith("GET")]


def test_create_and_keep(engine: FakeEngine, network: Run) -> None:
    planned = network({"networks": [OFFICE]}, check=True)
    assert (planned["changed"], changes(engine)) == (True, [])
    made = network({"networks": [OFFICE]})
    assert (made["changed"], changes(engine)) == (True, ["POST /networks/create"])
    assert made["diff"] == planned["diff"]
    assert made["networks"] == [{**planned["networks"][0], "id": engine.networks[0]["Id"]}]
    assert made["diff"]["before"] == {}
    assert made["diff"]["after"]["office"]["ipam"][0]["ip_range"] == "192.168.56.128/28"
    for check in (True, False):
        again = network({"networks": [OFFICE]}, check=check)
        assert (again["changed"], again["networks"][0]["action"]) == (False, "kept")
        assert again["diff"]["before"] == again["diff"]["after"] != {}
    assert changes(engine) == ["POST /networks/create"]


@pytest.mark.parametrize("check", [True, False])
def test_a_difference_is_refused_before_anything_is_created(engine: FakeEngine, network: Run, check: bool) -> None:
    network({"networks": [OFFICE]})
    wanted = [{**OFFICE, "name": "new", "labels": {}}, {**OFFICE, "internal": True, "options": {"parent": "eth1"}}]
    result = network({"networks": wanted}, check=check)
    assert (result["failed"], result["reason"]) == (True, "refused")
    assert [(row["name"], [found["field"] for found in row["differences"]]) for row in result["networks"]] == [
        ("office", ["internal", "options.parent"])
    ]
    assert "office: options.parent is 'eth0', declared is 'eth1'" in result["msg"]
    assert changes(engine) == ["POST /networks/create"]


def test_an_error_is_told_and_taken_back(engine: FakeEngine, network: Run, tmp_path: Path) -> None:
    engine.failures["POST /networks/create lab"] = (400, "invalid subinterface vlan name nope0, example is eth0.10")
    wanted = [OFFICE, {**OFFICE, "name": "lab", "options": {"parent": "nope0"}}]
    result = network({"networks": wanted})
    assert (result["failed"], result["reason"]) == (True, "change_failed")
    assert "create lab: the parent link 'nope0' does not exist on this host" in result["msg"]
    assert "What was there before was put back: remove office" in result["msg"]
    assert engine.networks == []
    assert not (tmp_path / "state" / "journal.json").exists()


def test_remove_and_stay_removed(engine: FakeEngine, network: Run) -> None:
    network({"networks": [OFFICE]})
    planned = network({"names": ["office"], "state": "absent"}, check=True)
    assert (planned["changed"], len(engine.networks)) == (True, 1)
    removed = network({"names": ["office"], "state": "absent"})
    assert (removed["changed"], engine.networks) == (True, [])
    assert removed["networks"] == planned["networks"]
    assert (list(removed["diff"]["before"]), removed["diff"]["after"]) == (["office"], {})
    again = network({"names": ["office"], "state": "absent"})
    assert again["changed"] is False
    assert again["networks"] == [{"name": "office", "action": "absent", "id": None, "differences": []}]


@pytest.mark.parametrize("check", [True, False])
def test_a_foreign_network_is_not_removed_and_neither_is_ours_beside_it(
    engine: FakeEngine, network: Run, check: bool
) -> None:
    network({"networks": [OFFICE]})
    engine.add_network("foreign")
    result = network({"names": ["office", "foreign"], "state": "absent"}, check=check)
    assert (result["failed"], result["reason"]) == (True, "refused")
    assert "foreign: the network is not ours" in result["msg"]
    assert len(engine.networks) == 2


def test_a_network_with_a_stopped_container_is_not_removed(engine: FakeEngine, network: Run) -> None:
    network({"networks": [OFFICE]})
    engine.add_container("old", 0, {"office": {"NetworkID": engine.networks[0]["Id"]}})
    result = network({"names": ["office"], "state": "absent"})
    assert (result["failed"], result["reason"]) == (True, "refused")
    assert "office: containers are attached: old (stopped). Remove them first, or allow it" in result["msg"]
    assert len(engine.networks) == 1


@pytest.fixture
def office(engine: FakeEngine, network: Run) -> FakeEngine:
    """Lend an engine with a macvlan network that has a fixed, a dynamic and a stopped container."""
    network({"networks": [MACVLAN]})

    def entry(**asked: str) -> dict[str, Any]:
        return {"office": {"IPAMConfig": asked, "Aliases": ["www"], "NetworkID": "", "EndpointID": ""}}

    engine.add_container("fixed", 0, entry(IPv4Address="192.168.56.140"))
    engine.add_container("dynamic", 0, entry())
    engine.add_container("stopped", 0, entry(IPv4Address="192.168.56.141"))
    engine.start("fixed")
    engine.start("dynamic")
    engine.calls.clear()
    engine.mutations = 0
    return engine


STEPS = [
    *(("detach", "office", name) for name in ("stopped", "dynamic", "fixed")),
    ("remove", "office", None),
    ("create", "office", None),
    *(("attach", "office", name) for name in ("dynamic", "fixed", "stopped")),
]


def steps(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Show the steps of a result in short."""
    return [(step["step"], step["network"], step["container"]) for step in result["steps"]]


def rows(result: dict[str, Any]) -> dict[str, tuple[bool, str | None]]:
    """Show the containers of a result, with the times checked."""
    for row in result["containers"]:
        assert set(row) == {"container", "network", "running", "ipv4", "ipv6", "mac", "interruption_ms"}
    return {row["container"]: (row["running"], row["ipv4"]) for row in result["containers"]}


def test_a_replacement_is_refused_without_consent(office: FakeEngine, network: Run) -> None:
    for check in (True, False):
        result = network({"networks": [OFFICE]}, check=check)
        assert (result["failed"], result["reason"]) == (True, "refused")
        assert result["msg"].splitlines()[-1] == (
            "office: replacing it would interrupt dynamic (running), fixed (running), stopped (stopped). Declare it as "
            "it is, or allow it with allow_replace"
        )
        assert result["recovered"] is None
    assert changes(office) == []


def test_replace_and_keep_what_every_container_had(office: FakeEngine, network: Run, tmp_path: Path) -> None:
    params = {"networks": [OFFICE], "allow_replace": True}
    planned = network(params, check=True)
    assert (planned["changed"], changes(office)) == (True, [])
    done = network(params)
    assert done["changed"]
    assert sorted(steps(done)) == sorted(STEPS)
    assert done["steps"] == planned["steps"]
    assert done["diff"] == planned["diff"]
    assert (done["diff"]["before"]["office"]["driver"], done["diff"]["after"]["office"]["driver"]) == (
        "macvlan",
        "ipvlan",
    )
    assert [row["action"] for row in done["networks"]] == ["replaced"]
    assert done["networks"] == [{**planned["networks"][0], "id": office.networks[0]["Id"]}]
    assert (
        rows(done)
        == rows(planned)
        == {
            "fixed": (True, "192.168.56.140"),
            "dynamic": (True, "192.168.56.128"),
            "stopped": (False, None),
        }
    )
    assert all(row["interruption_ms"] is None for row in planned["containers"])
    assert all(row["interruption_ms"] >= 0 for row in done["containers"])
    for check in (True, False):
        again = network(params, check=check)
        assert (again["changed"], again["steps"], again["containers"]) == (False, [], [])
    back = network({"networks": [MACVLAN], "allow_replace": True})
    assert rows(back) == rows(done)
    assert not (tmp_path / "state" / "journal.json").exists()


def test_check_mode_makes_no_directory(engine: FakeEngine, network: Run, tmp_path: Path) -> None:
    assert network({"networks": [OFFICE]}, check=True)["changed"]
    assert list(tmp_path.iterdir()) == []
    assert network({"networks": [OFFICE]})["changed"]
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["lock"]
    assert len(engine.networks) == 1


def test_keeping_costs_few_calls(office: FakeEngine, network: Run) -> None:
    assert not network({"networks": [MACVLAN]})["changed"]
    # What API is spoken, which version the engine is, and its networks; no container is asked for.
    assert office.calls == ["GET /version", "GET /version", "GET /networks"]


def test_absent_goes_in_the_same_transaction(office: FakeEngine, network: Run) -> None:
    wanted = {"networks": [{**OFFICE, "name": "lab"}], "absent": ["office", "never"]}
    refused = network(wanted)
    assert (refused["reason"], changes(office)) == ("refused", [])
    assert "office: containers are attached: dynamic (running), fixed (running), stopped (stopped)" in refused["msg"]
    planned = network({**wanted, "allow_detach": True}, check=True)
    assert changes(office) == []
    done = network({**wanted, "allow_detach": True})
    assert done["steps"] == planned["steps"]
    assert [step["step"] for step in done["steps"]] == [*["detach"] * 3, "remove", "create"]
    assert [(row["name"], row["action"]) for row in done["networks"]] == [
        ("lab", "created"),
        ("office", "removed"),
        ("never", "absent"),
    ]
    assert done["containers"] == []
    assert [one["Name"] for one in office.networks] == ["lab"]
    assert (list(done["diff"]["before"]), list(done["diff"]["after"])) == (["office"], ["lab"])


def test_a_failure_of_a_replacement_puts_back(office: FakeEngine, network: Run) -> None:
    office.faults[7] = REFUSED
    result = network({"networks": [OFFICE], "allow_replace": True})
    assert (result["failed"], result["reason"]) == (True, "change_failed")
    assert "What was there before was put back: " in result["msg"]
    assert office.networks[0]["Driver"] == "macvlan"
    entries = {one["Name"]: one["NetworkSettings"]["Networks"]["office"] for one in office.containers}
    assert (entries["/fixed"]["IPAddress"], entries["/dynamic"]["IPAddress"]) == ("192.168.56.140", "192.168.56.128")
    assert entries["/stopped"]["IPAMConfig"] == {"IPv4Address": "192.168.56.141"}


@pytest.mark.parametrize("case", [(0, "old", MACVLAN), (4, "old", MACVLAN), (6, "new", OFFICE)])
def test_an_unfinished_change_is_told_in_check_mode_and_brought_to_an_end_first(
    office: FakeEngine, network: Run, tmp_path: Path, case: tuple[int, str, dict[str, Any]]
) -> None:
    (taken, goal, there), state = case, tmp_path / "state"
    break_off(office, state, taken)
    before, calls = (state / "journal.json").read_bytes(), changes(office)
    planned = network({"networks": [there]}, check=True)
    assert (planned["recovered"]["goal"], planned["changed"]) == (goal, True)
    assert ((state / "journal.json").read_bytes(), changes(office)) == (before, calls)
    assert (planned["steps"], planned["networks"][0]["action"]) == ([], "kept")
    done = network({"networks": [there]})
    assert (done["recovered"], done["changed"]) == (planned["recovered"], True)
    assert (done["steps"], done["networks"][0]["action"]) == ([], "kept")
    assert not (state / "journal.json").exists()
    assert office.networks[0]["Driver"] == there["driver"]
    again = network({"networks": [there]})
    assert (again["changed"], again["recovered"]) == (False, None)


def test_a_refusal_tells_what_was_brought_to_an_end_first(office: FakeEngine, network: Run, tmp_path: Path) -> None:
    break_off(office, tmp_path / "state", 4)
    result = network({"networks": [OFFICE]})
    assert result["reason"] == "refused"
    assert result["msg"].startswith("A change that was broken off was brought to an end first. Refused, nothing")
    assert result["recovered"]["goal"] == "old"
    assert [step["step"] for step in result["recovered"]["steps"]][:2] == ["create", "attach"]


def test_a_journal_that_cannot_be_read_stops_everything(engine: FakeEngine, network: Run, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "journal.json").write_text("{")
    for check in (True, False):
        result = network({"networks": [OFFICE]}, check=check)
        assert (result["failed"], result["reason"]) == (True, "journal")
        assert "Cure: bring the networks of this host into order by hand" in result["msg"]
    assert changes(engine) == []


def test_a_second_run_is_refused_but_not_in_check_mode(engine: FakeEngine, network: Run, tmp_path: Path) -> None:
    with _journal.locked(tmp_path / "state"):
        result = network({"networks": [OFFICE]})
        assert (result["failed"], result["reason"]) == (True, "busy")
        assert f"(process {os.getpid()})" in result["msg"]
        assert network({"networks": [OFFICE]}, check=True)["changed"]
    assert changes(engine) == []
    assert network({"networks": [OFFICE]})["changed"]


def test_a_directory_that_cannot_be_used_is_told(engine: FakeEngine, network: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = network({"networks": [OFFICE], "state_dir": f"{tmp_path}/file"})
    assert (result["failed"], result["reason"]) == (True, "journal")
    assert changes(engine) == []


def break_off(engine: FakeEngine, state: Path, steps_taken: int) -> None:
    """Break off a replacement of the macvlan network by the ipvlan one, as a kill would."""
    take, count = _calls.take, itertools.count()

    def killed(connected: _docker.Engine, step: _steps.Step) -> str:
        if next(count) == steps_taken:
            raise KeyboardInterrupt
        return take(connected, step)

    wanted = {**OFFICE, "internal": False, "enable_ipv6": False}
    state.mkdir(exist_ok=True)
    with _docker.connected(engine.url, 5) as connected, pytest.MonkeyPatch.context() as patched:
        decisions = _networks.decide_present([wanted], _docker.list_networks(connected))
        attachments = attachments_of(engine.containers, _networks.going(decisions))
        patched.setattr(_calls, "take", killed)
        with pytest.raises(KeyboardInterrupt):
            _transaction.change(_transaction.Host(connected, state), *_networks.goals(decisions, attachments))


During = Callable[[int, Callable[[], None]], None]
Signalled = Callable[[int, int], None]
Moved = Callable[[str], None]
ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
every_ending_signal = pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)


@pytest.fixture
def during(office: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> During:
    """Do something while the module waits for the answer to a call that changes something: the first is 1."""
    handle = office.handle

    def plan(step: int, act: Callable[[], None]) -> None:
        before = office.mutations

        def handled(method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
            answer = handle(method, path, body)
            if method != "GET" and office.mutations == before + step:
                act()
            return answer

        monkeypatch.setattr(office, "handle", handled)

    return plan


@pytest.fixture
def signalled(during: During, tmp_path: Path) -> Signalled:
    """Send a signal to the module, which has the lock, while it waits for the answer to a call."""
    lock = tmp_path / "state" / "lock"
    return lambda step, number: during(step, lambda: os.kill(int(lock.read_text()), number))


@pytest.fixture
def moved(office: FakeEngine, tmp_path: Path) -> Moved:
    """See that the network is of a driver, that every container is on it, and that nothing is under way."""

    def see(driver: str) -> None:
        assert [one["Driver"] for one in office.networks] == [driver]
        entries = {one["Name"]: one["NetworkSettings"]["Networks"] for one in office.containers}
        assert {name: list(entry) for name, entry in entries.items()} == {name: ["office"] for name in entries}
        for name in ("/fixed", "/dynamic"):
            assert entries[name]["office"]["NetworkID"] == office.networks[0]["Id"]
        assert not (tmp_path / "state" / "journal.json").exists()

    return see


@every_ending_signal
@pytest.mark.parametrize("step", [1, 3, 4, 5, 6, 8])
def test_a_signal_does_not_break_off_a_change(
    network: Run, signalled: Signalled, moved: Moved, step: int, number: int
) -> None:
    signalled(step, number)
    done = network({"networks": [OFFICE], "allow_replace": True})
    assert done["changed"]
    assert sorted(steps(done)) == sorted(STEPS)
    moved("ipvlan")


@every_ending_signal
def test_a_signal_does_not_keep_a_failed_change_from_being_put_back(
    office: FakeEngine, network: Run, signalled: Signalled, moved: Moved, number: int
) -> None:
    office.faults[7] = REFUSED
    signalled(9, number)
    assert network({"networks": [OFFICE], "allow_replace": True})["reason"] == "change_failed"
    moved("macvlan")


@pytest.fixture
def broken_off(office: FakeEngine, tmp_path: Path) -> Callable[[int], None]:
    """Break off a replacement after a number of steps."""
    return lambda taken: break_off(office, tmp_path / "state", taken)


@pytest.mark.parametrize("case", [*itertools.product([(4, MACVLAN), (6, OFFICE)], ENDING)])
def test_a_signal_does_not_break_off_a_recovery(
    network: Run, signalled: Signalled, broken_off: Callable[[int], None], moved: Moved, case: Any
) -> None:
    (taken, there), number = case
    broken_off(taken)
    signalled(1, number)
    assert network({"networks": [there]})["recovered"]["steps"]
    moved(there["driver"])


@pytest.mark.parametrize("step", [1, 4, 6, 8])
def test_a_terminal_that_is_closed_does_not_break_off_a_change(
    office: FakeEngine, tmp_path: Path, during: During, moved: Moved, step: int
) -> None:
    """What ``ssh -tt`` leaves of a module when the connection is lost: SIGHUP, and nowhere to write to."""
    ours, theirs = pty.openpty()
    during(step, lambda: os.close(ours))
    ended = run_with_output(office, tmp_path, theirs)
    assert (ended.returncode, ended.stderr) == (0, "")
    moved("ipvlan")


def test_a_pipe_that_nobody_reads_does_not_fail_a_change(office: FakeEngine, tmp_path: Path, moved: Moved) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    ended = run_with_output(office, tmp_path, theirs)
    assert (ended.returncode, ended.stderr) == (0, "")
    moved("ipvlan")


def run_with_output(engine: FakeEngine, folder: Path, output: int) -> subprocess.CompletedProcess[str]:
    """Replace the network, with standard output somewhere else; a terminal becomes that of the module's session."""
    params = {"docker_host": engine.url, "state_dir": f"{folder}/state", "networks": [OFFICE], "allow_replace": True}
    arguments = folder / "arguments.json"
    arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": params}))
    terminal = os.isatty(output)
    process = subprocess.Popen(
        [sys.executable, "-m", f"{PACKAGE}.network", str(arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT / ".collections")},
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=(lambda: fcntl.ioctl(1, termios.TIOCSCTTY, 0)) if terminal else None,  # noqa: PLW1509
    )
    os.close(output)  # a terminal hangs up for those who have the other end
    _output, errors = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, None, errors)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "networks"),
        ({"state": "absent"}, "names"),
        ({"networks": [OFFICE], "names": ["x"]}, "mutually exclusive"),
        ({"networks": [{**OFFICE, "driver": "bridge"}]}, "ipvlan, macvlan"),
        ({"networks": [{**OFFICE, "options": {"parent": "eth0", "mtu": "1400"}}]}, "mtu"),
        ({"networks": [{**OFFICE, "ipam": [{"subnet": "192.168.56.0/24"}]}]}, "gateway"),
        ({"networks": [{**OFFICE, "ipam": [{**OFFICE["ipam"][0], "gateway": "x"}]}]}, "x"),
    ],
)
def test_wrong_parameters_are_refused(engine: FakeEngine, network: Run, params: dict[str, Any], words: str) -> None:
    engine.add_network("office", Driver="ipvlan")
    result = network(params)
    assert result["failed"]
    assert words in result["msg"]
    assert changes(engine) == []
