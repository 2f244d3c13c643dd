# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback: fed with real results of real tasks, and enabled in real runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.executor.stats import AggregateStats
from ansible.executor.task_result import CallbackTaskResult
from ansible.inventory.host import Host
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from ansible.plugins.loader import callback_loader
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._collector import Collector

from tests.unit.plugins.fleets import declared_lan, host_facts
from tests.unit.plugins.playbook import UNREACHABLE, play, play_all
from tests.unit.plugins.simulation import HEALTHY, Faults, Fleet, mesh_of, probe

MESH = "dockerlan.fleet.mesh"
PING_MESH = "dockerlan.fleet.ping_mesh"


class Driver:
    """The callback, called as a strategy calls it."""

    def __init__(self, folder: Path) -> None:
        self.callback: Any = callback_loader.get("dockerlan.fleet.reachability")
        self.callback.set_options(direct={"report_dir": str(folder), "formats": ["json"]})
        self.stats = AggregateStats()
        self.report = folder / "reachability.json"

    def result(self, host: str, action: str, data: Any) -> CallbackTaskResult:
        """Return the result of a task of this action."""
        task = Task.load({"name": f"Task {action}", action: {}}, loader=DataLoader())
        return CallbackTaskResult(Host(host), task, data, {})

    def ok(self, host: str, action: str, data: Any) -> None:
        """Let a task succeed."""
        self.callback.v2_runner_on_ok(self.result(host, action, data))
        self.stats.increment("ok", host)

    def failed(self, host: str, action: str, data: Any, *, ignored: bool = False) -> None:
        """Let a task fail."""
        self.callback.v2_runner_on_failed(self.result(host, action, {"failed": True, **data}), ignore_errors=ignored)
        self.stats.increment("ignored" if ignored else "failures", host)

    def unreachable(self, host: str, action: str, data: Any, *, ignored: bool = False) -> None:
        """Let a host be unreachable."""
        result = self.result(host, action, {"unreachable": True, **data})
        result.task.ignore_unreachable = ignored
        self.callback.v2_runner_on_unreachable(result)
        self.stats.increment("skipped" if ignored else "dark", host)

    def end(self) -> Any:
        """End the run; return the report that was written, or None."""
        self.callback.v2_playbook_on_stats(self.stats)
        return json.loads(self.report.read_text(encoding="utf-8")) if self.report.exists() else None


@pytest.fixture
def driver(tmp_path: Path) -> Driver:
    """Return a callback that writes into a folder that does not exist yet."""
    return Driver(tmp_path / "reports")


def observe(driver: Driver, fleet: Fleet, faults: Faults = HEALTHY, *, without: str = "") -> None:
    mesh = mesh_of(fleet, faults)
    driver.ok("host1", MESH, {"mesh": mesh})
    for host, result in probe(fleet, faults, mesh).items():
        if host != without:
            driver.ok(host, PING_MESH, result)


def test_the_matrix_is_printed_and_the_report_is_written(driver: Driver, capsys: Any) -> None:
    observe(driver, Fleet(), Faults(filtered=frozenset({"host2"})))
    report = driver.end()
    assert (report["verdict"], report["totals"]["unexpected_blocked"]) == ("fail", 48)
    assert [path.name for path in driver.report.parent.iterdir()] == ["reachability.json"]
    printed = capsys.readouterr().out
    assert "FAIL: of 144 pairs" in printed
    assert f"Report: {driver.report}" in printed


def test_a_host_that_is_lost_while_probing_is_named_with_its_message(driver: Driver) -> None:
    observe(driver, Fleet(), without="host3")
    driver.unreachable("host3", PING_MESH, {"msg": "no route"})
    report = driver.end()
    assert report["hosts"][2]["reason"] == "host_down"
    assert report["hosts"][2]["detail"] == f"Task {PING_MESH}: no route"
    assert report["verdict"] == "incomplete"


def test_the_assertions_of_the_verdict_are_printed_without_being_judged_again(driver: Driver, capsys: Any) -> None:
    observe(driver, Fleet())
    row = {"kind": "assertion", "status": "fail", "network": None, "host": None, "family": None, "source": None}
    rows = [{**row, "target": None, "detail": "the LAN is slow", "cause": None}]
    driver.failed("host1", "dockerlan.fleet.verdict", {"msg": "no", "checks": rows})
    assert driver.end()["checks"][-1] == rows[0]
    assert "the LAN is slow" in capsys.readouterr().out


def test_an_ignored_failure_is_no_loss(driver: Driver) -> None:
    driver.failed("host1", PING_MESH, {"msg": "boom"}, ignored=True)
    assert driver.end() is None


def test_an_ignored_failure_is_not_why_a_host_was_lost_later(driver: Driver) -> None:
    driver.failed("host1", PING_MESH, {"msg": "ignored"}, ignored=True)
    driver.unreachable("host1", PING_MESH, {"msg": "no route"})
    assert driver.end()["hosts"][0]["detail"] == f"Task {PING_MESH}: no route"


def test_an_ignored_silence_is_not_why_a_host_was_lost_later(driver: Driver) -> None:
    driver.unreachable("host1", PING_MESH, {"msg": "ignored"}, ignored=True)
    driver.failed("host1", PING_MESH, {"msg": "boom"})
    assert driver.end()["hosts"][0]["detail"] == f"Task {PING_MESH}: boom"


