# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action experiments, in a real run."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.modules.wire_check import TARGET_OPTIONS
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiment_modes import MODES

from tests.unit.plugins.experiments import PRIVATE
from tests.unit.plugins.fleets import declared_lan, host_facts
from tests.unit.plugins.playbook import ROOT, UNREACHABLE, Run, play

LAN = {"name", "driver", "mode", "flag", "parent", "internal", "subnets"}
TAGS = {"run_tags": "{{ ansible_run_tags }}", "skip_tags": "{{ ansible_skip_tags }}"}
ARGUMENTS = {"lan": declared_lan(), "private_subnets": PRIVATE, "vlans": [21, "22"], "facts_from": "info", **TAGS}


def experiments(folder: Path, *arguments: str, host2: Any = None, **changes: Any) -> Run:
    """Plan experiments for a fleet of two; ``changes`` are those of the arguments."""
    tasks = [
        {"name": "Facts", "ansible.builtin.set_fact": {"info": "{{ given }}"}, "tags": ["always"]},
        {
            "name": "Plan",
            "dockerlan.fleet.experiments": {**ARGUMENTS, **changes},
            "run_once": True,
            "tags": ["always"],
        },
    ]
    hosts = {f"host{number}": {"given": {"facts": host_facts(10 + number)}} for number in (1, 2)}
    return play(folder, {**hosts, "host2": {**hosts["host2"], **(host2 or {})}}, tasks, "-v", *arguments)


def planned(run: Run, host: str = "host1") -> Any:
    return run.results["Plan"][host]


def test_all_modes_are_planned_and_nothing_is_changed(tmp_path: Path) -> None:
    run = experiments(tmp_path)
    assert run.code == 0, run.output
    result = planned(run)
    assert not result["changed"]
    assert result["modes"] == [mode.name for mode in MODES]
    assert set(result["experiments"]["ipvlan-l2"]["hosts"]) == {"host1", "host2"}


def test_the_tags_of_the_run_select_modes(tmp_path: Path) -> None:
    run = experiments(tmp_path, "--tags", "macvlan,bridge", "--skip-tags", "vlan")
    assert planned(run)["modes"] == ["bridge", "macvlan-bridge", "macvlan-private", "macvlan-vepa"]


def test_tags_that_select_nothing_are_refused(tmp_path: Path) -> None:
    run = experiments(tmp_path, "--tags", "ipvlan-L2")
    assert run.code != 0
    assert "The tags of this run select no network mode. Use some of bridge, host," in planned(run)["msg"]


def test_the_number_of_containers_is_as_asked(tmp_path: Path) -> None:
    result = planned(experiments(tmp_path, "--tags", "ipvlan-l2", containers="3"))
    assert len(result["experiments"]["ipvlan-l2"]["hosts"]["host1"]["containers"]) == 3


def test_an_unreachable_host_keeps_its_slice_and_builds_nothing(tmp_path: Path) -> None:
    run = experiments(tmp_path, "--limit", "host2")
    assert run.code == 0, run.output
    entry = planned(run, "host2")["experiments"]["ipvlan-l2"]
    assert set(entry["hosts"]) == {"host2"}
    assert entry["hosts"]["host2"]["networks"][0]["ipam"][0]["ip_range"] == "192.168.56.144/28"
    down = experiments(tmp_path, host2=UNREACHABLE | {"given": {"unreachable": True}})
    assert set(planned(down)["experiments"]["ipvlan-l2"]["hosts"]) == {"host1"}


def test_wrong_settings_are_refused_all_at_once(tmp_path: Path) -> None:
    run = experiments(tmp_path, vlans=[1], containers=1, host2={"dockerlan_parents": "x"})
    assert run.code != 0
    lines = planned(run)["msg"].splitlines()
    assert lines[0] == "The settings of the experiments are wrong:"
    assert [line.partition(":")[0] for line in lines[1:]] == ["- modes_vlans", "- modes_containers", "- host2"]


def test_a_host_of_the_play_outside_the_group_is_refused(tmp_path: Path) -> None:
    assert "the inventory has no hosts in the group nobody" in planned(experiments(tmp_path, group="nobody"))["msg"]


def test_what_cannot_work_is_refused_with_the_tags_that_leave_it_out(tmp_path: Path) -> None:
    down = {"given": {"facts": host_facts(12, up=False)}}
    run = experiments(tmp_path, "--tags", "docker,macvlan", "--skip-tags", "vlan", host2=down)
    result = planned(run)
    assert "The experiments are refused, nothing was changed:" in result["msg"]
    [problem] = result["problems"]
    assert (problem["host"], problem["network"]) == ("host2", "macvlan-bridge, macvlan-private, macvlan-vepa")
    assert problem["cure"].endswith("or leave them out: --skip-tags macvlan")
    assert "modes" not in result


@pytest.mark.parametrize("arguments", [{"containers": "many"}, {"skip_tags": {"a": "b"}}])
def test_a_wrong_argument_is_refused_by_name(tmp_path: Path, arguments: Any) -> None:
    run = experiments(tmp_path, **arguments)
    assert run.code != 0
    assert next(iter(arguments)) in run.output


def documented() -> Any:
    """Read the shape that docs/interfaces.md shows."""
    text = (ROOT / "docs" / "interfaces.md").read_text(encoding="utf-8")
    block = re.search(r"(?:^ {4}.*\n|^\n)+", text.partition("\n### experiments: result\n")[2], re.MULTILINE)
    assert block
    return block.group()


def keys(indent: int, text: str) -> list[str]:
    """Return the keys at an indentation of the documented shape."""
    return re.findall(rf"^ {{{indent}}}(\w+):", textwrap.dedent(text).strip("\n"), re.MULTILINE)


def test_the_result_has_the_shape_that_the_documentation_says(tmp_path: Path) -> None:
    result, shape = planned(experiments(tmp_path)), documented()
    assert keys(0, shape) == ["modes", "probe", "experiments"]
    for entry in result["experiments"].values():
        assert set(keys(4, shape)) == set(entry)
        assert set(keys(8, shape)) == set(entry["hosts"]["host1"])
        assert all(set(item) == {"name", "network", "starts"} for item in entry["hosts"]["host1"]["containers"])
        assert all(set(lan) == LAN for lan in entry["lans"])


def test_what_is_probed_is_what_the_wire_check_takes(tmp_path: Path) -> None:
    result = planned(experiments(tmp_path))
    assert result["probe"]["host1"]
    for targets in result["probe"].values():
        assert all(set(target) == set(TARGET_OPTIONS) for target in targets)
