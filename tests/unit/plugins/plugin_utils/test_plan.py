# Copyright: dockerlan.fleet contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a fleet, from declaration and facts."""

from __future__ import annotations

from typing import Any

from ansible_collections.dockerlan.fleet.plugins.plugin_utils._members import read_fleet
from ansible_collections.dockerlan.fleet.plugins.plugin_utils._plan import Plan, make_plan

from tests.unit.plugins.fleets import SUBNET4, declared_lan, host_facts, live_network


def plan_of(
    facts: dict[str, Any], *, lans: list[Any] | None = None, members: list[str] | None = None, **variables: Any
) -> Plan:
    """Plan a fleet; ``variables`` are those of single hosts."""
    raw = {host: variables.get(host, {}) for host in members or facts}
    fleet = read_fleet(lans or [declared_lan()], raw)
    assert not fleet.problems
    return make_plan(fleet.lans, fleet.members, facts)


def three(**changes: Any) -> dict[str, Any]:
    return {f"host{number}": host_facts(10 + number, **changes) for number in (1, 2, 3)}


def applied(plan: Plan, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts after the plan was carried out."""
    return {
        host: {**known, "networks": [live_network(spec) for spec in plan.hosts[host]["networks"]]}
        for host, known in facts.items()
    }


def test_an_empty_fleet_gets_networks_that_are_identical_but_for_the_slice() -> None:
    plan = plan_of(three())
    assert plan.problems == []
    assert plan.changed
    specs = [planned["networks"][0] for planned in plan.hosts.values()]
    assert specs[0] == {
        "name": "office",
        "driver": "ipvlan",
        "internal": False,
        "enable_ipv6": True,
        "options": {"parent": "eth0", "ipvlan_mode": "l2"},
        "labels": {"dockerlan.fleet.lan": "office"},
        "ipam": [
            {
                "subnet": "192.168.56.0/24",
                "ip_range": "192.168.56.128/28",
                "gateway": "192.168.56.1",
                "aux_addresses": {},
            },
            {
                "subnet": "fdb2:2c26:f4e4::/64",
                "ip_range": "fdb2:2c26:f4e4::1:0/112",
                "gateway": "fdb2:2c26:f4e4::1",
                "aux_addresses": {},
            },
        ],
    }
    slices = [pool.pop("ip_range") for spec in specs for pool in spec["ipam"]]
    assert specs[0] == specs[1] == specs[2]
    assert len(set(slices)) == 6


def test_the_summary_is_a_table() -> None:
    assert plan_of(three()).summary == [
        "host1  create  office  ipvlan l2 on eth0  192.168.56.128/28, fdb2:2c26:f4e4::1:0/112",
        "host2  create  office  ipvlan l2 on eth0  192.168.56.144/28, fdb2:2c26:f4e4::2:0/112",
        "host3  create  office  ipvlan l2 on eth0  192.168.56.160/28, fdb2:2c26:f4e4::3:0/112",
    ]


def test_the_diff_has_the_hosts_that_change() -> None:
    facts = three()
    live = applied(plan_of(facts), facts)
    del live["host2"]["networks"][:]
    (diff,) = plan_of(live).diff
    assert diff["after_header"] == "networks of host2"
    assert diff["before"] == ""
    assert '"ip_range": "192.168.56.144/28"' in diff["after"]


def test_a_fleet_that_is_as_planned_is_kept() -> None:
    facts = three()
    first = plan_of(facts)
    second = plan_of(applied(first, facts))
    assert second.problems == []
    assert not second.changed
    assert second.diff == []
    assert [planned["networks"] for planned in second.hosts.values()] == [
        planned["networks"] for planned in first.hosts.values()
    ]
    assert {action["action"] for planned in second.hosts.values() for action in planned["actions"]} == {"keep"}


def test_a_member_that_was_not_asked_is_not_planned() -> None:
    facts = three()
    live = applied(plan_of(facts), facts)
    del live["host3"]
    plan = plan_of(live, members=["host1", "host2", "host3"])
    assert plan.problems == []
    assert list(plan.hosts) == ["host1", "host2"]


def test_a_live_network_that_differs_is_refused_with_every_difference() -> None:
    facts = three()
    live = applied(plan_of(facts), facts)
    live["host2"]["networks"][0].update(driver="macvlan", internal=True)
    (problem,) = plan_of(live).problems
    assert (problem.host, problem.network) == ("host2", "office")
    assert "driver is 'macvlan', declared is 'ipvlan'; internal is True, declared is False" in problem.problem
    assert problem.cure


def test_a_parent_may_differ_per_host() -> None:
    facts = {"host1": host_facts(11), "host2": host_facts(12, name="enp3s0")}
    plan = plan_of(facts, host2={"dockerlan_parents": {"office": "enp3s0"}})
    assert plan.problems == []
    parents = [planned["networks"][0]["options"]["parent"] for planned in plan.hosts.values()]
    assert parents == ["eth0", "enp3s0"]


def test_all_problems_of_all_hosts_come_at_once() -> None:
    other = {"id": "1", "name": "old", "driver": "macvlan", "options": {"parent": "eth0"}, "ipam": []}
    facts = {
        "host1": host_facts(11, up=False),
        "host2": host_facts(12, name="eth9"),
        "host3": host_facts(13, networks=[other]),
    }
    assert [(item.host, item.problem) for item in plan_of(facts).problems] == [
        ("host1", "the parent eth0 is down or has no carrier"),
        ("host2", "the parent eth0 does not exist, the host has eth9"),
        ("host3", "the live network old (macvlan) is also on eth0: ipvlan and macvlan cannot share a parent"),
    ]


def test_problems_with_slices_and_with_hosts_come_at_once() -> None:
    lans = [declared_lan(subnets=[{**SUBNET4, "slice_prefix": 25}])]
    problems = plan_of({"host1": host_facts(11, up=False), "host2": host_facts(12)}, lans=lans).problems
    assert ["holds 1 slices of /25" in item.problem for item in problems] == [True, False]
    assert problems[1].problem == "the parent eth0 is down or has no carrier"


def test_a_network_that_is_there_is_kept_though_its_parent_lost_the_carrier() -> None:
    facts = three()
    kept = applied(plan_of(facts), facts)
    kept["host2"] = {**kept["host2"], "links": host_facts(12, up=False)["links"]}
    plan = plan_of(kept)
    assert plan.problems == []
    assert not plan.changed
