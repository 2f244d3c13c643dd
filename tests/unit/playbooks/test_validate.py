# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom the gate before every playbook lets in: it is never open for a run that would touch nobody, or somebody else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.unit.plugins.fleets import declared_lan
from tests.unit.plugins.playbook import Run, play_all

LANS = {"dockerlan_lans": [declared_lan()]}
LOCAL = {"ansible_connection": "local"}
FLEET_A = {"hosts": {"host1": LOCAL, "host2": LOCAL}}
OUTSIDE = {"hosts": {"outsider": LOCAL}}
# Of the play that checks the variables; the fleet is let in when it is there.
NEXT = "PLAY [Check every variable"


def validate(folder: Path, groups: Mapping[str, Any], *arguments: str, **variables: Any) -> Run:
    """Run the real playbook on the hosts of these groups; ``variables`` are those of all hosts in the inventory."""
    inventory = {"all": {"vars": {**LANS, **variables}, "children": {**groups, "outside": OUTSIDE}}}
    (folder / "groups.json").write_text(json.dumps(inventory), encoding="utf-8")
    return play_all(folder, {}, [{"tasks": []}], "dockerlan.fleet.validate", "-i", "groups.json", *arguments)


def said(run: Run) -> str:
    """Return what a run says that was refused at the gate."""
    assert run.code != 0, run.output
    assert NEXT not in run.output, run.output
    return " ".join(run.output.split())


@pytest.mark.parametrize(
    ("group", "arguments"),
    [
        ("docker_fleet", []),
        ("docker_fleet", ["--limit", "host2"]),
        ("docker_fleet", ["--limit", "host1,outsider"]),
        ("fleet_a", ["--extra-vars", "dockerlan_group=fleet_a"]),
        ("fleet_a", ["--extra-vars", "dockerlan_group=fleet_a", "--limit", "host2"]),
    ],
)
def test_a_fleet_is_let_in(tmp_path: Path, group: str, arguments: list[str]) -> None:
    run = validate(tmp_path, {group: FLEET_A}, *arguments)
    assert run.code == 0, run.output
    assert "Check the declaration of the LANs" in run.output.partition(NEXT)[2]


def test_a_fleet_without_hosts_is_refused(tmp_path: Path) -> None:
    told = said(validate(tmp_path, {"fleet_a": FLEET_A}))
    assert "no host in the group docker_fleet" in told
    assert "--extra-vars dockerlan_group=NAME" in told


@pytest.mark.parametrize("groups", [{"fleet_a": FLEET_A}, {"fleet_a": FLEET_A, "docker_fleet": OUTSIDE}])
def test_a_group_that_only_the_inventory_names_is_refused(tmp_path: Path, groups: Any) -> None:
    told = said(validate(tmp_path, groups, dockerlan_group="fleet_a"))
    assert "--extra-vars dockerlan_group=fleet_a" in told


def test_a_group_that_the_inventory_names_for_some_hosts_is_refused(tmp_path: Path) -> None:
    odd = {"hosts": {"host1": LOCAL, "host2": {**LOCAL, "dockerlan_group": "fleet_a"}}}
    assert "--extra-vars dockerlan_group=fleet_a" in said(validate(tmp_path, {"docker_fleet": odd}))


def test_what_the_inventory_names_is_of_no_concern_beside_an_extra_variable(tmp_path: Path) -> None:
    arguments = ("--extra-vars", "dockerlan_group=fleet_a")
    run = validate(tmp_path, {"fleet_a": FLEET_A}, *arguments, dockerlan_group="fleet_b")
    assert run.code == 0, run.output


@pytest.mark.parametrize("limit", ["outsider", "outside"])
def test_a_limit_that_leaves_no_host_of_the_fleet_is_refused(tmp_path: Path, limit: str) -> None:
    told = said(validate(tmp_path, {"docker_fleet": FLEET_A}, "--limit", limit))
    assert f"--limit {limit} leaves no host of the group docker_fleet" in told
