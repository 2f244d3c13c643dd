# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host builds for a mode."""

from __future__ import annotations

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiment_hosts import (
    bridges_of,
    containers_of,
    names_of,
    steps_of,
)
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiment_modes import BY_NAME, MODES, Mode


def built(name: str, count: int = 2) -> list[tuple[str, str, bool]]:
    return [(item["name"], item["network"], item["starts"]) for item in containers_of(BY_NAME[name], count)]


def test_containers_are_on_each_network_as_many_as_are_wanted() -> None:
    assert built("ipvlan-l2", 3) == [(f"dockerlan-ipvlan-l2-{number}", "ipvlan-l2", True) for number in (1, 2, 3)]
    assert [name for name, _network, _starts in built("user-defined")] == [
        "dockerlan-user-defined-1",
        "dockerlan-user-defined-2",
        "dockerlan-another-bridge-1",
        "dockerlan-another-bridge-2",
    ]


def test_docker_s_own_networks_have_the_names_that_docker_gave_them() -> None:
    assert [built(name)[0][1] for name in ("bridge", "host", "none")] == ["bridge", "host", "none"]


def test_a_container_joins_the_one_before_it_whatever_number_is_wanted() -> None:
    joining = ("dockerlan-container-2", "container:dockerlan-container-1", True)
    assert built("container", 5) == [("dockerlan-container-1", "bridge", True), joining]
    assert [(step["do"], step["container"][-1]) for step in steps_of(BY_NAME["container"])] == [
        ("kill", "1"),
        ("start", "1"),
        ("restart", "2"),
    ]


def test_in_mode_passthru_a_second_container_must_not_start() -> None:
    assert [starts for _name, _network, starts in built("macvlan-passthru", 5)] == [True, False]


def test_names_are_tried_on_each_bridge_and_from_one_to_the_other() -> None:
    assert [(item["source"], item["target"]) for item in names_of(BY_NAME["user-defined"], 2)] == [
        ("dockerlan-user-defined-1", "dockerlan-user-defined-2"),
        ("dockerlan-user-defined-1", "dockerlan-another-bridge-1"),
        ("dockerlan-another-bridge-1", "dockerlan-another-bridge-2"),
        ("dockerlan-another-bridge-1", "dockerlan-user-defined-1"),
    ]
    assert [item["target"] for item in names_of(BY_NAME["bridge"], 2)] == ["dockerlan-bridge-2"]
    assert names_of(BY_NAME["host"], 2) == []


def test_only_bridges_that_are_not_docker_s_own_are_made() -> None:
    specs = bridges_of(BY_NAME["user-defined"])
    assert [(spec["name"], spec["ipam"]) for spec in specs] == [("user-defined", []), ("another-bridge", [])]
    assert {spec["labels"]["dockerlan.fleet.experiment"] for spec in specs} == {"user-defined"}
    assert bridges_of(BY_NAME["bridge"]) == []


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_names_and_steps_are_about_containers_that_are_built(mode: Mode) -> None:
    names = [item["name"] for item in containers_of(mode, 2)]
    assert len(set(names)) == len(names)
    about = [*(step["container"] for step in steps_of(mode))]
    about += [end for item in names_of(mode, 2) for end in item.values()]
    assert set(about) <= set(names)