def test_an_unwritable_folder_is_a_warning_and_nothing_else(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "file").touch()
    driver = Driver(tmp_path / "file" / "reports")
    observe(driver, Fleet(hosts=("host1", "host2")))
    driver.callback.v2_playbook_on_stats(driver.stats)
    captured = capsys.readouterr()
    assert "PASS: " in captured.out
    warning = " ".join(captured.err.split())
    assert f"was not written to {tmp_path}/file/reports/reachability.json: Not a directory. Move away" in warning
    assert captured.err.count("WARNING") == 1


def test_an_older_report_is_replaced_as_a_whole(driver: Driver) -> None:
    driver.report.parent.mkdir()
    driver.report.write_text("x" * 10**6, encoding="utf-8")
    observe(driver, Fleet())
    assert driver.end()["verdict"] == "pass"


FACTS = {"name": "Facts", "ansible.builtin.set_fact": {"info": "{{ given }}"}}
FIND = {"name": "Mesh", MESH: {"lans": "{{ dockerlan_lans }}", "facts_from": "info"}, "run_once": True}
# Fails on every host, for want of its arguments, before it contacts anything.
BROKEN = {"name": "Ask", "dockerlan.fleet.host_info": {"no_such_argument": True}}


def variables(number: int, **more: Any) -> dict[str, Any]:
    return {"dockerlan_lans": [declared_lan()], "given": {"facts": host_facts(10 + number)}, **more}


TWO = {"host1": variables(1), "host2": variables(2)}


@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_a_real_run_writes_its_report(tmp_path: Path, strategy: str) -> None:
    run = play_all(tmp_path, TWO, [{"tasks": [FACTS]}, {"strategy": strategy, "tasks": [FIND]}])
    assert run.code == 0, run.output
    assert run.report is not None
    assert run.report["totals"] == {
        "pairs": 4,
        "as_expected": 0,
        "unexpected_blocked": 0,
        "unexpected_open": 0,
        "no_data": 4,
        "failed_checks": 0,
    }
    assert "REACHABILITY" in run.output


def test_a_run_that_ended_before_the_mesh_has_a_report_of_its_lost_hosts(tmp_path: Path) -> None:
    run = play(tmp_path, {"host1": UNREACHABLE, "host2": {}}, [BROKEN])
    assert run.code != 0
    assert run.report is not None
    assert (run.report["verdict"], run.report["matrix"]) == ("incomplete", [])
    assert {host["name"]: host["reason"] for host in run.report["hosts"]} == {"host1": "host_down", "host2": "failed"}
    assert "INCOMPLETE: no pair was probed" in run.output


REMOVE = {"name": "Remove", "dockerlan.fleet.network": {"no_such_argument": True}}


@pytest.mark.parametrize(("task", "arguments"), [(BROKEN, ["--check"]), (REMOVE, [])])
def test_a_dry_run_and_a_teardown_leave_the_last_report(tmp_path: Path, task: Any, arguments: list[str]) -> None:
    run = play(tmp_path, {"host1": UNREACHABLE, "host2": {}}, [task], *arguments)
    assert run.code != 0
    assert run.report is None
    assert "REACHABILITY" not in run.output


def test_why_an_item_of_a_loop_failed_is_told(tmp_path: Path) -> None:
    fail = {"name": "Start", "ansible.builtin.fail": {"msg": "{{ item }} is busy"}, "loop": ["eth0", "eth0", "eth1"]}
    run = play(tmp_path, TWO, [FACTS, FIND, fail])
    assert run.report is not None, run.output
    assert {host["detail"] for host in run.report["hosts"]} == {"Start: eth0 is busy; eth1 is busy"}


def test_a_rescued_failure_is_not_reported(tmp_path: Path) -> None:
    block = {"block": [BROKEN], "rescue": [{"ansible.builtin.ping": None}]}
    run = play(tmp_path, {"host1": {}}, [block])
    assert run.code == 0, run.output
    assert run.report is None


@pytest.mark.parametrize("task", [{"ansible.builtin.ping": None}, {"ansible.builtin.fail": None}])
def test_a_run_of_something_else_is_left_alone(tmp_path: Path, task: Any) -> None:
    run = play(tmp_path, {"host1": {}}, [task])
    assert run.report is None
    assert "REACHABILITY" not in run.output


def test_a_limit_narrows_the_report(tmp_path: Path) -> None:
    run = play(tmp_path, TWO, [FACTS, FIND], "--limit", "host2")
    assert run.report is not None, run.output
    assert [host["name"] for host in run.report["hosts"]] == ["host2"]


def test_what_cannot_be_made_is_said_with_the_reason(driver: Driver, capsys: Any, monkeypatch: Any) -> None:
    def broken(*_args: Any, **_more: Any) -> None:
        raise KeyError("endpoints")

    observe(driver, Fleet())
    monkeypatch.setattr(Collector, "report", broken)
    assert driver.end() is None
    captured = capsys.readouterr()
    assert "The reachability report was not made, this is a bug: KeyError: 'endpoints'." in _unwrapped(captured.err)


def test_a_result_that_cannot_be_read_costs_its_host_only(driver: Driver, capsys: Any) -> None:
    observe(driver, Fleet(), without="host3")
    driver.callback.v2_runner_on_ok(driver.result("host3", PING_MESH, None))
    assert [host["lost"] for host in driver.end()["hosts"]] == [False, False, True]
    assert "The reachability report lacks a result of host3: AttributeError" in _unwrapped(capsys.readouterr().err)


def _unwrapped(text: str) -> str:
    return " ".join(text.split())
