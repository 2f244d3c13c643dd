# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom rollout changes, where it ends and what it says then: the real playbook, with modules that hand out results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.plugins.fleets import declared_lan
from tests.unit.plugins.handed_out import collection, hand_out
from tests.unit.plugins.playbook import ROOT, Run, play_all

FLEET = ("host1", "host2", "host3", "host4")
PLANNED = {"networks": [], "absent": [], "routes": [], "probe": ["10.20.0.9"]}
ROUTES: dict[str, list[Any]] = {"router": [], "missing": [], "commands": []}
RESULTS = {
    "host_info": {"facts": {}},
    "validate": {},
    "plan": {"hosts": dict.fromkeys(FLEET, PLANNED), "routes": ROUTES, "summary": []},
    **{module: {"changed": True} for module in ("wire_check", "network", "routes")},
}
CONVERGE = "dockerlan.fleet.network : Converge the networks"
INSTALL = "dockerlan.fleet.network : Install the routes"
SAY = "Say how far the rollout came"
PROVE = "Prove"
GONE = {"unreachable": True, "msg": "no route"}
BOOM = {"failed": True, "msg": "boom", "reason": "refused"}


class Scene:
    """A folder with the collection, in which nothing is real but the playbooks and the roles prepare and network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.results = folder / "results"
        self.collections = collection(folder)
        hand_out(self.results, RESULTS)
        fleet = self.collections / "ansible_collections" / "dockerlan" / "fleet"
        for action in RESULTS:
            stand_in = fleet / "plugins" / "action" / f"{action}.py"
            if not stand_in.exists():
                stand_in.symlink_to("host_info.py")
        tasks = fleet / "roles" / "reachability" / "tasks"
        tasks.mkdir(parents=True)
        for name in ("main", "validate"):
            (tasks / f"{name}.yml").write_text(f"[{{name: {PROVE}, ansible.builtin.debug: }}]", encoding="utf-8")
        for part in ("playbooks", "roles/prepare", "roles/network"):
            (fleet / part).symlink_to(ROOT / part)

    def rollout(self, *arguments: str, **changed: Any) -> Run:
        """Run the playbook; ``changed`` are results by module and host, as in ``network_host1``."""
        hand_out(self.results, {name.replace("_host", "-host"): result for name, result in changed.items()})
        variables: dict[str, Any] = {
            "handed_out": str(self.results),
            "dockerlan_lans": [declared_lan()],
            "network_routes": "install",
            # What an inventory, or an earlier rollout of the same run, may have left.
            "unused": "{{ no_such_variable }}",
            "rollout_changed": True,
            "rollout_batch": ["host9"],
        }
        hosts = dict.fromkeys(FLEET, variables)
        environment = {"ANSIBLE_COLLECTIONS_PATH": str(self.collections)}
        command = ["dockerlan.fleet.rollout", "-v", *arguments]
        return play_all(self.folder, hosts, [{"tasks": []}], *command, environment=environment)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Return a scene in which all goes well."""
    return Scene(tmp_path)


def batch(size: int) -> tuple[str, str]:
    return "--extra-vars", f"dockerlan_batch={size}"


def reached(run: Run, task: str) -> str:
    """Return the hosts on which a task had a result; those of a batch have it in any order."""
    return " ".join(sorted(host for host, result in run.results.get(task, {}).items() if "skip_reason" not in result))


def said(run: Run) -> dict[str, str]:
    """Return what each host says about the end of the rollout, which is never a success."""
    assert run.code != 0, run.output
    assert PROVE not in run.output.partition(CONVERGE)[2], run.output
    return {host: run.results[SAY][host]["msg"] for host in reached(run, SAY).split()}


@pytest.mark.parametrize(("size", "arguments"), [(1, []), (3, []), (2, ["--check"])])
def test_all_hosts_are_changed_in_batches_in_the_order_of_the_inventory(
    scene: Scene, size: int, arguments: list[str]
) -> None:
    run = scene.rollout(*batch(size), *arguments)
    assert run.code == 0, run.output
    batches = [part.partition("TASK [")[0] for part in run.output.split(f"TASK [{CONVERGE}]")[1:]]
    assert [sorted(host for host in FLEET if f"[{host}]" in part) for part in batches] == [
        list(FLEET[start : start + size]) for start in range(0, len(FLEET), size)
    ]
    assert reached(run, SAY) == ""
    assert PROVE in run.output.partition(CONVERGE)[2]


