# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can be together on a parent, and who cannot."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._lans import parse_lans
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import Member
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._sharing import conflicts_of, sharing_problems

from tests.unit.plugins.fleets import added_link, declared_lan, host_facts

OTHER4 = {"subnet": "192.168.57.0/24", "gateway": "192.168.57.1", "range": "192.168.57.128/25"}
OWN = "a parent of its own, for example a VLAN link"
TWO_MACVLANS = "two macvlan networks share a parent since Docker Engine 27 only, this is 26.1.5"


def problems_of(
    *lans: Any, engine: str = "28.5.2", links: Any = (), networks: Any = (), parents: Any = None
) -> list[tuple[str, str]]:
    """Check LANs against a host with eth0, further links and networks."""
    parsed, wrong = parse_lans(list(lans))
    assert not wrong
    facts = host_facts(11, networks=networks)
    facts["engine"]["version"] = engine
    facts["links"] += links
    found = sharing_problems(parsed, Member("host1", parents or {}), facts)
    assert all((item.host, item.network) == ("host1", "office") for item in found)
    return [(item.problem, item.cure) for item in found]


def live(name: str, driver: str, parent: str | None = "eth0", **options: str) -> dict[str, Any]:
    """Return a live network."""
    return {"id": "1", "name": name, "driver": driver, "options": {"parent": parent, **options}, "ipam": []}


@pytest.mark.parametrize(
    ("mine", "theirs", "engine", "words"),
    [
        ("ipvlan", "macvlan", "28.5.2", "ipvlan and macvlan cannot share a parent"),
        ("macvlan", "ipvlan", "28.5.2", "macvlan and ipvlan cannot share a parent"),
        ("ipvlan", "ipvlan", "28.5.2", "two ipvlan networks cannot share a parent"),
        ("macvlan", "macvlan", "26.1.5", TWO_MACVLANS),
        ("macvlan", "macvlan", "27.0.1", ""),
        ("macvlan", "macvlan", "dev", ""),
    ],
)
def test_two_networks_on_a_parent(mine: str, theirs: str, engine: str, words: str) -> None:
    declared = [declared_lan(driver=mine), declared_lan(name="lab", driver=theirs, subnets=[OTHER4])]
    of_lan = (f"the LAN lab ({theirs}) is also on eth0: {words}", f"Give each of them {OWN}")
    assert problems_of(*declared, engine=engine) == ([of_lan] if words else [])
    cure = f"Remove that network, or give the LAN {OWN}"
    of_live = (f"the live network lab ({theirs}) is also on eth0: {words}", cure)
    assert problems_of(declared[0], engine=engine, networks=[live("lab", theirs)]) == ([of_live] if words else [])


def test_different_parents_are_fine() -> None:
    lab = declared_lan(name="lab", driver="macvlan", subnets=[OTHER4])
    assert problems_of(declared_lan(), lab, parents={"lab": "eth1"}) == []
    assert problems_of(declared_lan(), networks=[live("old", "macvlan", "eth0.20"), live("b", "bridge", None)]) == []


@pytest.mark.parametrize("driver", ["ipvlan", "macvlan"])
def test_the_live_network_of_a_declared_name_is_no_other(driver: str) -> None:
    lab = declared_lan(name="lab", subnets=[OTHER4])
    networks = [live("office", driver), live("lab", driver)]
    assert problems_of(declared_lan(), lab, networks=networks, parents={"lab": "eth1"}) == []


@pytest.mark.parametrize(
    ("mine", "kind", "mode", "who", "words"),
    [
        ("ipvlan", "macvlan", "bridge", "macvlan bridge", "ipvlan and macvlan cannot share a parent"),
        ("ipvlan", "macvtap", "vepa", "macvlan vepa", "ipvlan and macvlan cannot share a parent"),
        ("macvlan", "ipvlan", "l2", "ipvlan l2", "macvlan and ipvlan cannot share a parent"),
        ("ipvlan", "ipvlan", "l3", "ipvlan l3", "a parent has one ipvlan mode, the LAN would switch it to l2"),
        ("ipvlan", "ipvlan", "l3s", "ipvlan l3s", "a parent has one ipvlan mode, the LAN would switch it to l2"),
        ("macvlan", "macvlan", "passthru", "macvlan passthru", "in mode passthru a link has its parent to itself"),
        ("macvlan", "macvlan", "private", "", ""),
        ("ipvlan", "ipvlan", "l2", "", ""),
        ("ipvlan", "ipvlan", None, "", ""),
        ("ipvlan", "vlan", None, "", ""),
    ],
)
def test_a_link_made_by_hand(mine: str, kind: str, mode: str | None, who: str, words: str) -> None:
    made = [added_link("shim0", kind=kind, mode=mode, parent="eth0"), added_link("far", kind=kind, parent="eth1")]
    cure = f"Remove it (see 'ip -d link'), or give the LAN {OWN}"
    expected = [(f"the link shim0 ({who}) is also on eth0: {words}", cure)] if words else []
    assert problems_of(declared_lan(driver=mine), links=made) == expected


