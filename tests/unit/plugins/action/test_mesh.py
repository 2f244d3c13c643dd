# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action mesh, in a real run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.plugins.experiments import observed, planned, seen
from tests.unit.plugins.fleets import container, declared_lan, host_facts
from tests.unit.plugins.playbook import UNREACHABLE, Run, play, play_all

MESH = {
    "name": "Mesh",
    "dockerlan.fleet.mesh": {"lans": "{{ dockerlan_lans }}", "facts_from": ["info", "asked"], "endpoints_per_host": 1},
    "run_once": True,
}
ASK = {"name": "Ask", "ansible.builtin.ping": None, "register": "asked"}
FACTS = {"name": "Facts", "ansible.builtin.set_fact": {"info": "{{ given }}"}}
FAIL = {"name": "Fail", "ansible.builtin.fail": {"msg": "oops"}, "when": "inventory_hostname == 'host2'"}


def variables(number: int, **more: Any) -> dict[str, Any]:
    rows = [container("c1", "office", f"192.168.56.{128 + number}", None)]
    return {"dockerlan_lans": [declared_lan()], "given": {"facts": host_facts(10 + number, endpoints=rows)}, **more}


def test_the_mesh_has_all_endpoints_of_all_hosts(tmp_path: Path) -> None:
    run = play(tmp_path, {"host1": variables(1), "host2": variables(2)}, [ASK, FACTS, MESH], "-v")
    assert run.code == 0, run.output
    mesh = run.results["Mesh"]["host1"]["mesh"]
    assert [end["id"] for end in mesh["endpoints"]] == ["host1", "host1/c1", "host2", "host2/c1"]


@pytest.mark.parametrize("always", [True, False])
def test_probe_endpoints_that_do_not_run_count_beside_others_where_they_are_always_started(
    tmp_path: Path, always: bool
) -> None:
    given = variables(1)
    given["given"]["facts"]["endpoints"] += [container("dockerlan-office-1", "office", None, None, running=False)]
    mesh = {**MESH, "dockerlan.fleet.mesh": {**MESH["dockerlan.fleet.mesh"], "endpoints_always": always}}
    run = play(tmp_path, {"host1": given}, [ASK, FACTS, mesh], "-v")
    assert run.code == 0, run.output
    assert len(run.results["Mesh"]["host1"]["mesh"]["stopped"]) == always


def test_a_limit_narrows_the_scope(tmp_path: Path) -> None:
    run = play(tmp_path, {"host1": variables(1), "host2": variables(2)}, [ASK, FACTS, MESH], "-v", "--limit", "host2")
    assert [host["name"] for host in run.results["Mesh"]["host2"]["mesh"]["hosts"]] == ["host2"]


def test_an_unreachable_host_is_lost_with_its_reason(tmp_path: Path) -> None:
    hosts = {"host1": variables(1), "host2": variables(2, **UNREACHABLE)}
    run = play(tmp_path, hosts, [ASK, FACTS, MESH], "-v")
    lost = run.results["Mesh"]["host1"]["mesh"]["hosts"][1]
    assert (lost["lost"], lost["reason"]) == (True, "host_down")
    assert "port 9" in lost["detail"]


def test_a_failed_host_is_lost_with_its_reason(tmp_path: Path) -> None:
    ask = {**ASK, "ansible.builtin.fail": {"msg": "start the engine"}, "when": "inventory_hostname == 'host2'"}
    del ask["ansible.builtin.ping"]
    run = play(tmp_path, {"host1": variables(1), "host2": variables(2)}, [ask, FACTS, MESH], "-v")
    lost = run.results["Mesh"]["host1"]["mesh"]["hosts"][1]
    assert (lost["reason"], lost["detail"]) == ("failed", "start the engine")


def test_a_host_that_failed_after_it_was_asked_is_lost(tmp_path: Path) -> None:
    run = play(tmp_path, {"host1": variables(1), "host2": variables(2)}, [ASK, FACTS, FAIL, MESH], "-v")
    lost = run.results["Mesh"]["host1"]["mesh"]["hosts"][1]
    assert (lost["reason"], lost["detail"]) == ("failed", "the host was lost after it had been asked")
    assert [end["lost"] for end in run.results["Mesh"]["host1"]["mesh"]["endpoints"]] == [False, False, True, True]


def test_a_host_that_was_lost_in_an_earlier_play_is_lost(tmp_path: Path) -> None:
    plays = [{"tasks": [ASK, FACTS, FAIL]}, {"tasks": [MESH]}]
    run = play_all(tmp_path, {"host1": variables(1), "host2": variables(2)}, plays, "-v")
    assert [host["lost"] for host in run.results["Mesh"]["host1"]["mesh"]["hosts"]] == [False, True]


def test_a_wrong_declaration_is_refused_here_too(tmp_path: Path) -> None:
    run = play(tmp_path, {"host1": variables(1, dockerlan_lans=[])}, [ASK, FACTS, MESH])
    assert run.results["Mesh"]["host1"]["msg"].startswith(
        "The declaration of the fleet is wrong:\n- dockerlan_lans: is []"
    )


