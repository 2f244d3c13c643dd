# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the experiments: addresses, what is asked for on the wire, refusals told once."""

from __future__ import annotations

from ipaddress import ip_network
from itertools import combinations
from typing import Any

import pytest
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiment_lans import read_lans, read_members
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._experiment_modes import MODES
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._mesh_networks import network_of
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.experiments import plan, planned, settings_of, two
from tests.unit.plugins.fleets import declared_lan, host_facts

HOSTS = tuple(f"host{number}" for number in range(1, 8))


def test_all_modes_can_be_planned_at_once() -> None:
    found = plan()
    assert found.problems == []
    assert found.modes == list(found.experiments) == [mode.name for mode in MODES]


@settings(max_examples=20)  # each of them plans all modes
@given(st.sets(st.sampled_from(HOSTS), min_size=1))
def test_no_two_hosts_have_an_address_in_common_whoever_could_be_asked(asked: set[str]) -> None:
    facts = {host: host_facts(10 + int(host[-1])) for host in HOSTS if host in asked}
    found = plan(facts=facts, settings=settings_of(hosts=HOSTS))
    assert found.problems == []
    for entry in found.experiments.values():
        assert set(entry["hosts"]) == asked
        blocks = [
            ip_network(pool["ip_range"])
            for mine in entry["hosts"].values()
            for spec in mine["networks"]
            for pool in spec["ipam"]
        ]
        assert all(not one.overlaps(other) for one, other in combinations(blocks, 2) if one.version == other.version)


def test_a_host_that_cannot_be_asked_changes_nothing_for_the_others() -> None:
    settings = settings_of(hosts=("host1", "host2", "host3"))
    whole = plan(facts={**two(), "host3": host_facts(13)}, settings=settings)
    without = plan(facts={"host1": host_facts(11), "host3": host_facts(13)}, settings=settings)
    for name, entry in without.experiments.items():
        hosts = {host: {**mine, "routes": []} for host, mine in entry["hosts"].items()}
        same = {host: {**mine, "routes": []} for host, mine in whole.experiments[name]["hosts"].items()}
        assert hosts == {host: same[host] for host in ("host1", "host3")}
        assert entry["parents"] == whole.experiments[name]["parents"]


def test_networks_are_labelled_as_experiments_and_not_as_lans() -> None:
    for name, entry in plan().experiments.items():
        for mine in entry["hosts"].values():
            assert all(spec["labels"] == {"dockerlan.fleet.experiment": name} for spec in mine["networks"])


def test_without_a_parent_no_parent_is_named() -> None:
    entry = planned("no-parent")
    assert [spec["options"] for spec in entry["hosts"]["host1"]["networks"]] == [
        {"macvlan_mode": "bridge"},
        {"ipvlan_mode": "l2"},
    ]
    assert entry["parents"] == {"host1": {}, "host2": {}}
    assert [lan["parent"] for lan in entry["lans"]] == [None, None]


def test_the_parents_of_docker_s_own_kinds_say_where_the_host_has_its_address() -> None:
    settings = settings_of(host2={"dockerlan_parents": {"office": "eth7"}})
    facts = {"host1": host_facts(11), "host2": host_facts(12, name="eth7")}
    assert planned("bridge", settings=settings, facts=facts)["parents"] == {
        "host1": {"bridge": "eth0"},
        "host2": {"bridge": "eth7"},
    }


def test_two_networks_of_a_mode_share_a_subnet_and_no_address() -> None:
    entry = planned("vlan")
    one, other = entry["hosts"]["host1"]["networks"]
    assert [pool["subnet"] for pool in one["ipam"]] == [pool["subnet"] for pool in other["ipam"]]
    for mine, theirs in zip(one["ipam"], other["ipam"], strict=True):
        assert not ip_network(mine["ip_range"]).overlaps(ip_network(theirs["ip_range"]))
        assert mine["gateway"] != theirs["gateway"]
    assert (one["options"]["parent"], other["options"]["parent"]) == ("eth0.21", "eth0.22")


def test_routes_are_those_that_the_fleet_plans_and_only_where_they_are_to_be_installed() -> None:
    for mode in ("ipvlan-l3", "ipvlan-l3s"):
        bare, routed = planned(mode), planned(f"{mode}-routed")
        assert (bare["routed"], bare["hosts"]["host1"]["routes"]) == (False, [])
        slices = [pool["ip_range"] for pool in routed["hosts"]["host2"]["networks"][0]["ipam"]]
        assert routed["routed"]
        assert routed["hosts"]["host1"]["routes"] == [
            {"destination": slices[0], "gateway": "192.168.56.12", "link": "eth0"},
            {"destination": slices[1], "gateway": "fdb2:2c26:f4e4::c:1", "link": "eth0"},
        ]


