# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plan, in a real run."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.dockerlan.fleet.plugins.modules.wire_check import TARGET_OPTIONS
from ansible_collections.dockerlan.fleet.plugins.plugin_utils import _host_plan

from tests.unit.plugins.fleets import container, declared_lan, host_facts
from tests.unit.plugins.planning import OFFICE4, macvlan_office, office, old, unfinished
from tests.unit.plugins.playbook import ROOT, UNREACHABLE, Run, play

TASKS = [
    {"name": "Ask", "ansible.builtin.ping": None, "register": "asked"},
    {"name": "Facts", "ansible.builtin.set_fact": {"info": "{{ given }}"}, "when": "given is defined"},
    {
        "name": "Plan",
        "dockerlan.fleet.plan": {"lans": "{{ dockerlan_lans }}", "group": "docker_fleet", "facts_from": "info"},
        "run_once": True,
    },
]


def variables(number: int, **facts: Any) -> dict[str, Any]:
    return {"dockerlan_lans": [declared_lan()], "given": {"facts": host_facts(10 + number, **facts)}}


def plan(folder: Path, *arguments: str, **changes: Any) -> Run:
    """Plan a fleet of three; ``changes`` are further variables by host."""
    hosts = {f"host{number}": variables(number) for number in (1, 2, 3)}
    return play(
        folder, {host: {**mine, **changes.get(host, {})} for host, mine in hosts.items()}, TASKS, "-v", *arguments
    )


def test_the_plan_has_a_slice_for_every_host(tmp_path: Path) -> None:
    run = plan(tmp_path)
    assert run.code == 0, run.output
    result = run.results["Plan"]["host1"]
    assert result["changed"]
    assert [hosts["actions"][0]["slices"][0] for hosts in result["hosts"].values()] == [
        "192.168.56.128/28",
        "192.168.56.144/28",
        "192.168.56.160/28",
    ]
    assert len(result["summary"]) == 3


def test_check_mode_shows_the_same_plan(tmp_path: Path) -> None:
    real, checked = plan(tmp_path), plan(tmp_path, "--check")
    assert checked.code == 0, checked.output
    assert checked.results["Plan"]["host1"] == real.results["Plan"]["host1"]


def test_the_diff_is_shown(tmp_path: Path) -> None:
    run = plan(tmp_path, "--diff")
    assert "+++ after: networks of host2" in run.output
    assert '+        "ip_range": "192.168.56.144/28",' in run.output


def test_a_limit_is_refused_while_the_others_are_unknown(tmp_path: Path) -> None:
    run = plan(tmp_path, "--limit", "host1")
    assert run.code != 0
    (ipv4, ipv6) = run.results["Plan"]["host1"]["problems"]
    assert ipv4["problem"].startswith(
        "a new slice of 192.168.56.128/25 must be given to host1, but the slices of host2 and host3 are not known"
    )
    assert ipv6["network"] == "office"
    assert "--limit" in ipv4["cure"]


def test_a_limit_works_when_the_others_have_explicit_slices(tmp_path: Path) -> None:
    slices = {
        host: {"dockerlan_slices": {"office": [ipv4, ipv6]}}
        for host, ipv4, ipv6 in (
            ("host2", "192.168.56.128/28", "fdb2:2c26:f4e4::1:0/112"),
            ("host3", "192.168.56.160/28", "fdb2:2c26:f4e4::3:0/112"),
        )
    }
    run = plan(tmp_path, "--limit", "host1", **slices)
    assert run.code == 0, run.output
    assert run.results["Plan"]["host1"]["hosts"]["host1"]["actions"] == [
        {
            "network": "office",
            "action": "create",
            "slices": ["192.168.56.144/28", "fdb2:2c26:f4e4::2:0/112"],
            "differences": [],
            "containers": [],
        }
    ]


def test_an_unreachable_member_is_unknown(tmp_path: Path) -> None:
    run = plan(tmp_path, host2=UNREACHABLE)
    assert "but the slices of host2 are not known" in run.results["Plan"]["host1"]["msg"]


def test_all_problems_of_all_hosts_are_in_one_message(tmp_path: Path) -> None:
    run = plan(tmp_path, host1=variables(1, up=False), host3=variables(3, name="eth9"))
    lines = run.results["Plan"]["host1"]["msg"].splitlines()
    assert lines[0] == "The plan is refused, nothing was changed:"
    assert lines[1].startswith("- host1, office: the parent eth0 is down or has no carrier. Check")
    assert lines[2].startswith(
        "- host3, office: the parent eth0 does not exist, the host has eth9. Set dockerlan_parents"
    )


def test_a_wrong_declaration_is_refused_here_too(tmp_path: Path) -> None:
    run = plan(tmp_path, host2={"dockerlan_slices": "x"})
    assert "host2: dockerlan_slices: is 'x', expected a mapping" in run.results["Plan"]["host1"]["msg"]


def test_a_host_of_the_play_outside_the_group_is_refused(tmp_path: Path) -> None:
    group = {"ansible.builtin.group_by": {"key": "inner"}, "when": "inventory_hostname == 'host1'"}
    arguments = {"lans": "{{ dockerlan_lans }}", "group": "inner", "facts_from": "info"}
    task = {"name": "Plan", "dockerlan.fleet.plan": arguments, "run_once": True}
    run = play(tmp_path, {"host1": variables(1), "host2": variables(2)}, [group, task])
    assert "- host2: is in the play but not in the group inner." in run.results["Plan"]["host1"]["msg"]