def mesh_with(folder: Path, **arguments: Any) -> Run:
    """Make the mesh of two hosts with further arguments."""
    task = {**MESH, "dockerlan.fleet.mesh": {**MESH["dockerlan.fleet.mesh"], **arguments}}
    return play(folder, {"host1": variables(1), "host2": variables(2)}, [ASK, FACTS, task], "-v")


@pytest.mark.parametrize(
    ("arguments", "topology"),
    [
        # 12 of IPv4 between two hosts and their containers, 2 of IPv6 between the hosts: these are few in any topology.
        ({}, {"kind": "full", "neighbours": None, "asked": "auto", "pairs": 14, "limit": 200_000}),
        ({"topology": "hosts"}, {"kind": "hosts", "neighbours": None, "asked": "hosts", "pairs": 14, "limit": 200_000}),
        (
            {"topology": "ring", "neighbours": "1", "limit": "5"},
            {"kind": "ring", "neighbours": 1, "asked": "ring", "pairs": 14, "limit": 5},
        ),
    ],
)
def test_the_topology_is_what_was_asked_for(tmp_path: Path, arguments: Any, topology: Any) -> None:
    run = mesh_with(tmp_path, **arguments)
    assert run.code == 0, run.output
    assert run.results["Mesh"]["host1"]["mesh"]["topology"] == topology


@pytest.mark.parametrize("arguments", [{"topology": "star"}, {"limit": "many"}, {"neighbours": "few"}])
def test_a_wrong_argument_is_refused_by_name(tmp_path: Path, arguments: Any) -> None:
    run = mesh_with(tmp_path, **arguments)
    assert run.code != 0
    assert next(iter(arguments)) in run.output


def test_expectations_are_handed_on_with_all_keys(tmp_path: Path) -> None:
    run = mesh_with(tmp_path, expectations=[{"network": "office", "to": "*/c?", "expected": "open"}])
    assert run.results["Mesh"]["host1"]["mesh"]["expectations"] == [
        {
            "network": "office",
            "from": "*",
            "to": "*/c?",
            "relation": None,
            "to_network": "office",
            "expected": "open",
            "why": "dockerlan_expectations[0]",
        }
    ]


def test_a_wrong_expectation_is_refused_here_too(tmp_path: Path) -> None:
    run = mesh_with(tmp_path, expectations=[{"network": "lab", "expected": "open"}])
    assert run.code != 0
    assert "dockerlan_expectations[0].network: there is no LAN named lab" in run.results["Mesh"]["host1"]["msg"]


def experiment_mesh(folder: Path, **arguments: Any) -> Run:
    """Make the mesh of an experiment on two hosts, of which one was lost when it was built."""
    look = [seen(f"dockerlan-bridge-{number}", network="bridge", ipv4=f"172.17.0.{number + 1}") for number in (1, 2)]
    hosts = {
        host: {"given": {"facts": observed(look, number=number)}} for host, number in (("host1", 11), ("host2", 12))
    }
    build = {
        "name": "Build",
        "ansible.builtin.fail": {"msg": "no image"},
        "register": "built",
        "when": "inventory_hostname == 'host2'",
    }
    facts = {"name": "Facts", "ansible.builtin.set_fact": {"built": "{{ given }}"}}
    task = {"name": "Mesh", "dockerlan.fleet.mesh": {"facts_from": ["built"], **arguments}, "run_once": True}
    return play(folder, hosts, [build, facts, task], "-v")


def test_an_experiment_has_a_mesh_with_its_name(tmp_path: Path) -> None:
    run = experiment_mesh(tmp_path, experiment=planned("bridge"), topology="full")
    mesh = run.results["Mesh"]["host1"]["mesh"]
    assert (mesh["section"], mesh["topology"]["asked"]) == ("bridge", "full")
    assert [(end["id"], end["ipv4"], end["lost"]) for end in mesh["endpoints"]] == [
        ("host1", "192.168.56.11", False),
        ("host1/dockerlan-bridge-1", "172.17.0.2", False),
        ("host1/dockerlan-bridge-2", "172.17.0.3", False),
        ("host2", None, True),
        ("host2/dockerlan-bridge-1", None, True),
        ("host2/dockerlan-bridge-2", None, True),
    ]
    assert mesh["hosts"][1]["detail"] == "no image"


def test_an_experiment_with_wrong_lans_is_refused(tmp_path: Path) -> None:
    entry = planned("ipvlan-l2")
    entry["lans"][0]["driver"] = "bridge"
    run = experiment_mesh(tmp_path, experiment=entry)
    assert run.code != 0
    assert "The experiment is wrong:" in run.results["Mesh"]["host1"]["msg"]


def test_a_mesh_is_that_of_lans_or_of_an_experiment(tmp_path: Path) -> None:
    both = experiment_mesh(tmp_path, experiment=planned("bridge"), lans=[declared_lan()])
    neither = experiment_mesh(tmp_path)
    assert "mutually exclusive" in both.output
    assert "one of the following is required" in neither.output
