# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action verdict, in a real run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.plugins.experiments import eth0, observed, planned, seen
from tests.unit.plugins.playbook import Run, play
from tests.unit.plugins.simulation import HEALTHY, Faults, Fleet, mesh_of, probe

DOWN = Faults(lost={"host3": ("host_down", "no route")})


def judge(folder: Path, fleet: Fleet, faults: Faults = HEALTHY, **arguments: Any) -> Run:
    """Judge results that the hosts bring with them."""
    mesh = mesh_of(fleet, faults)
    results = probe(fleet, faults, mesh)
    hosts = {host: {"given": results.get(host)} for host in fleet.hosts}
    tasks = [
        {"name": "Records", "ansible.builtin.set_fact": {"records": "{{ given }}"}},
        {
            "name": "Judge",
            "dockerlan.fleet.verdict": {"mesh": mesh, "results_from": "records", **arguments},
            "run_once": True,
        },
    ]
    return play(folder, hosts, tasks, "-v")


def test_a_healthy_fleet_passes(tmp_path: Path) -> None:
    run = judge(tmp_path, Fleet())
    assert run.code == 0, run.output
    result = run.results["Judge"]["host1"]
    assert (result["verdict"], result["totals"]["as_expected"], result["causes"]) == ("pass", 144, [])
    assert result["msg"] == "Reachability: pass: all 144 pairs are as expected (3 hosts, 9 endpoints)."
    assert result["checks"] == []


def test_anything_unexpected_fails_with_numbers_causes_and_cures(tmp_path: Path) -> None:
    run = judge(tmp_path, Fleet(), Faults(filtered=frozenset({"host2"})), allow_no_data=True)
    assert run.code == 2
    msg = run.results["Judge"]["host1"]["msg"]
    assert "of 144 pairs, 48 are blocked though they must be open" in msg
    assert "promiscuous mode" in msg


@pytest.mark.parametrize(("allowed", "code"), [(False, 2), (True, 0)])
def test_missing_data_fails_unless_it_is_allowed(tmp_path: Path, allowed: bool, code: int) -> None:
    run = judge(tmp_path, Fleet(), DOWN, allow_no_data=allowed)
    assert run.code == code, run.output
    result = run.results["Judge"]["host1"]
    assert (result["verdict"], result["totals"]["no_data"]) == ("incomplete", 84)
    assert "- Lost: host3 (host_down): no route" in result["msg"]


def test_a_failed_check_fails_although_every_pair_is_as_expected(tmp_path: Path) -> None:
    run = judge(tmp_path, Fleet(), Faults(mtu={"host2": 1450}))
    assert run.code == 2
    result = run.results["Judge"]["host1"]
    assert result["totals"]["as_expected"] == result["totals"]["pairs"]
    assert "host2: eth0 has the MTU 1450" in result["msg"]


def test_a_host_whose_probing_failed_has_no_data(tmp_path: Path) -> None:
    run = judge(tmp_path, Fleet(), Faults(dies={"host2": {"failed": True, "msg": "boom"}}))
    assert run.code == 2
    assert "- Lost: host2 (failed): boom" in run.results["Judge"]["host1"]["msg"]


def test_assertions_that_hold_pass_and_are_told(tmp_path: Path) -> None:
    run = judge(tmp_path, Fleet(hosts=("host1",)), assertions=[{"that": "length(hosts) == `1`"}])
    assert run.code == 0, run.output
    (row,) = run.results["Judge"]["host1"]["checks"]
    assert (row["kind"], row["status"], row["detail"]) == ("assertion", "pass", "length(hosts) == `1`")


def test_an_assertion_that_does_not_hold_fails_with_its_message_also_in_the_report(tmp_path: Path) -> None:
    demand = {"that": "length(hosts) > `1`", "msg": "one host is no fleet"}
    run = judge(tmp_path, Fleet(hosts=("host1",)), assertions=[demand])
    assert run.code == 2
    assert "- Failed check: assertion: one host is no fleet" in run.results["Judge"]["host1"]["msg"]


def test_an_assertion_that_cannot_be_read_is_refused_before_anything_is_judged(tmp_path: Path) -> None:
    run = judge(tmp_path, Fleet(hosts=("host1",)), assertions=[{"that": "hosts[?"}, {"this": 1}])
    assert run.code == 2
    result = run.results["Judge"]["host1"]
    assert "verdict" not in result
    assert "assertions[0].that" in result["msg"]
    assert "assertions[1].this" in result["msg"]


def judge_mode(folder: Path, links: list[str], look: list[Any], **arguments: Any) -> Run:
    """Judge an experiment of two hosts, on which the same was seen, and the same links were left."""
    fleet = Fleet(hosts=("host1", "host2"))
    mesh = {**mesh_of(fleet), "section": "none"}
    results = probe(fleet, HEALTHY, mesh)
    hosts = {
        host: {"given": results[host], "built": {"facts": observed(look)}, "gone": {"links": links}}
        for host in fleet.hosts
    }
    registering = {"records": "{{ given }}", "seen": "{{ built }}", "removed": "{{ gone }}"}
    judging = {"mesh": mesh, "results_from": "records", "removed_from": "removed", **arguments}
    tasks = [
        {"name": "Register", "ansible.builtin.set_fact": registering},
        {"name": "Judge", "dockerlan.fleet.verdict": judging, "run_once": True},
    ]
    return play(folder, hosts, tasks, "-v")


def test_what_an_experiment_shows_is_judged_and_its_name_begins_the_message(tmp_path: Path) -> None:
    look = [seen("dockerlan-none-1"), seen("dockerlan-none-2", eth0("172.17.0.2/16"))]
    demand = {"that": "length(checks[?kind == 'mode']) == `4`"}
    run = judge_mode(tmp_path, [], look, experiment=planned("none"), facts_from="seen", assertions=[demand])
    assert run.code == 2
    result = run.results["Judge"]["host1"]
    assert [(row["kind"], row["status"], row["host"]) for row in result["checks"]] == [
        ("mode", "pass", "host1"),
        ("mode", "fail", "host1"),
        ("mode", "pass", "host2"),
        ("mode", "fail", "host2"),
        ("assertion", "pass", None),
    ]
    assert result["totals"]["failed_checks"] == 2
    assert result["msg"].startswith("none: Reachability: fail: ")
    assert "dockerlan-none-2 has eth0 (172.17.0.2/16), expected only lo" in result["msg"]


def test_links_that_are_left_of_an_experiment_are_told(tmp_path: Path) -> None:
    run = judge_mode(tmp_path, ["eth0.21"], [], experiment=planned("vlan"), facts_from=["seen"])
    details = [row["detail"] for row in run.results["Judge"]["host1"]["checks"]]
    assert "eth0.21 is still there without its network" in details
    assert "Docker removed eth0.22 with its network" in details


def test_the_facts_of_an_experiment_must_be_named(tmp_path: Path) -> None:
    run = judge_mode(tmp_path, [], [], experiment=planned("none"))
    assert run.code == 2
    assert "facts_from" in run.output


def test_an_argument_of_the_wrong_type_is_refused(tmp_path: Path) -> None:
    run = judge(tmp_path, Fleet(hosts=("host1",)), allow_no_data="perhaps")
    assert run.code == 2
    assert "allow_no_data" in run.output