@pytest.mark.parametrize("lost", [BOOM, GONE])
def test_a_host_that_was_lost_before_is_in_no_batch(scene: Scene, lost: Any) -> None:
    run = scene.rollout(*batch(2), host_info_host1=lost, network_host2=BOOM)
    assert reached(run, CONVERGE) == "host2 host3"
    end = "The rollout ends here. Changed: host3. Failed or in doubt: host2. Planned, but not touched: host4."
    assert said(run) == {"host2": f"host2: boom. {end}", "host3": end}


def test_a_host_that_was_lost_before_is_not_called_changed(scene: Scene) -> None:
    run = scene.rollout(host_info_host1=BOOM, network_host3=BOOM)
    assert reached(run, CONVERGE) == "host2 host3"
    end = "The rollout ends here. Changed: host2. Failed or in doubt: host3. Planned, but not touched: host4."
    assert said(run) == {"host3": f"host3: boom. {end}"}


def test_whoever_changes_beside_a_failure_is_finished_and_called_changed(scene: Scene) -> None:
    run = scene.rollout(*batch(2), network_host1=BOOM)
    assert reached(run, CONVERGE) == "host1 host2"
    assert reached(run, INSTALL) == "host2"
    end = "The rollout ends here. Changed: host2. Failed or in doubt: host1. Planned, but not touched: host3, host4."
    assert said(run) == {"host1": f"host1: boom. {end}", "host2": end}


@pytest.mark.parametrize(
    ("module", "lost", "other"),
    [("network", "host2", "host1"), ("routes", "host2", "host1"), ("network", "host1", "host2")],
)
def test_a_host_that_is_lost_while_it_changes_is_in_doubt(scene: Scene, module: str, lost: str, other: str) -> None:
    run = scene.rollout(*batch(2), **{f"{module}_{lost}": GONE})
    assert reached(run, CONVERGE) == "host1 host2"
    end = f"Changed: {other}. Failed or in doubt: {lost}. Planned, but not touched: host3, host4."
    assert said(run) == {other: f"The rollout ends here. {end}"}


def test_a_batch_that_is_lost_altogether_ends_the_rollout(scene: Scene) -> None:
    run = scene.rollout(network_host1=GONE)
    assert reached(run, CONVERGE) == "host1"
    assert said(run) == {}


def test_a_change_that_was_killed_is_left_to_the_next_run(scene: Scene) -> None:
    run = scene.rollout(*batch(3), network_host2={"failed": True, "msg": "no {{ result }}."})
    end = "The rollout ends here. Changed: host1, host3. Failed or in doubt: host2. Planned, but not touched: host4."
    killed = "host2: no {{ result }}. What it may have begun is finished or undone by the next run."
    assert said(run) == {"host1": end, "host2": f"{killed} {end}", "host3": end}


@pytest.mark.parametrize("lost", [BOOM, GONE])
def test_a_fleet_that_is_lost_altogether_is_no_success(scene: Scene, lost: Any) -> None:
    run = scene.rollout(**{f"host_info_{host}": lost for host in FLEET})
    assert reached(run, CONVERGE) == ""
    assert said(run) == {}


@pytest.mark.parametrize("lost", [BOOM, GONE])
def test_nobody_is_changed_when_the_wire_has_not_been_asked_everywhere(scene: Scene, lost: Any) -> None:
    run = scene.rollout(wire_check_host2=lost)
    assert reached(run, CONVERGE) == ""
    assert said(run) == {}


def test_a_group_of_the_inventory_that_has_the_same_name_adds_nobody(scene: Scene) -> None:
    group = {"dockerlan_planned": {"hosts": {"outsider": {"ansible_connection": "local"}, "host4": {}, "host1": {}}}}
    (scene.folder / "groups.json").write_text(json.dumps(group), encoding="utf-8")
    run = scene.rollout("-i", "groups.json", network_host3=BOOM)
    assert reached(run, CONVERGE) == "host1 host2 host3"
    end = "The rollout ends here. Changed: host1, host2. Failed or in doubt: host3. Planned, but not touched: host4."
    assert said(run) == {"host3": f"host3: boom. {end}"}