def test_every_address_is_asked_for_once_on_the_link_where_it_is_used() -> None:
    found = plan()
    for host, targets in found.probe.items():
        asked = [(target["parent"], part) for target in targets for part in target["slices"]]
        assert len(set(asked)) == len(asked)
        for entry in found.experiments.values():
            for spec in entry["hosts"][host]["networks"]:
                parent = spec["options"].get("parent")
                for pool in spec["ipam"] if parent else []:
                    assert (parent, pool["ip_range"]) in asked
    assert all(target["parent"] for targets in found.probe.values() for target in targets)


def test_nothing_is_asked_for_where_nobody_could_answer() -> None:
    assert plan("bridge", "host", "none", "container", "user-defined", "no-parent").probe == {"host1": [], "host2": []}


def live(driver: str) -> dict[str, Any]:
    options = {"parent": "eth0", f"{driver}_mode": {"ipvlan": "l2", "macvlan": "bridge"}[driver]}
    named = {"id": "a" * 64, "name": "elsewhere", "labels": {}, "ipam": []}
    return {**named, "driver": driver, "internal": False, "options": options}


def test_a_taken_parent_is_told_once_with_the_modes_and_how_to_leave_them_out() -> None:
    facts = {"host1": host_facts(11), "host2": host_facts(12, networks=[live("ipvlan")])}
    macvlan, ipvlan = plan(facts=facts).problems
    assert macvlan.host == ipvlan.host == "host2"
    assert macvlan.network == "macvlan-bridge, macvlan-private, macvlan-vepa"
    assert macvlan.problem == (
        "the live network elsewhere (ipvlan) is also on eth0: macvlan and ipvlan cannot share a parent"
    )
    assert macvlan.cure.endswith("or leave them out: --skip-tags macvlan-bridge,macvlan-private,macvlan-vepa")
    # The whole group but for what is on VLANs, which is not of it.
    assert ipvlan.cure.endswith("or leave them out: --skip-tags ipvlan")


def test_a_mode_cannot_be_left_out_when_there_is_no_other() -> None:
    facts = {"host1": host_facts(11, up=False)}
    [problem] = plan("ipvlan-l2", "macvlan-bridge", facts=facts).problems
    assert "--skip-tags" not in problem.cure
    assert problem.network == "ipvlan-l2, macvlan-bridge"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (host_facts(11, up=False), "the parent eth0 is down or has no carrier"),
        (host_facts(11, name="eth9"), "the parent eth0 does not exist, the host has eth9"),
        (host_facts(11, wireless=True), "the parent eth0 is wireless"),
        ({**host_facts(11), "kernel": {"release": "6.1.0", "links": {"macvlan": False}}}, "cannot make macvlan links"),
    ],
)
def test_what_a_plan_refuses_is_refused(facts: Any, words: str) -> None:
    [problem] = plan("bridge", "macvlan-bridge", facts={"host1": facts, "host2": host_facts(12)}).problems
    assert words in problem.problem
    assert (problem.host, problem.network) == ("host1", "macvlan-bridge")


def test_different_mtus_and_a_range_that_is_too_small_concern_all_hosts() -> None:
    facts = {"host1": host_facts(11), "host2": host_facts(12, mtu=9000)}
    [problem] = plan("bridge", "ipvlan-l2", "internal", facts=facts).problems
    assert (problem.host, problem.network) == ("", "ipvlan-l2, internal")
    lan = declared_lan(subnets=[{**declared_lan()["subnets"][0], "range": "192.168.56.128/28"}])
    [problem] = plan("bridge", "ipvlan-l2", settings=settings_of(lan)).problems
    assert "is too small for slices of /28: 1 in all" in problem.problem


def test_a_change_that_was_broken_off_counts_as_it_will_be() -> None:
    broken_off = {"goal": "new", "since": "", "networks": [live("ipvlan")], "absent": [], "attachments": []}
    facts = {"host1": {**host_facts(11), "unfinished": broken_off}}
    assert [problem.network for problem in plan("bridge", "macvlan-bridge", facts=facts).problems] == ["macvlan-bridge"]


def test_an_entry_is_enough_for_the_network_of_a_mesh() -> None:
    entry = planned("no-parent")
    [lan, _other], problems = read_lans(entry)
    network = network_of(lan, read_members(entry, ["host1", "host2"]), two())
    assert problems == []
    assert (network["parents"], network["mtu"], network["gateways"]) == ({}, None, {"ipv4": None, "ipv6": None})
