# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the network modes."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._contract import CONTRACT, OTHER_NETWORK, RELATIONS
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiment_modes import BY_NAME, MODES, Mode

from tests.unit.plugins.playbook import ROOT


def networks(mode: Mode) -> list[str]:
    return [*(row.name for row in mode.lans), *(row.name for row in mode.own)]


def test_names_are_unique_and_so_are_those_of_the_networks() -> None:
    assert len(BY_NAME) == len(MODES)
    names = [name for mode in MODES for name in networks(mode)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_the_contract_knows_every_kind(mode: Mode) -> None:
    assert all((row.driver, row.mode, row.flag) in CONTRACT for row in mode.lans)
    assert all((row.driver, row.mode, "") in CONTRACT for row in mode.own)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_expectations_are_about_networks_of_the_mode(mode: Mode) -> None:
    for item in mode.expectations:
        assert {item["network"], item["to_network"]} <= set(networks(mode))
        is_across = item["network"] != item["to_network"]
        assert (item["relation"] == OTHER_NETWORK) if is_across else (item["relation"] in RELATIONS)
        assert set(item) == {"network", "from", "to", "relation", "to_network", "expected", "why"}


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_two_networks_on_the_same_subnets_share_no_address(mode: Mode) -> None:
    if len(mode.lans) > 1:
        assert sorted(str(row.half) for row in mode.lans) == ["0", "1"]


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_a_sentence_says_what_a_mode_shows(mode: Mode) -> None:
    assert mode.shows[0].isupper()
    assert mode.shows.endswith(".")


def test_a_vlan_link_or_a_dummy_is_made_where_the_row_says_so() -> None:
    for mode in MODES:
        kinds = {"vlan" for row in mode.lans if row.vlan is not None} | {"dummy" for row in mode.lans if not row.parent}
        assert set(mode.links) == kinds


def role() -> list[Any]:
    tasks = yaml.safe_load((ROOT / "roles" / "modes" / "tasks" / "main.yml").read_text(encoding="utf-8"))
    return [task for task in tasks if "modes_name" in task.get("vars", {})]


def test_the_role_runs_the_modes_in_this_order_under_these_tags() -> None:
    assert [(task["vars"]["modes_name"], frozenset(task["tags"])) for task in role()] == [
        (mode.name, mode.tags) for mode in MODES
    ]
