# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real runs that end early, or go another way than straight on: each has its report, and that says what is missing."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.unit.plugins.handed_out import HOST_INFO, MESH, PING_MESH, collection, hand_out, results_of
from tests.unit.plugins.playbook import Run, environment_of, play_all, prepare, report_in
from tests.unit.plugins.simulation import Faults, Fleet

ASK = {"name": "Ask", HOST_INFO: {}}
FIND = {"name": "Find", MESH: {}, "run_once": True}
PING = {"name": "Ping", PING_MESH: {}}
# Leaves a file for each host, so that nobody interrupts ansible while it starts a worker: that it may not survive.
WAIT = {"name": "Wait", "ansible.builtin.shell": "touch {{ handed_out }}/waiting-{{ inventory_hostname }}; sleep 100"}
LATER = {"name": "Go on", "ansible.builtin.debug": {"msg": "x"}}
TASKS = [ASK, FIND, PING]
FLEET = Fleet()
SECONDS = 60
NEVER = 100


class Scene:
    """A folder with the collection and the results that its tasks hand out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.results = folder / "results"
        self.collections = collection(folder)

    def hosts(self, fleet: Fleet = FLEET, **more: Mapping[str, Any]) -> dict[str, Any]:
        """Return the inventory; ``more`` are variables by host."""
        return {host: {"handed_out": str(self.results), **more.get(host, {})} for host in fleet.hosts}

    def run(self, plays: Sequence[Any], *arguments: str, **more: Any) -> Run:
        """Run plays to their end."""
        environment = {"ANSIBLE_COLLECTIONS_PATH": str(self.collections)}
        return play_all(self.folder, self.hosts(), plays, *arguments, environment=environment, **more)

    def interrupt(self, plays: Sequence[Any], waiting: str, **more: Mapping[str, Any]) -> Run:
        """Press Ctrl-C when the hosts ``waiting`` wait, and the others have answered; ``more`` are variables."""
        command = prepare(self.folder, self.hosts(**more), plays)
        environment = {**environment_of(self.folder), "ANSIBLE_COLLECTIONS_PATH": str(self.collections)}
        log = self.folder / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**environment, "PYTHONUNBUFFERED": "1"},
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            _wait_until(lambda: self._is_waiting(waiting.split(), log.read_text(encoding="utf-8")))
            # Like a terminal, which tells the workers as well.
            os.killpg(process.pid, signal.SIGINT)
            process.wait(SECONDS)
        finally:
            process.kill()
            process.wait()
        return Run(process.returncode, log.read_text(encoding="utf-8"), {}, report_in(self.folder))

    def _is_waiting(self, hosts: Sequence[str], log: str) -> bool:
        task = log.rpartition("TASK [")[2]
        answered = all(f"ok: [{host}]" in task for host in FLEET.hosts if host not in hosts)
        return answered and all((self.results / f"waiting-{host}").exists() for host in hosts)


def _wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Return a scene in which all is well."""
    made = Scene(tmp_path)
    hand_out(made.results, results_of(FLEET))
    return made


def details(run: Run) -> dict[str, str | None]:
    """Return why each host of the report is lost; the report must have been made once."""
    assert run.report is not None, run.output
    assert run.output.count("REACHABILITY") == 1, run.output
    return {host["name"]: host["detail"] for host in run.report["hosts"]}


def data_from(run: Run) -> set[str]:
    """Return the hosts that brought data."""
    assert run.report is not None
    ends = run.report["endpoints"]
    rows = [row for block in run.report["matrix"] for row in block["rows"]]
    return {ends[row["source"]]["host"] for row in rows if set(row["signs"]) - set("?~")}


def test_a_run_of_prepared_results_passes(scene: Scene) -> None:
    run = scene.run([{"tasks": TASKS}])
    assert run.code == 0, run.output
    assert details(run) == {"host1": None, "host2": None, "host3": None}
    assert (run.report or {})["verdict"] == "pass"


def test_ctrl_c_leaves_a_report_that_names_who_has_not_been_asked(scene: Scene) -> None:
    run = scene.interrupt([{"tasks": TASKS}], "host2", host2={"answers_after": NEVER})
    assert run.code == 99, run.output
    assert details(run) == {"host1": None, "host2": "the run was interrupted before ping_mesh", "host3": None}
    assert data_from(run) == {"host1", "host3"}
    assert (run.report or {})["verdict"] == "incomplete"


def test_ctrl_c_keeps_what_has_been_brought(scene: Scene) -> None:
    run = scene.interrupt([{"tasks": TASKS}, {"tasks": [WAIT]}], "host1 host2 host3")
    assert details(run) == {"host1": None, "host2": None, "host3": None}
    assert (run.report or {})["verdict"] == "pass"


def test_ctrl_c_before_the_mesh_names_all_hosts(scene: Scene) -> None:
    run = scene.interrupt([{"tasks": [ASK, WAIT, FIND]}], "host1 host2 host3")
    assert set(details(run).items()) == {
        (host, "the run was interrupted before the mesh was made") for host in FLEET.hosts
    }
    assert (run.report or {})["matrix"] == []


def test_ctrl_c_in_a_run_of_something_else_leaves_no_report(scene: Scene) -> None:
    run = scene.interrupt([{"tasks": [{"ansible.builtin.ping": None}, WAIT]}], "host1 host2 host3")
    assert run.code == 99, run.output
    assert run.report is None
    assert "REACHABILITY" not in run.output


