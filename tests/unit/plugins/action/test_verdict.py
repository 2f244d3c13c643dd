# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action verdict, in a real run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._facts import Loss

from tests.unit.plugins.fleets import filtering_wire, fleet_mesh, probe
from tests.unit.plugins.playbook import Run, play

DOWN = {"host3": Loss("host_down", "no route")}


def judge(folder: Path, mesh: Any, results: Any, **arguments: Any) -> Run:
    """Judge results that the hosts bring with them."""
    hosts = {
        host["name"]: {"given": results.get(host["name"], {"failed": True, "msg": "boom"})} for host in mesh["hosts"]
    }
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
    mesh = fleet_mesh()
    run = judge(tmp_path, mesh, probe(mesh))
    assert run.code == 0, run.output
    result = run.results["Judge"]["host1"]
    assert (result["verdict"], result["totals"]["as_expected"], result["causes"]) == ("pass", 144, [])
    assert result["msg"] == "Reachability: pass: all 144 pairs are as expected (3 hosts, 9 endpoints)."


def test_anything_unexpected_fails_with_numbers_causes_and_cures(tmp_path: Path) -> None:
    mesh = fleet_mesh(driver="macvlan")
    run = judge(tmp_path, mesh, probe(mesh, filtering_wire("host2")), allow_no_data=True)
    assert run.code == 2
    msg = run.results["Judge"]["host1"]["msg"]
    assert "of 144 pairs, 48 are blocked though they must be open" in msg
    assert "promiscuous mode" in msg


@pytest.mark.parametrize(("allowed", "code"), [(False, 2), (True, 0)])
def test_missing_data_fails_unless_it_is_allowed(tmp_path: Path, allowed: bool, code: int) -> None:
    mesh = fleet_mesh(lost=DOWN)
    run = judge(tmp_path, mesh, probe(mesh), allow_no_data=allowed)
    assert run.code == code, run.output
    result = run.results["Judge"]["host1"]
    assert (result["verdict"], result["totals"]["no_data"]) == ("incomplete", 84)
    assert "- Lost: host3 (host_down): no route" in result["msg"]


def test_a_host_whose_probing_failed_has_no_data(tmp_path: Path) -> None:
    mesh = fleet_mesh()
    results = {host: result for host, result in probe(mesh).items() if host != "host2"}
    run = judge(tmp_path, mesh, results)
    assert run.code == 2
    assert "- Lost: host2 (failed): boom" in run.results["Judge"]["host1"]["msg"]


def test_an_argument_of_the_wrong_type_is_refused(tmp_path: Path) -> None:
    mesh = fleet_mesh(["host1"])
    run = judge(tmp_path, mesh, probe(mesh), allow_no_data="perhaps")
    assert run.code == 2
    assert "allow_no_data" in run.output