def test_a_group_without_hosts_is_refused(tmp_path: Path) -> None:
    arguments = {"lans": "{{ dockerlan_lans }}", "group": "nobody", "facts_from": "info"}
    run = play(tmp_path, {"host1": variables(1)}, [{"name": "Plan", "dockerlan.fleet.plan": arguments}])
    assert "the inventory has no hosts in the group nobody" in run.results["Plan"]["host1"]["msg"]


def planned(folder: Path, *networks: Any, rows: Any = (), broken_off: Any = None, **consent: str) -> dict[str, Any]:
    """Plan for one host with these live networks and containers, and return the whole result of the task."""
    facts = {**host_facts(11, networks=networks, endpoints=rows), "unfinished": broken_off}
    arguments = {"lans": "{{ dockerlan_lans }}", "facts_from": "info", **consent}
    plan_task = {"name": "Plan", "dockerlan.fleet.plan": arguments, "register": "made"}
    show = {"name": "Show", "ansible.builtin.set_fact": {"whole": "{{ made }}"}}  # -v leaves the diff out
    tasks = [TASKS[1], {"block": [plan_task], "always": [show]}]
    run = play(folder, {"host1": {"dockerlan_lans": [OFFICE4], "given": {"facts": facts}}}, tasks, "-v")
    assert "Traceback" not in run.output
    result: dict[str, Any] = run.results["Show"]["host1"]["ansible_facts"]["whole"]
    assert result["failed"] is (run.code != 0)
    return result


NO_ADDRESSES = {"ipv4": None, "ipv6": None, "mac": None}
WEB = container("web", "office", "192.168.56.130", None, fixed=NO_ADDRESSES)


def test_a_replacement_is_refused_until_it_is_allowed(tmp_path: Path) -> None:
    refused = planned(tmp_path, macvlan_office(), rows=[WEB], allow_replace="no", prune="yes", allow_detach="yes")
    [problem] = refused["problems"]
    assert (problem["host"], problem["network"]) == ("host1", "office")
    assert "Replacing it would interrupt web (running)" in problem["problem"]
    assert "network_allow_replace" in problem["cure"]
    allowed = planned(tmp_path, macvlan_office(), rows=[WEB], allow_replace="yes")
    [action] = allowed["hosts"]["host1"]["actions"]
    assert (action["action"], action["containers"], allowed["changed"]) == ("replace", ["web"], True)


def test_a_removal_is_planned_where_it_is_wanted_and_refused_until_containers_may_lose_it(tmp_path: Path) -> None:
    networks, rows = [office(), old()], [{**WEB, "network": "old"}]
    left = planned(tmp_path, *networks, rows=rows, prune="false", allow_detach="true")
    assert (left["changed"], left["hosts"]["host1"]["absent"]) == (False, [])
    assert "network_prune" in left["summary"][-1]
    refused = planned(tmp_path, *networks, rows=rows, prune="true", allow_replace="true", allow_detach="false")
    assert "network_allow_detach" in refused["problems"][0]["cure"]
    allowed = planned(tmp_path, *networks, rows=rows, prune="true", allow_detach="true")
    assert (allowed["changed"], allowed["hosts"]["host1"]["absent"]) == (True, ["old"])


def test_nothing_is_allowed_by_itself_and_a_recovery_needs_no_consent(tmp_path: Path) -> None:
    assert "network_allow_replace" in planned(tmp_path, macvlan_office())["msg"]
    result = planned(tmp_path, macvlan_office(), broken_off=unfinished(office()))
    assert [action["action"] for action in result["hosts"]["host1"]["actions"]] == ["recover"]


@pytest.mark.parametrize("name", ["allow_replace", "allow_detach", "prune"])
def test_a_consent_is_yes_or_no(tmp_path: Path, name: str) -> None:
    assert "perhaps" in planned(tmp_path, office(), **{name: "perhaps"})["msg"]


def documented(heading: str) -> Any:
    """Read the shape that docs/interfaces.md shows below a heading: its first block of code, which reads as YAML."""
    text = (ROOT / "docs" / "interfaces.md").read_text(encoding="utf-8")
    section = text.partition(f"\n## {heading}\n")[2]
    block = re.search(r"(?:^ {4}.*\n|^\n)+", section, re.MULTILINE)
    assert block
    return yaml.safe_load(textwrap.dedent(block.group()))


def test_the_result_has_the_shape_that_the_documentation_says(tmp_path: Path) -> None:
    shape = documented("Plan: result of `plan`")
    result = planned(tmp_path)
    assert {*shape, "failed"} == {key for key in result if not key.startswith("_")}
    said, real = shape["hosts"]["host1"], result["hosts"]["host1"]
    assert set(said) == set(real)
    for rows in ("probe", "actions"):
        assert set(said[rows][0]) == set(real[rows][0])
    assert set(shape["diff"][0]) == set(result["diff"][0])
    kinds = ("CREATE", "KEEP", "REPLACE", "REMOVE", "LEAVE", "RECOVER")
    assert said["actions"][0]["action"].split(" | ") == [getattr(_host_plan, kind) for kind in kinds]


def test_what_is_probed_is_what_the_wire_check_takes(tmp_path: Path) -> None:
    [target] = planned(tmp_path)["hosts"]["host1"]["probe"]
    assert target == {"network": "office", "parent": "eth0", "slices": ["192.168.56.128/28"]}
    assert set(target) == set(TARGET_OPTIONS)