@pytest.mark.parametrize("abort", [{"max_fail_percentage": 0}, {"any_errors_fatal": True}])
@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_a_host_that_fails_ends_the_run_and_is_named(scene: Scene, abort: Any, strategy: str) -> None:
    hand_out(scene.results, {"ping_mesh-host2": {"failed": True, "msg": "boom"}})
    run = scene.run([{"tasks": [ASK, FIND]}, {"strategy": strategy, **abort, "tasks": [PING, LATER]}])
    assert run.code != 0
    assert ("TASK [Go on]" in run.output) == (strategy == "free")
    assert details(run)["host2"] == "Ping: boom"
    if strategy == "linear":
        assert data_from(run) == {"host1", "host3"}


def test_a_host_that_becomes_unreachable_is_named(scene: Scene) -> None:
    hand_out(scene.results, {"ping_mesh-host2": {"unreachable": True, "msg": "no route"}})
    run = scene.run([{"tasks": TASKS}])
    assert details(run)["host2"] == "Ping: no route"
    assert data_from(run) == {"host1", "host3"}


def test_a_failing_batch_names_the_hosts_of_later_ones(scene: Scene) -> None:
    later = {"host2": ("failed", "?"), "host3": ("failed", "?")}
    hand_out(scene.results, results_of(FLEET, Faults(lost=later)))
    hand_out(scene.results, {"ping_mesh-host1": {"failed": True, "msg": "boom"}})
    run = scene.run([{"serial": 1, "tasks": TASKS}])
    asked = "the run ended before this host was asked"
    assert details(run) == {"host1": "Ping: boom", "host2": asked, "host3": asked}


def batches(scene: Scene) -> None:
    """Hand out what a play with serial=1 sees: each batch knows its host and those before it."""
    for number, host in enumerate(FLEET.hosts, 1):
        found = results_of(FLEET, Faults(lost=dict.fromkeys(FLEET.hosts[number:], ("failed", "?"))))
        hand_out(scene.results, {f"mesh-{host}": found["mesh"], f"ping_mesh-{host}": found[f"ping_mesh-{host}"]})


def test_serial_batches_are_merged_and_what_they_could_not_see_is_said(scene: Scene) -> None:
    batches(scene)
    run = scene.run([{"serial": 1, "tasks": TASKS}])
    assert details(run) == {"host1": None, "host2": None, "host3": None}
    totals = (run.report or {})["totals"]
    # From host1 to itself (12), from host2 to host1 and itself, from host3 to all: 2 families of 9 endpoints.
    assert (totals["as_expected"], totals["no_data"]) == (12 + 30 + 48, 36 + 18)
    assert data_from(run) == {"host1", "host2", "host3"}
    assert "Some hosts pinged before all others were known" in run.output
    said = [line for cause in (run.report or {})["causes"] for line in cause["evidence"]]
    assert any("in an earlier batch of the play" in line for line in said)


def test_hosts_that_make_their_own_mesh_are_merged(scene: Scene) -> None:
    batches(scene)
    run = scene.run([{"strategy": "free", "tasks": TASKS}])
    totals = (run.report or {})["totals"]
    assert (totals["as_expected"], totals["no_data"]) == (12 + 30 + 48, 36 + 18)
    assert details(run) == {"host1": None, "host2": None, "host3": None}


def test_an_error_that_ends_ansible_in_a_later_play_leaves_the_report(scene: Scene) -> None:
    run = scene.run([{"tasks": TASKS}, {"hosts": "{{ no_such_variable }}", "tasks": []}])
    assert run.code not in (0, 99)
    assert details(run) == {"host1": None, "host2": None, "host3": None}
    assert (run.report or {})["verdict"] == "pass"


@pytest.mark.parametrize("way", ["ignored", "rescued"])
def test_pings_that_failed_without_consequence_are_no_data_with_their_message(scene: Scene, way: str) -> None:
    hand_out(scene.results, {"ping_mesh-host2": {"failed": True, "msg": "boom"}})
    rescued = {"block": [PING], "rescue": [{"ansible.builtin.debug": {"msg": "so what"}}]}
    task = rescued if way == "rescued" else {**PING, "ignore_errors": True}
    run = scene.run([{"tasks": [ASK, FIND, task]}])
    assert run.code == 0, run.output
    assert details(run) == {"host1": None, "host2": "Ping: boom", "host3": None}
    assert (run.report or {})["verdict"] == "incomplete"


def test_two_playbooks_of_one_run_have_one_report_each_that_has_something_to_tell(scene: Scene) -> None:
    (scene.folder / "other.yml").write_text('[{"hosts": "all", "gather_facts": false, "tasks": []}]', encoding="utf-8")
    run = scene.run([{"tasks": TASKS}], "other.yml")
    assert run.code == 0, run.output
    assert details(run) == {"host1": None, "host2": None, "host3": None}


def test_the_same_run_twice_gives_the_same_files(scene: Scene) -> None:
    contents = []
    for _number in range(2):
        scene.run([{"tasks": TASKS}], "-e", "dockerlan_report_formats=json,html,markdown,junit,prometheus")
        files = sorted((scene.folder / "reports").iterdir())
        contents.append({file.name: file.read_text(encoding="utf-8") for file in files})
        for file in files:
            file.unlink()
        # The times of the two reports must differ, for the test to be about anything.
        time.sleep(1)
    assert len(contents[0]) == 5
    assert contents[0] != contents[1]
    assert _timeless(contents[0]) == _timeless(contents[1])


def _timeless(contents: Mapping[str, str]) -> dict[str, str]:
    """Return the files without the time of the report, which each of them writes in its own way."""
    stamp = datetime.fromisoformat(json.loads(contents["reachability.json"])["generated_at"])
    written = [stamp.strftime(form) for form in ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")]
    times = "|".join([*written, str(int(stamp.timestamp()))])
    return {name: re.sub(times, "?", text) for name, text in contents.items()}
