# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad values are refused before any host is touched: these fleets do not even exist, so nothing could be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.fleet import ROOT, Fleet, Run

LAN: dict[str, Any] = {
    "name": "office",
    "driver": "ipvlan",
    "parent": "eth0",
    "subnets": [{"subnet": "10.20.0.0/24", "gateway": "10.20.0.1", "range": "10.20.0.128/25"}],
}


@pytest.fixture
def example(tmp_path: Path) -> Fleet:
    """Return the example inventory as a fleet; no host of it exists."""
    return Fleet("example", (), ROOT / "inventories" / "example", tmp_path)


def with_lan(fleet: Fleet, **changes: Any) -> Run:
    """Run site.yml with one LAN, changed."""
    extra = {"dockerlan_lans": [{**LAN, **changes}], "dockerlan_slices": {}, "dockerlan_parents": {}}
    return fleet.play("site.yml", "-e", json.dumps(extra))


def test_the_example_inventory_is_valid(example: Fleet) -> None:
    run = example.play("playbooks/validate.yml")
    assert run.code == 0, run.output
    assert {counts["unreachable"] for counts in run.recap().values()} == {0}


SUBNET = LAN["subnets"][0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"driver": "bridge"}, ["driver", "ipvlan, macvlan", "bridge"]),
        ({"mode": "bridge"}, ["mode", "l2"]),
        ({"subnets": []}, ["dockerlan_lans[0].subnets"]),
        ({"subnets": [{**SUBNET, "gateway": "10.21.0.1"}]}, ["dockerlan_lans[0].subnets[0].gateway", "10.20.0.0/24"]),
        ({"subnets": [{**SUBNET, "range": "10.30.0.0/25"}]}, ["dockerlan_lans[0].subnets[0].range", "10.20.0.0/24"]),
        ({"subnets": [{**SUBNET, "subnet": "10.20.0.7/24"}]}, ["dockerlan_lans[0].subnets[0].subnet", "10.20.0.0/24"]),
        ({"subnets": [{**SUBNET, "slice_prefix": 20}]}, ["dockerlan_lans[0].subnets[0].slice_prefix"]),
        ({"subnets": [{**SUBNET, "reserved": ["x"]}]}, ["dockerlan_lans[0].subnets[0].reserved[0]", "x"]),
        ({"parnet": "eth0"}, ["parnet"]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_a_wrong_value_is_refused_by_name(example: Fleet, changes: dict[str, Any], words: list[str]) -> None:
    run = with_lan(example, **changes)
    assert run.code != 0
    for word in words:
        assert word in run.output, run.output
    assert "Traceback" not in run.output
    assert {counts["unreachable"] for counts in run.recap().values()} == {0}, "a host was contacted"


@pytest.mark.parametrize("playbook", ["site.yml", "playbooks/verify.yml", "playbooks/teardown.yml"])
def test_a_fleet_without_hosts_is_refused(example: Fleet, playbook: str) -> None:
    run = example.play(playbook, "-e", "dockerlan_group=docker_flet")
    assert run.code != 0
    assert "no host in the group docker_flet" in run.output


def test_the_image_archive_must_exist(example: Fleet) -> None:
    run = example.play("site.yml", "-e", "reachability_image_archive=/nowhere/image.tar")
    assert run.code != 0
    assert "reachability_image_archive names /nowhere/image.tar" in run.output
    assert {counts["unreachable"] for counts in run.recap().values()} == {0}, "a host was contacted"
