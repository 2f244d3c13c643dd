# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever was killed in whatever moment: down leaves nothing, and up starts anew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import cgroups, kernels, paths
from lab import state as states
from lab.processes import is_alive
from tests.integration.fleet import ROOT, lab_name, run_lab
from tests.integration.lab import traces
from tests.integration.lab.rig import Rig

LAB = Rig(lab_name("crash"))
SECONDS = 60
KINDS = ["native", "uml"]


@pytest.fixture(autouse=True)
def gone_afterwards() -> Iterator[None]:
    yield
    LAB.lab("down")


def up(kind: str) -> tuple[str, ...]:
    if kind == "native" and not kernels.creates("macvlan"):
        pytest.skip("the running kernel has no macvlan, so there are no native hosts to test with")
    return ("up", "--hosts", "2", "--kernel", kind)


def kill_hard(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def running(lab: str) -> states.State:
    state = states.load(lab)
    assert state is not None
    assert state.lan is not None
    return state


def victims(state: states.State, who: str) -> list[int]:
    """Return the pids to kill: the keeper of the LAN, the first process of a host, or all engines of the lab."""
    if who == "lan":
        assert state.lan is not None
        return [state.lan.pid]
    if who == "host":
        return [state.inits["host1"].pid]
    pids = cgroups.processes(state.cgroup_tops)
    return [pid for pid in pids if Path(f"/proc/{pid}/comm").read_text().strip() in ("dockerd", "linux.uml")]


@pytest.mark.parametrize("who", ["nobody", "lan", "host", "engine"])
@pytest.mark.parametrize("kind", KINDS)
def test_down_leaves_nothing(kind: str, who: str) -> None:
    LAB.lab(*up(kind))
    found = traces.of(LAB.name)
    assert found.left(), "the check sees a running lab"
    kill_hard(*([] if who == "nobody" else victims(running(LAB.name), who)))
    LAB.lab("down")
    assert found.left() == []
    assert not paths.default_inventory(LAB.name).exists()


def test_down_leaves_nothing_of_a_lab_whose_state_was_lost() -> None:
    LAB.lab(*up("native"))
    found = traces.of(LAB.name)
    (paths.state_directory(LAB.name) / "state.json").write_text("{")
    LAB.lab("down")
    assert found.left() == []


def test_up_removes_the_remains_of_a_dead_lab() -> None:
    LAB.lab(*up("native"))
    former = traces.of(LAB.name)
    kill_hard(*victims(running(LAB.name), "lan"))
    assert "removing the remains" in LAB.lab(*up("native"))
    assert not {process for process in former.processes if is_alive(process)}
    LAB.run_in("host2", "docker", "version")


def interrupted_up(kind: str, number: int, when: str) -> subprocess.CompletedProcess[str]:
    """Start ``up``, send a signal as soon as the state shows ``when`` (a host or "lan"), and wait for its end."""
    # A shell's background job ignores SIGINT, and so would everything that a test run starts there.
    command = ["env", "--default-signal=INT", sys.executable, "-m", "lab", *up(kind), "--name", LAB.name]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            state = states.load(LAB.name)
            if state is not None and (state.inits.get(when) if when != "lan" else state.count):
                break
            time.sleep(0.005)
        process.send_signal(number)
        output, errors = process.communicate(timeout=SECONDS)
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


@pytest.mark.parametrize("when", ["lan", "host1", "host2"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_up_leaves_nothing_after_down(kind: str, when: str) -> None:
    before = traces.links()
    assert interrupted_up(kind, signal.SIGKILL, when).returncode == -signal.SIGKILL
    LAB.lab("down")
    assert traces.Traces(LAB.name, frozenset(), frozenset(), frozenset(before)).left() == []


def test_a_killed_up_is_started_anew_by_the_next() -> None:
    interrupted_up("native", signal.SIGKILL, "host1")
    assert "removing the remains" in LAB.lab(*up("native"))
    LAB.run_in("host2", "docker", "version")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_up_cleans_up_by_itself(number: int, code: int) -> None:
    before = traces.links()
    done = interrupted_up("native", number, "host1")
    assert done.returncode == code, done.stdout + done.stderr
    assert traces.Traces(LAB.name, frozenset(), frozenset(), frozenset(before)).left() == []
    assert run_lab("exec", "--name", LAB.name, "host1", "--", "true").returncode == 1
