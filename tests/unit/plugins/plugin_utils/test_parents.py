# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with the parent of a LAN at one host."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._lans import parse_lans
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import Member
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._parents import parent_problems

from tests.unit.plugins.fleets import declared_lan, host_facts

OTHER4 = {"subnet": "192.168.57.0/24", "gateway": "192.168.57.1", "range": "192.168.57.128/25"}


def problems_of(*lans: Any, engine: str = "28.5.2", **facts: Any) -> list[str]:
    """Check the LANs against a host with eth0."""
    parsed, wrong = parse_lans(list(lans))
    assert not wrong
    known = host_facts(11, **facts)
    known["engine"]["version"] = engine
    return [item.problem for item in parent_problems(parsed, Member("host1"), known)]


def live(name: str, driver: str, parent: str | None = "eth0", **pool: Any) -> dict[str, Any]:
    options = {"parent": parent} if parent else {}
    return {"id": "1", "name": name, "driver": driver, "options": options, "ipam": [pool] if pool else []}


def test_a_healthy_parent_has_no_problem() -> None:
    assert problems_of(declared_lan(), networks=[live("office", "ipvlan"), live("bridge", "bridge", None)]) == []


@pytest.mark.parametrize("change", [{"up": False}, {"name": "eth9"}])
def test_a_broken_parent_is_refused_for_a_new_network_only(change: dict[str, Any]) -> None:
    assert len(problems_of(declared_lan(), **change)) == 1
    assert problems_of(declared_lan(), networks=[live("office", "ipvlan")], **change) == []


@pytest.mark.parametrize(("vlan", "made"), [("1", True), ("4094", True), ("4095", False), ("0", False), ("x", False)])
def test_docker_makes_vlan_links_of_a_link_that_exists(vlan: str, made: bool) -> None:
    assert (problems_of(declared_lan(parent=f"eth0.{vlan}")) == []) is made


def test_docker_makes_no_vlan_link_of_a_link_that_does_not_exist() -> None:
    assert problems_of(declared_lan(parent="eth9.20")) == ["the parent eth9.20 does not exist, the host has eth0"]


@pytest.mark.parametrize(
    ("mine", "theirs", "engine", "words"),
    [
        ("ipvlan", "macvlan", "28.5.2", "ipvlan and macvlan cannot share a parent"),
        ("ipvlan", "ipvlan", "28.5.2", "two ipvlan networks cannot share a parent"),
        (
            "macvlan",
            "macvlan",
            "26.1.5",
            "two macvlan networks share a parent since Docker Engine 27 only, this is 26.1.5",
        ),
        ("macvlan", "macvlan", "27.0.1", ""),
    ],
)
def test_sharing_a_parent(mine: str, theirs: str, engine: str, words: str) -> None:
    declared = [declared_lan(driver=mine), declared_lan(name="lab", driver=theirs, subnets=[OTHER4])]
    with_lan = problems_of(*declared, engine=engine)
    with_live = problems_of(declared[0], engine=engine, networks=[live("lab", theirs)])
    expected = [f"{theirs}) is also on eth0: {words}"] if words else []
    assert [item.removeprefix("the LAN lab (") for item in with_lan] == expected
    assert [item.removeprefix("the live network lab (") for item in with_live] == expected


def test_a_live_network_that_hands_out_the_same_addresses_is_refused() -> None:
    pool = {"subnet": "192.168.0.0/16", "ip_range": None, "gateway": None}
    assert problems_of(declared_lan(), networks=[live("old", "bridge", None, **pool)]) == [
        "the live network old hands out 192.168.0.0/16, which overlaps the range 192.168.56.128/25"
    ]


def test_a_live_network_that_hands_out_other_addresses_is_fine() -> None:
    pool = {"subnet": "192.168.56.0/24", "ip_range": "192.168.56.16/28", "gateway": None}
    assert problems_of(declared_lan(), networks=[live("old", "bridge", None, **pool)]) == []
