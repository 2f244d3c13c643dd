# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action validate, in a real run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.plugins.fleets import SUBNET4, declared_lan
from tests.unit.plugins.playbook import Run, play

TASK = {
    "name": "Validate",
    "dockerlan.fleet.validate": {"lans": "{{ dockerlan_lans }}", "group": "docker_fleet"},
    "run_once": True,
}


def validate(folder: Path, *, task: Any = TASK, **host2: Any) -> Run:
    """Validate a fleet of two; ``host2`` are variables of the second host only."""
    common = {"dockerlan_lans": [declared_lan()]}
    return play(folder, {"host1": common, "host2": {**common, **host2}}, [task], "-v")


def test_a_right_declaration_is_silent_and_changes_nothing(tmp_path: Path) -> None:
    run = validate(tmp_path)
    assert run.code == 0, run.output
    assert run.results["Validate"]["host1"] == {"changed": False}


def test_variables_of_other_hosts_are_templated(tmp_path: Path) -> None:
    run = validate(tmp_path, link="en p3s0", dockerlan_parents={"office": "{{ link }}"})
    (problem,) = run.results["Validate"]["host1"]["problems"]
    assert problem["host"] == "host2"
    assert problem["problem"].startswith("dockerlan_parents.office: is 'en p3s0', expected the name of a link")


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"dockerlan_lans": [declared_lan(parent="eth1")]}, "host2: dockerlan_lans: differs from the declaration"),
        ({"dockerlan_slices": {"office": ["10.0.0.0/28"]}}, "host2: dockerlan_slices.office[0]: 10.0.0.0/28 is not in"),
        ({"dockerlan_parents": {"lab": "eth1"}}, "host2: dockerlan_parents.lab: there is no LAN of this name"),
    ],
)
def test_a_wrong_host_variable_is_refused_by_name(tmp_path: Path, variables: Any, words: str) -> None:
    run = validate(tmp_path, **variables)
    assert run.code != 0
    assert words in run.results["Validate"]["host1"]["msg"]


def test_a_wrong_lan_is_refused_with_all_problems(tmp_path: Path) -> None:
    lans = [declared_lan(driver="bridge", subnets=[{**SUBNET4, "gateway": "10.0.0.1"}])]
    run = play(tmp_path, {"host1": {"dockerlan_lans": lans}}, [TASK])
    result = run.results["Validate"]["host1"]
    assert run.code != 0
    assert len(result["problems"]) == 2
    assert result["msg"].splitlines()[1].startswith("- office: dockerlan_lans[0].driver: is 'bridge', expected one of")


def test_a_group_without_hosts_is_refused(tmp_path: Path) -> None:
    task = {**TASK, "dockerlan.fleet.validate": {"lans": "{{ dockerlan_lans }}", "group": "nobody"}}
    run = validate(tmp_path, task=task)
    assert "dockerlan_group: the inventory has no hosts in the group nobody" in run.results["Validate"]["host1"]["msg"]


def test_an_unknown_argument_is_refused(tmp_path: Path) -> None:
    run = validate(tmp_path, task={**TASK, "dockerlan.fleet.validate": {"lans": [], "groop": "x"}})
    assert run.code != 0
    assert "groop" in run.output


def with_arguments(**arguments: Any) -> dict[str, Any]:
    """Return the task with further arguments."""
    return {**TASK, "dockerlan.fleet.validate": {**TASK["dockerlan.fleet.validate"], **arguments}}


def test_right_expectations_and_assertions_are_silent(tmp_path: Path) -> None:
    expected = [{"network": "office", "from": "*/web-*", "expected": "blocked"}]
    task = with_arguments(
        expectations="{{ dockerlan_expectations }}", assertions=[{"that": "totals.no_data == `0`", "msg": "lost"}]
    )
    hosts = {
        host: {"dockerlan_lans": [declared_lan()], "dockerlan_expectations": expected} for host in ("host1", "host2")
    }
    run = play(tmp_path, hosts, [task], "-v")
    assert run.code == 0, run.output
    assert run.results["Validate"]["host1"] == {"changed": False}


def test_problems_of_lans_expectations_and_assertions_come_in_one_message(tmp_path: Path) -> None:
    wrong = [{"network": "lab", "expected": "open"}, {"network": "office", "expected": "shut"}]
    task = with_arguments(expectations=wrong, assertions=[{"that": "hosts[?"}])
    run = validate(tmp_path, task=task, dockerlan_parents={"lab": "eth1"})
    assert run.code != 0
    problems = [item["problem"] for item in run.results["Validate"]["host1"]["problems"]]
    starts = (
        "dockerlan_parents.lab: there is no LAN of this name",
        "dockerlan_expectations[0].network: there is no LAN named lab",
        "dockerlan_expectations[1].expected: is 'shut', expected open or blocked",
        "reachability_assertions[0].that: is 'hosts[?', which is no JMESPath expression",
    )
    assert [problem.startswith(start) for problem, start in zip(problems, starts, strict=True)] == [True] * 4


def test_expectations_that_differ_between_hosts_are_refused(tmp_path: Path) -> None:
    mine = [{"network": "office", "expected": "open"}]
    task = with_arguments(expectations=mine)
    run = validate(tmp_path, task=task, dockerlan_expectations=[{"network": "office", "expected": "blocked"}])
    problems = {item["host"]: item["problem"] for item in run.results["Validate"]["host1"]["problems"]}
    assert problems["host2"].startswith("dockerlan_expectations: differs from the declaration of the play")