def test_links_of_a_kind_are_told_in_one_problem() -> None:
    made = [added_link(name, kind="macvlan", mode="bridge", parent="eth0") for name in ("vm0", "vm1")]
    [(problem, cure)] = problems_of(declared_lan(), links=made)
    assert (
        problem == "the links vm0 and vm1 (macvlan bridge) are also on eth0: ipvlan and macvlan cannot share a parent"
    )
    assert cure.startswith("Remove them")


def test_a_live_passthru_network_has_its_parent_to_itself() -> None:
    [(problem, _cure)] = problems_of(
        declared_lan(driver="macvlan"), networks=[live("old", "macvlan", macvlan_mode="passthru")]
    )
    assert problem.endswith("in mode passthru a link has its parent to itself")


@pytest.mark.parametrize("mode", ["l3", "l3s"])
def test_a_shim_of_the_mode_of_the_lan_is_welcome_and_another_is_not(mode: str) -> None:
    made = [added_link("shim0", kind="ipvlan", mode=mode, parent="eth0")]
    assert problems_of(declared_lan(mode=mode), links=made) == []
    [(problem, _cure)] = problems_of(declared_lan(mode=mode), links=[{**made[0], "mode": "l2"}])
    assert problem.endswith(f"a parent has one ipvlan mode, the LAN would switch it to {mode}")


def test_the_flag_of_a_lan_changes_nothing_about_its_neighbours() -> None:
    for flag in ("bridge", "private", "vepa"):
        assert len(problems_of(declared_lan(flag=flag), networks=[live("old", "ipvlan")])) == 1
        assert problems_of(declared_lan(flag=flag)) == []


PASSTHRU = declared_lan(driver="macvlan", mode="passthru")
CUT_OFF = (
    (
        "in mode passthru a container takes all that comes in on eth0: "
        "the host would lose 192.168.56.11 and fdb2:2c26:f4e4::b:1"
    ),
    "Use a parent on which the host has no address",
)


def test_a_lan_in_passthru_would_cut_off_a_host_with_addresses_on_the_parent() -> None:
    assert problems_of(PASSTHRU) == [CUT_OFF]
    assert problems_of(PASSTHRU, links=[added_link("eth1")], parents={"office": "eth1"}) == []


def test_a_lan_in_passthru_has_its_parent_to_itself() -> None:
    alone = "in mode passthru a link has its parent to itself"
    made = [added_link("eth1"), added_link("vm0", kind="macvlan", mode="bridge", parent="eth1")]
    found = problems_of(
        PASSTHRU, links=made, networks=[live("old", "macvlan", "eth1")], parents={"office": "eth1", "lab": "eth1"}
    )
    assert [problem for problem, _cure in found] == [
        f"the live network old (macvlan) is also on eth1: {alone}",
        f"the link vm0 (macvlan bridge) is also on eth1: {alone}",
    ]


@pytest.mark.parametrize(
    ("lan", "other", "is_conflict"),
    [
        ({}, live("old", "macvlan"), True),
        ({}, live("old", "ipvlan"), True),
        ({}, live("old", "macvlan", "eth1"), False),
        ({}, live("office", "macvlan"), False),
        ({}, live("old", "bridge", None), False),
        ({"driver": "macvlan"}, live("old", "macvlan"), False),
        ({"driver": "macvlan"}, live("old", "macvlan", macvlan_mode="passthru"), True),
        ({"driver": "macvlan", "mode": "passthru"}, live("old", "macvlan"), True),
    ],
)
def test_conflicts_are_live_networks_that_cannot_share_the_parent(lan: Any, other: Any, is_conflict: bool) -> None:
    [parsed], _problems = parse_lans([declared_lan(**lan)])
    row = {"network": "office", "parent": "eth0", "other": other["name"], "driver": other["driver"]}
    assert conflicts_of(parsed, "eth0", host_facts(11, networks=[other])) == ([row] if is_conflict else [])


def test_nothing_conflicts_on_a_host_of_which_nothing_is_known() -> None:
    [parsed], _problems = parse_lans([declared_lan()])
    assert conflicts_of(parsed, "eth0", {}) == []
