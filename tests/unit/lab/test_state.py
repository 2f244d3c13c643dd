# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state file, and the lock beside it."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab import paths
from lab import state as states
from lab.errors import LabError
from lab.processes import Process, identify
from lab.state import State

PROCESSES = st.builds(Process, pid=st.integers(min_value=1), start=st.integers(min_value=0))
NAMES = st.sampled_from(["host1", "host2", "host3"])
STATES = st.builds(
    State,
    name=st.just("t-unit"),
    checkout=st.text(),
    kernel=st.sampled_from(["native", "uml"]),
    engine=st.text(),
    count=st.integers(min_value=1, max_value=100),
    inventory=st.text(),
    cgroups=st.lists(st.text()),
    complete=st.booleans(),
    lan=st.none() | PROCESSES,
    inits=st.dictionaries(NAMES, PROCESSES),
    faults=st.dictionaries(NAMES, st.lists(st.text())),
    strangers=st.lists(st.lists(st.text())),
)


def state(**changes: object) -> State:
    return State("t-unit", "/checkout", "native", "debian13", 3, "/hosts.yml", [], **changes)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def run_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "RUN", tmp_path / "run")
    return tmp_path / "run"


@given(STATES)
def test_written_and_read_again_it_is_the_same(original: State) -> None:
    assert states.from_json(states.to_json(original)) == original


def test_save_and_load() -> None:
    states.save(state())
    assert states.load("t-unit") == state()
    assert states.names() == ["t-unit"]


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", '{"lan": null, "inits": {}, "age": 7}'])
def test_a_state_that_cannot_be_read_is_none(text: str | None, run_directory: Path) -> None:
    (run_directory / "t-unit").mkdir(parents=True)
    if text is not None:
        (run_directory / "t-unit" / "state.json").write_text(text)
    assert states.load("t-unit") is None


def test_a_lab_is_alive_when_it_was_finished_and_its_lan_lives() -> None:
    this = identify(os.getpid())
    assert state(complete=True, lan=this).is_alive()
    assert not state(complete=False, lan=this).is_alive()
    assert not state(complete=True, lan=Process(this.pid, this.start - 1)).is_alive()
    assert not state(complete=True).is_alive()


def test_what_to_do_about_a_dead_lab_is_said() -> None:
    with pytest.raises(LabError, match="python3 -m lab up --name t-unit"):
        states.load_alive("t-unit")
    with pytest.raises(LabError, match="python3 -m lab up --name t-unit"):
        state().lan_namespace()


def test_an_unknown_host_is_refused_with_those_there_are() -> None:
    with pytest.raises(LabError, match="host1 to host3"):
        state().host("host4")


def test_the_lock_keeps_a_second_command_out(run_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entered = threading.Event()

    def second() -> None:
        with states.locked("t-unit"):
            entered.set()

    with states.locked("t-unit"):
        (run_directory / "t-unit").mkdir()
        thread = threading.Thread(target=second)
        thread.start()
        assert not entered.wait(0.3)
    thread.join(5)
    assert entered.is_set()
    assert "waiting for it" in capsys.readouterr().out


def test_the_lock_of_a_lab_that_is_gone_leaves_nothing(run_directory: Path) -> None:
    with states.locked("t-unit"):
        pass
    assert not run_directory.exists()


def test_whoever_waited_for_a_removed_lock_takes_a_new_one(run_directory: Path) -> None:
    inside: list[int] = []

    def work() -> None:
        for _ in range(20):
            with states.locked("t-unit"):
                inside.append(1)
                time.sleep(0.001)
                assert len(inside) == 1
                inside.pop()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for _ in range(4)]:
            done.result(timeout=20)
    assert not run_directory.exists()
